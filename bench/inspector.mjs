// What a viewer costs the loop: the same scripted run without the inspector, with a viewer that reads, and with one that
// does not. All are measured in turns, in one run, and each round gives a ratio of its own, because machines are noisy.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const ROUNDS = 7;
const ITERATIONS = 300;
/** Until the inspector has started and drawn its chart. */
const WARM_UP = 100;
const LIMIT = 1.1;
const dir = mkdtempSync(join(tmpdir(), 'gyre-bench-'));
chmodSync(dir, 0o755);
const script = join(dir, 'script.txt');
writeFileSync(script, '<action>RUN</action><command>true</command>\n---\n'.repeat(ITERATIONS));

const rounds = [];
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.push({
    without: await iterationTime(`${round}-without`, null),
    reading: await iterationTime(`${round}-reading`, 'reading'),
    stalled: await iterationTime(`${round}-stalled`, 'stalled'),
  });
}
rmSync(dir, { recursive: true, force: true });
const timeOf = (name) => median(rounds.map((round) => round[name])).toFixed(2);
console.log(
  `iteration without inspector   ${timeOf('without')} ms   (median of ${ITERATIONS - WARM_UP}, median of ${ROUNDS} rounds)`,
);
let isMissed = false;
for (const name of ['reading', 'stalled']) {
  const ratio = median(rounds.map((round) => round[name] / round.without));
  isMissed ||= ratio > LIMIT;
  console.log(
    `… with a ${name} viewer${' '.repeat(8)} ${timeOf(name)} ms   ratio ${ratio.toFixed(2)}   (${LIMIT} is the limit)`,
  );
}
process.exit(isMissed ? 1 : 0);

/** Milliseconds from one record to the next, as the run's own lines tell. */
async function iterationTime(name, viewer) {
  const box = join(dir, `box-${name}`);
  mkdirSync(box);
  const flags = ['--model', `script:${script}`, '--loop-interval-ms', '0', '--max-iterations', `${ITERATIONS}`];
  const inspect = viewer === null ? [] : ['--inspect'];
  const args = ['dist/cli.js', 'run', 'goal', '--json', ...flags, '--give-up-after', 'none', ...inspect];
  const env = { ...process.env, SANDBOX_DIR: box, GYRE_STATE_DIR: join(dir, `state-${name}`) };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const times = [];
  let socket = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.type === 'inspector.opened') socket = connect(event.url, viewer);
    if (event.type === 'iteration.saved') times.push(performance.now());
  }
  socket?.terminate();
  const steps = times.slice(WARM_UP).map((time, at) => time - times[at + WARM_UP - 1]);
  return median(steps);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function connect(url, viewer) {
  const { host, hash } = new URL(url);
  const socket = new WebSocket(`ws://${host}/feed`, ['gyre', hash.slice(1)]);
  socket.on('error', () => {});
  socket.on('message', () => {});
  if (viewer === 'stalled') socket.on('open', () => socket.pause());
  return socket;
}
