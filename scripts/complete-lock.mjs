// Completes package-lock.json after an install from a registry that has no packages for other platforms: npm then leaves
// them out of the lock file, and `npm ci` refuses it as out of step. They are added with the exact version that their
// parent asks for, and the platform that their name tells; npm skips them on every other one.
import { readFileSync, writeFileSync } from 'node:fs';

const platforms = { darwin: 'darwin', mac: 'darwin', linux: 'linux', win32: 'win32', win: 'win32' };
const others = { android: 'android', freebsd: 'freebsd', openharmony: 'openharmony' };
const processors = ['arm64', 'x64', 'arm', 'armv7l', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32'];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const added = [];
for (const [place, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (place === '' || isThere(place, name)) continue;
    lock.packages[`node_modules/${name}`] = entryOf(name, version, parent.dev === true);
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'Nothing was missing.' : `Added ${added.join(', ')}.`);

function isThere(place, name) {
  return `${place}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages;
}

function entryOf(name, version, isDev) {
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name}: ${version} is no exact version.`);
  const parts = name.split(/[/-]/);
  const os = parts.map((part) => ({ ...platforms, ...others })[part]).find(Boolean);
  const cpu = parts.find((part) => processors.includes(part));
  if (!os || !cpu) throw new Error(`${name}: its name does not tell its platform.`);
  const libc = parts.some((part) => part.startsWith('musl')) ? { libc: ['musl'] } : {};
  return { version, cpu: [cpu], ...libc, ...(isDev ? { dev: true } : {}), optional: true, os: [os] };
}
