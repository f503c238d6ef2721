// Plays worlds in the jail, and writes what a model is trained on: for each world one line of JSON, with the messages that
// gyre would show it at the last of its turns, and the decision that is right there. `learned` are the indices of earlier
// decisions that were right too. Whatever does not work is named and left out.
//
// Usage: node training/turns.mjs [--seed N] < worlds.jsonl > turns.jsonl
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { describeBudget } from '../dist/agent-outcomes.js';
import { writeDecision } from '../dist/protocol/decision.js';
import { buildPrompt, listMessages } from '../dist/services/model/prompt.js';
import { openBox } from './box.mjs';
import { createRandom } from './random.mjs';

/** Of the worlds that go on until STOP. It is always the same, and long: the past stands before it. */
const STOP_SHARE = 0.08;
const CHECK_SHARE = 0.05;
const NO_BUDGET_SHARE = 0.1;

const nothingRun = { kind: 'ok', exitCode: null, truncated: false, durationMs: 0 };
const nothingSaid = { stdout: '', stderr: '' };

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const random = createRandom(Number(values.seed));
const box = await openBox();
const counts = { worlds: 0, turns: 0, leftOut: 0 };
try {
  for await (const line of createInterface({ input: process.stdin })) {
    counts.worlds += 1;
    const world = JSON.parse(line);
    const name = `w${counts.worlds}`;
    await box.write(world, name);
    const played = await play(world, name).finally(() => box.remove(name));
    if (typeof played === 'string') {
      counts.leftOut += 1;
      process.stderr.write(`${world.intent}: ${played}\n`);
      continue;
    }
    if (played !== null) {
      counts.turns += played.kinds.length;
      process.stdout.write(`${JSON.stringify(played)}\n`);
    }
    if (counts.worlds % 500 === 0) process.stderr.write(`${counts.worlds} worlds, ${counts.turns} turns\n`);
  }
} finally {
  await box.close();
}
process.stderr.write(`${counts.worlds} worlds, ${counts.turns} turns, ${counts.leftOut} left out\n`);
process.exit(counts.leftOut > counts.worlds / 20 ? 1 : 0);

/** @returns what is learned from one world, null when it turns out to be no example, or what does not work */
async function play(world, name) {
  const turns = [];
  let last = null;
  const add = (decision, kind) => turns.push({ surroundings: { ...box.look(name), last }, decision, kind });
  const runIt = async (command, note) => ({
    decision: run(command, note),
    ...(await box.run(command, name)),
    message: null,
  });
  if (world.missing !== null) {
    const { outcome } = await runIt(world.commands[0], '');
    if (outcome.exitCode === 0) return null;
    box.remove(name);
    await box.write(world, name);
    add({ action: 'STOP', note: `there is no ${world.missing}` }, 'missing');
    return describe(world, turns, false);
  }
  if (world.waitMs !== null) {
    const decision = { action: 'SLEEP', sleepMs: world.waitMs, note: 'the goal says to wait first' };
    add(decision, 'sleep');
    last = { decision, outcome: nothingRun, output: nothingSaid, message: null };
  }
  const before = world.isPlain || world.waitMs !== null ? null : await pastOf(world, runIt);
  if (before !== null) {
    // It is part of the past, and never an answer to learn.
    add(before.decision, null);
    last = before;
  }
  for (const [index, command] of world.commands.entries()) {
    const verdict = box.check(command);
    if (verdict.kind === 'deny') return `denied: ${verdict.reason} (${command})`;
    const kind = index > 0 ? 'next' : before === null ? 'run' : 'run-after';
    add(run(command, world.notes[index]), kind);
    last = await runIt(command, world.notes[index]);
    const { outcome, output } = last;
    if (outcome.exitCode !== 0) return `exit ${outcome.exitCode}: ${output.stderr.trim().slice(0, 200)} (${command})`;
    if (world.kind === 'print' && output.stdout.trim() === '') return `printed nothing (${command})`;
  }
  if (world.isPlain || random.next() < STOP_SHARE) add({ action: 'STOP', note: doneNote(world) }, 'stop');
  const hasCheck = before?.outcome.code === 'check-failed' || random.next() < CHECK_SHARE;
  return describe(world, turns, hasCheck);
}

/** What went before the first right command, in some worlds: an error, a refusal, what is not enough. It happens for real. */
async function pastOf({ commands, notes, files }, runIt) {
  const [first] = commands;
  const file = Object.keys(files).find((path) => first.includes(path)) ?? Object.keys(files)[0] ?? 'notes.txt';
  const dice = random.next();
  if (dice < 0.025) return runIt(withFault(first), notes[0]);
  if (dice < 0.035) {
    const others = [`sudo ${first}`, `python3 -c "print(open('${file}').read())"`, `find / -name ${file}`];
    return refuse(random.choose(others), notes[0]);
  }
  if (dice < 0.06) {
    const looks = ['ls', 'ls -l', 'ls -a', 'pwd', `cat ${file}`, `head -n 3 ${file}`, `wc -l ${file}`, `sort ${file}`];
    const command = random.choose(looks);
    const isAnswer = commands.length === 1 && commands[0].split(' ')[0] === command.split(' ')[0];
    return isAnswer ? null : runIt(command, 'look first');
  }
  if (dice < 0.067) {
    const message = `The check says that the goal is not reached yet: it exited with ${random.between(1, 2)}.`;
    const outcome = { ...nothingRun, kind: 'failure', code: 'check-failed' };
    return { decision: { action: 'STOP', note: 'done' }, outcome, output: nothingSaid, message };
  }
  return null;
}

function refuse(command, note) {
  const verdict = box.check(command);
  if (verdict.kind !== 'deny') return null;
  const outcome = { ...nothingRun, kind: 'failure', code: 'command-denied' };
  return { decision: run(command, note), outcome, output: nothingSaid, message: verdict.advice };
}

/** The command as somebody gets it wrong: a name that is not there, an option that is none. */
function withFault(command) {
  const name = /\b([a-z]{3,})\.(txt|md|csv|log|tsv|conf)\b/.exec(command);
  if (name !== null && random.next() < 0.7) return command.replace(name[0], `${name[1]}s.${name[2]}`);
  const [program, ...rest] = command.split(' ');
  return [program, random.choose(['--all-lines', '-@', '--number-of']), ...rest].join(' ');
}

function describe({ intent, goal }, turns, hasCheck) {
  const earlier = turns.slice(0, -1);
  const last = turns.at(-1);
  const prompt = buildPrompt({
    ...{ goal, demonstrations: [], turns: earlier, earlierTurns: 0, memoryContextSize: 10, hasCheck },
    surroundings: last.surroundings,
    budget: random.next() < NO_BUDGET_SHARE ? null : budgetAfter(earlier.length),
  });
  return {
    intent,
    kinds: turns.flatMap(({ kind }) => kind ?? []),
    messages: listMessages(prompt),
    // Behind the system message each turn is two messages, and the second one is its decision.
    learned: earlier.flatMap(({ kind }, index) => (kind === null ? [] : [2 * index + 2])),
    answer: writeDecision(last.decision),
  };
}

function budgetAfter(turns) {
  const maxIterations = random.choose([6, 10, 20, 50, 100, 1000]);
  const spent = { iterations: 1 + turns + random.between(0, Math.floor(maxIterations / 3)), durationMs: 0, tokens: 0 };
  return describeBudget({ maxIterations, maxDurationMs: null, maxTotalTokens: null }, spent);
}

function run(command, note) {
  return { action: 'RUN', command, note };
}

function doneNote({ kind }) {
  return kind === 'print' ? 'the answer is shown' : 'the goal is reached';
}
