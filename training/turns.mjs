// Plays worlds in the jail, and writes the turns that a model is trained on: one line of JSON each, with the messages that
// gyre would show and the decision that is right there. Whatever does not work is named and left out.
//
// Usage: node training/turns.mjs [--seed N] < worlds.jsonl > turns.jsonl
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { outcomeOf } from '../dist/agent-outcomes.js';
import { writeDecision } from '../dist/protocol/decision.js';
import { listFiles } from '../dist/services/box/listing.js';
import { buildPrompt, listMessages } from '../dist/services/model/prompt.js';
import { openShell } from '../dist/services/shell/open-shell.js';
import { createProgramList } from '../dist/services/validator/programs.js';
import { createValidator } from '../dist/services/validator/validator.js';
import { createRandom } from './random.mjs';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const random = createRandom(Number(values.seed));
const policy = { allow: [], deny: [] };
const validator = createValidator(policy);
const findDenied = createProgramList(policy);
const dir = mkdtempSync(join(tmpdir(), 'gyre-training-'));
chmodSync(dir, 0o755);
const boxDir = join(dir, 'box');
mkdirSync(boxDir);
const shell = await openShell({
  kind: 'bubblewrap',
  boxDir,
  stateDir: join(dir, 'state'),
  isDenied: (program) => findDenied(program) !== null,
  onNotice: () => {},
});
// As root the box was handed over to the uid that commands run as.
const owner = statSync(boxDir);
const counts = { worlds: 0, turns: 0, leftOut: 0 };
try {
  for await (const line of createInterface({ input: process.stdin })) {
    counts.worlds += 1;
    const world = JSON.parse(line);
    const played = await play(world, `w${counts.worlds}`);
    if (typeof played === 'string') {
      counts.leftOut += 1;
      process.stderr.write(`${world.intent}: ${played}\n`);
      continue;
    }
    for (const turn of played) {
      counts.turns += 1;
      process.stdout.write(`${JSON.stringify(turn)}\n`);
    }
  }
} finally {
  await shell.close();
  rmSync(dir, { recursive: true, force: true });
}
process.stderr.write(`${counts.worlds} worlds, ${counts.turns} turns, ${counts.leftOut} left out\n`);
process.exit(counts.leftOut > counts.worlds / 20 ? 1 : 0);

/** @returns the turns of one world, or why there are none */
async function play(world, name) {
  await write(world, name);
  const turns = [];
  let last = null;
  const look = () => ({ workingDirectory: '', ...listFiles(boxDir, name), last });
  const add = (decision, kind) => {
    const surroundings = look();
    turns.push({ surroundings, decision, kind });
  };
  try {
    const before = beforeIt(world);
    if (before !== null) {
      // It is part of the past, and never an answer to learn.
      add({ action: 'RUN', command: before, note: '' }, null);
      last = await run(before, name);
    }
    for (const [index, command] of world.commands.entries()) {
      const verdict = validator.check(command, '');
      if (verdict.kind === 'deny') return `denied: ${verdict.reason} (${command})`;
      add({ action: 'RUN', command, note: world.notes[index] }, index === 0 && before !== null ? 'run-after' : 'run');
      last = await run(command, name);
      const { outcome, output } = last;
      if (outcome.exitCode !== 0) return `exit ${outcome.exitCode}: ${output.stderr.trim().slice(0, 200)} (${command})`;
      if (world.kind === 'print' && output.stdout.trim() === '') return `printed nothing (${command})`;
    }
    add({ action: 'STOP', note: doneNote(world) }, 'stop');
    return turns.flatMap((turn, index) => (turn.kind === null ? [] : [describe(world, turns.slice(0, index), turn)]));
  } finally {
    rmSync(join(boxDir, name), { recursive: true, force: true });
  }
}

/** What went before the first right command, in some worlds: an error, or a look around. It is run for real. */
function beforeIt({ commands: [first] }) {
  const dice = random.next();
  if (dice < 0.1) return withFault(first);
  if (dice < 0.16) return random.choose(['ls', 'ls -l', 'pwd']);
  return null;
}

/** The command as somebody gets it wrong: a name that is not there, an option that is none. */
function withFault(command) {
  const name = /\b([a-z]{3,})\.(txt|md|csv|log|tsv|conf)\b/.exec(command);
  if (name !== null && random.next() < 0.7) return command.replace(name[0], `${name[1]}s.${name[2]}`);
  const [program, ...rest] = command.split(' ');
  return [program, random.choose(['--all-lines', '-@', '--number-of']), ...rest].join(' ');
}

async function run(command, name) {
  const signal = new AbortController().signal;
  const result = await shell.run({ command, workingDirectory: name, timeoutMs: 10_000, signal, expectsMore: true });
  return {
    decision: { action: 'RUN', command, note: '' },
    outcome: outcomeOf(result),
    output: { stdout: result.stdout, stderr: result.stderr },
    message: null,
  };
}

function describe({ intent, goal }, earlier, { surroundings, decision, kind }) {
  const prompt = buildPrompt({
    ...{ goal, demonstrations: [], turns: earlier, earlierTurns: 0, memoryContextSize: 10 },
    ...{ surroundings, budget: `${random.between(3, 1000)} iterations left` },
  });
  return { intent, kind, messages: listMessages(prompt), answer: writeDecision(decision) };
}

function doneNote({ kind }) {
  return kind === 'print' ? 'the answer is shown' : 'the goal is reached';
}

async function write({ files, folders, modes, ages, finishing }, name) {
  const root = join(boxDir, name);
  const now = Date.now() / 1000;
  mkdirSync(root);
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: modes[path] ?? 0o644 });
    if (ages[path] !== undefined) utimesSync(join(root, path), now, now - ages[path] * 86_400);
  }
  for (const path of ['', ...readdirSync(root, { recursive: true })]) chownSync(join(root, path), owner.uid, owner.gid);
  for (const command of finishing) await run(command, name);
}
