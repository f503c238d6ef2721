// What the jail costs: one command in it beside one bare start of bubblewrap, measured in turns, because machines are
// noisy. Also what it costs to open it, which is the self-test above all.
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JAIL_ID } from '../dist/services/shell/identity.js';
import { openShell } from '../dist/services/shell/open-shell.js';
import { createProgramList } from '../dist/services/validator/programs.js';

const ROUNDS = 60;
const OPENINGS = 9;
const LIMIT = 3;

const isRoot = process.getuid() === 0;
const identity = isRoot ? { uid: JAIL_ID, gid: JAIL_ID } : {};
const dir = mkdtempSync(join(tmpdir(), 'gyre-bench-'));
chmodSync(dir, 0o755);
const boxDir = join(dir, 'box');
mkdirSync(boxDir);
if (isRoot) chownSync(boxDir, JAIL_ID, JAIL_ID);

const findDenied = createProgramList({ allow: [], deny: [] });
const isDenied = (program) => findDenied(program) !== null;
const open = () =>
  openShell({ kind: 'bubblewrap', boxDir, stateDir: join(dir, 'state'), isDenied, onNotice: () => {} });
const { signal } = new AbortController();
const runTrue = (shell, more = {}) =>
  shell.run({ command: 'true', workingDirectory: '', timeoutMs: 5000, signal, ...more });

const openings = [];
for (let round = 0; round < OPENINGS; round += 1) {
  openings.push(await timeOf(async () => (await open()).close()));
}

const shell = await open();
const times = { bare: [], jailed: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  times.bare.push(await timeOf(bareStart));
  times.jailed.push(await timeOf(() => runTrue(shell)));
}
// By themselves, and with a pause between: whoever stands by has had the time to get ready, as while a model thinks.
times.ahead = [];
for (let round = 0; round < ROUNDS; round += 1) {
  times.ahead.push(await timeOf(() => runTrue(shell, { expectsMore: true })));
  await new Promise((resolve) => setTimeout(resolve, 40));
}
await shell.close();
rmSync(dir, { recursive: true, force: true });

const ratio = median(times.jailed) / median(times.bare);
const inMs = (all) => `${median(all).toFixed(1)} ms (${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)})`;
console.log(`bare bubblewrap, --ro-bind / / true   ${inMs(times.bare)}`);
console.log(`true in the jail                      ${inMs(times.jailed)}`);
console.log(`the same, started ahead               ${inMs(times.ahead)}`);
console.log(`opening it, with the self-test        ${inMs(openings)}`);
console.log(
  `ratio                                 ${ratio.toFixed(2)}   (${LIMIT} is the limit; medians of ${ROUNDS})`,
);
process.exit(ratio <= LIMIT ? 0 : 1);

function bareStart() {
  return new Promise((resolve, reject) => {
    const args = ['--ro-bind', '/', '/', '--', '/usr/bin/true'];
    const child = spawn('/usr/bin/bwrap', args, { env: {}, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], ...identity });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`bwrap ended with ${code}`))));
  });
}

async function timeOf(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
