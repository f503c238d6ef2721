// What replaying and writing a journal cost, each beside what it cannot do without: a loop of `transition()` over the
// same events, and a bare write with fdatasync of the same bytes. Both are measured in turns, in one run.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialTransition, transition } from 'xstate';
import { createJournal } from '../dist/journal/append.js';
import { readRun } from '../dist/journal/read.js';
import { replay } from '../dist/journal/replay.js';
import { agentMachine } from '../dist/machine/agent.machine.js';

const ITERATIONS = 300;
const ROUNDS = 7;
const APPENDS = 200;
const MAX_REPLAY = 1.5;
const MAX_APPEND = 2;

const dir = mkdtempSync(join(tmpdir(), 'gyre-bench-'));
const { records } = await recordRun();
const events = records.filter(({ type }) => type === 'chart.moved');
const [header] = records;
const record = records.find(({ type }) => type === 'iteration.saved');
const bytes = Buffer.from(`${JSON.stringify(record)}\n`);

const rounds = [];
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.push({
    bare: timeOf(bareReplay),
    replay: timeOf(() => replay(records)),
    sync: bareAppend(round),
    append: await journalAppend(round),
  });
}
rmSync(dir, { recursive: true, force: true });

const best = (name) => Math.min(...rounds.map((round) => round[name]));
const replayRatio = best('replay') / best('bare');
const appendRatio = best('append') / best('sync');
console.log(`${events.length} events of ${ITERATIONS} iterations; the best of ${ROUNDS} rounds`);
console.log(`bare transition()       ${((best('bare') / events.length) * 1000).toFixed(1)} µs an event`);
console.log(`replay                  ${((best('replay') / events.length) * 1000).toFixed(1)} µs an event`);
console.log(`ratio                   ${replayRatio.toFixed(2)}   (${MAX_REPLAY} is the limit)`);
console.log(`bare fdatasync          ${best('sync').toFixed(3)} ms   (${bytes.length} bytes; median of ${APPENDS})`);
console.log(`append                  ${best('append').toFixed(3)} ms`);
console.log(`ratio                   ${appendRatio.toFixed(2)}   (${MAX_APPEND} is the limit)`);
process.exit(replayRatio <= MAX_REPLAY && appendRatio <= MAX_APPEND ? 0 : 1);

async function recordRun() {
  const box = join(dir, 'box');
  const state = join(dir, 'state');
  mkdirSync(box);
  const script = join(dir, 'script.txt');
  const answers = [
    '<action>RUN</action><command>echo hi</command>',
    'nothing',
    '<action>RUN</action><command>curl x</command>',
  ];
  const text = Array.from({ length: ITERATIONS }, (_, index) => `${answers[index % 3]}\n---\n`).join('');
  writeFileSync(script, text);
  const flags = [
    '--model',
    `script:${script}`,
    '--loop-interval-ms',
    '0',
    '--max-consecutive-failures',
    '9',
    '--give-up-after',
    'none',
  ];
  const places = ['--sandbox', 'simulated', '--sandbox-dir', box, '--state-dir', state];
  const limit = ['--max-iterations', String(ITERATIONS)];
  try {
    execFileSync(process.execPath, ['dist/cli.js', 'run', 'bench', ...flags, ...places, ...limit], { stdio: 'ignore' });
  } catch (error) {
    // 3: the run is exhausted, as it is meant to be.
    if (error.status !== 3) throw error;
  }
  return readRun(state, readdirSync(join(state, 'runs'))[0]);
}

function bareReplay() {
  let [snapshot] = initialTransition(agentMachine, header.input);
  for (const { event } of events) [snapshot] = transition(agentMachine, snapshot, event);
  return snapshot;
}

function bareAppend(round) {
  const file = openSync(join(dir, `bare-${round}`), 'a');
  const times = [];
  for (let index = 0; index < APPENDS; index += 1) {
    times.push(
      timeOf(() => {
        writeSync(file, bytes);
        fdatasyncSync(file);
      }),
    );
  }
  closeSync(file);
  return median(times);
}

async function journalAppend(round) {
  const journal = await createJournal(join(dir, `state-${round}`), header);
  const times = [];
  for (let index = 0; index < APPENDS; index += 1) {
    const startedAt = performance.now();
    await journal.append(record);
    times.push(performance.now() - startedAt);
  }
  await journal.close();
  return median(times);
}

function timeOf(work) {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

function median(times) {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}
