// What the fleet costs: milliseconds per iteration beside the driver of one machine, with the same script and the same
// jail; iterations a second of many agents; memory of the engine before and after. Needs the optional peers.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createFleetClient, startEngine } from '../dist/fleet/index.js';

const ITERATIONS = Number(process.env.ITERATIONS ?? 60);
const AGENTS = Number(process.env.AGENTS ?? 200);
const EACH = 10;
const cli = new URL('../dist/cli.js', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'gyre-bench-fleet-'));
chmodSync(dir, 0o755);
const script = join(dir, 'script.txt');
writeFileSync(script, '<action>RUN</action><command>true</command>\n---\n'.repeat(1000));
const flags = [
  '--model',
  `script:${script}`,
  '--loop-interval-ms',
  '0',
  '--give-up-after',
  'none',
  '--max-polls',
  'none',
];

const local = await onOneMachine();
const engine = await startEngine({
  dataDir: join(dir, 'engine'),
  ports: { ingress: 18_080, admin: 19_070, node: 15_122 },
  workingDir: process.cwd(),
});
const client = createFleetClient(engine);
const where = ['--ingress', engine.ingress, '--admin', engine.admin];
await setTimeout(5000);
const idle = memoryOf(engine.pid);
const worker = start(['fleet', 'worker', '--name', 'bench', '--boxes', join(dir, 'boxes'), '--json', ...where]);
await new Promise((resolve) => worker.stdout.once('data', resolve));
const one = await inFleet([{ goal: 'one agent' }], ITERATIONS);
const workerIdle = memoryOf(worker.pid);
const many = await inFleet(
  Array.from({ length: AGENTS }, (_, index) => ({ goal: `agent ${index}` })),
  EACH,
);
const workerMany = memoryOf(worker.pid);
console.log(`one machine         ${local.toFixed(2)} ms an iteration   (${ITERATIONS} iterations)`);
console.log(
  `fleet, one agent    ${one.perIterationMs.toFixed(2)} ms an iteration   overhead ${(one.perIterationMs - local).toFixed(2)} ms`,
);
console.log(
  `fleet, ${AGENTS} agents   ${(1000 / many.perIterationMs).toFixed(1)} iterations a second   (${EACH} each, ${(many.ms / 1000).toFixed(1)} s)`,
);
console.log(`engine              ${idle} MB idle, ${memoryOf(engine.pid)} MB after`);
console.log(`worker              ${workerIdle} MB after one agent, ${workerMany} MB after ${AGENTS}`);
worker.kill('SIGTERM');
await engine.close();
rmSync(dir, { recursive: true, force: true });

async function onOneMachine() {
  const box = join(dir, 'box');
  mkdirSync(box);
  const times = [];
  const run = start(['run', 'the goal', '--json', '--sandbox-dir', box, '--max-iterations', `${ITERATIONS}`, ...flags]);
  let text = '';
  run.stdout.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  await new Promise((resolve) => run.once('close', resolve));
  for (const line of text.split('\n'))
    if (line.includes('"iteration.saved"')) times.push(Date.parse(JSON.parse(line).time));
  return (times.at(-1) - times[0]) / (times.length - 1);
}

/** From the first run's start to the last one's end, by the engine's own times. */
async function inFleet(lines, iterations) {
  const before = new Set((await client.runs()).map(({ runId }) => runId));
  const file = join(dir, `goals-${iterations}-${lines.length}.jsonl`);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const submit = start(['fleet', 'submit', file, '--max-iterations', `${iterations}`, ...flags, ...where]);
  await new Promise((resolve) => submit.once('close', resolve));
  for (;;) {
    const runs = (await client.runs()).filter(({ runId }) => !before.has(runId));
    if (runs.length === lines.length && runs.every(({ phase }) => phase === 'ended')) {
      const ms =
        Math.max(...runs.map(({ lastAtMs }) => lastAtMs)) - Math.min(...runs.map(({ startedAtMs }) => startedAtMs));
      return { ms, perIterationMs: ms / runs.reduce((sum, run) => sum + run.iterations, 0) };
    }
    await setTimeout(500);
  }
}

function start(args) {
  const env = { PATH: process.env.PATH, HOME: dir, GYRE_STATE_DIR: join(dir, 'state') };
  return spawn(process.execPath, [cli, ...args], { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Megabytes that a process holds. */
function memoryOf(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
