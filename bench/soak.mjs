// Five hundred scripted iterations in the real jail: what grows, and what is left over. Exits 1 when something does.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ITERATIONS = Number(process.argv[2] ?? 500);
const WARM = 100;
const MAX_GROWTH_MB = 10;
/** In every command, so that whatever is left of one can be found. */
const MARK = `gyre-soak-${process.pid}`;

const dir = mkdtempSync(join(tmpdir(), 'gyre-soak-'));
chmodSync(dir, 0o755);
mkdirSync(join(dir, 'box'));
const command = `: ${MARK}; seq 1 500; (sleep 30 &)`;
const answer = `<action>RUN</action><command>${command}</command><note>again</note>\n---\n`;
writeFileSync(join(dir, 'script.txt'), answer.repeat(ITERATIONS));
const flags = [
  '--max-iterations',
  `${ITERATIONS}`,
  '--loop-interval-ms',
  '0',
  '--give-up-after',
  'none',
  '--model',
  `script:${dir}/script.txt`,
];
const places = ['--sandbox-dir', join(dir, 'box'), '--state-dir', join(dir, 'state'), '--sandbox', 'bubblewrap'];
const child = spawn(process.execPath, ['dist/cli.js', 'run', 'soak', '--json', ...flags, ...places], {
  stdio: ['ignore', 'pipe', 'ignore'],
});

const samples = [];
let rest = '';
child.stdout.on('data', (data) => {
  const lines = (rest + data).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const { type, iteration } = JSON.parse(line);
    if (type === 'iteration.saved' && iteration % 50 === 0) samples.push({ iteration, ...measure(child.pid) });
  }
});
const code = await new Promise((resolve) => child.on('close', resolve));
await new Promise((resolve) => setTimeout(resolve, 1000));
const left = processes().filter((line) => line.includes(MARK));

console.log('iteration  resident MB  descriptors');
for (const { iteration, megabytes, descriptors } of samples) {
  console.log(
    `${String(iteration).padStart(9)}  ${megabytes.toFixed(1).padStart(11)}  ${String(descriptors).padStart(11)}`,
  );
}
const warm = samples.find(({ iteration }) => iteration >= WARM);
const last = samples.at(-1);
const growth = last.megabytes - warm.megabytes;
const opened = last.descriptors - warm.descriptors;
console.log(`after ${WARM}: ${growth.toFixed(1)} MB more (limit ${MAX_GROWTH_MB}), ${opened} descriptors more`);
console.log(`exit code ${code} (3: all iterations used), ${left.length} processes left over`);
rmSync(dir, { recursive: true, force: true });
process.exit(growth <= MAX_GROWTH_MB && opened <= 2 && left.length === 0 && code === 3 ? 0 : 1);

function measure(pid) {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { megabytes: Number(kilobytes) / 1000, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

function processes() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}
