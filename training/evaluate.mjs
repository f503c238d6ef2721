// Asks a model for its decisions in worlds, carries them out in the jail, and counts: what a right answer is, the world's
// own commands say, which are run in a copy. The model is loaded and asked as gyre does it, greedily.
//
// Usage: node training/evaluate.mjs --model NAME [--adapter FILE|none] [--json] < worlds.jsonl
//
//   solved        the same output, or for an effect the same files, after at most as many commands as the world has
//   stopped       decided STOP right behind that
//   stopped early decided STOP before the goal was reached, of the worlds where no command failed
//   destroyed     a file that was there is gone or has other content, and the right commands leave it alone
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { settingsFor } from '../bench/task-runner/settings.mjs';
import { describeBudget } from '../dist/agent-outcomes.js';
import { createServices } from '../dist/agent-services.js';
import { parseDecision } from '../dist/protocol/decision.js';
import { openBox } from './box.mjs';

const { values } = parseArgs({
  options: { model: { type: 'string' }, adapter: { type: 'string' }, json: { type: 'boolean', default: false } },
});
if (values.model === undefined) {
  process.stderr.write('Name the model: node training/evaluate.mjs --model NAME < worlds.jsonl\n');
  process.exit(2);
}
const MAX_ITERATIONS = 6;
const results = [];
const stateDir = mkdtempSync(join(tmpdir(), 'gyre-evaluate-'));
const settings = settingsFor(
  { ...values, adapter: values.adapter ?? null, iterations: MAX_ITERATIONS, temperature: 0, seed: 1, prompt: 'ours' },
  stateDir,
);
const box = await openBox();
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const world = JSON.parse(line);
    results.push({
      intent: world.intent,
      goal: world.goal,
      expected: world.commands,
      ...(await solve(world, results.length)),
    });
    if (results.length % 20 === 0) process.stderr.write(`${summarise(results)}\n`);
  }
} finally {
  await box.close();
  rmSync(stateDir, { recursive: true, force: true });
}
if (values.json) for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`);
else process.stdout.write(`${summarise(results)}\n`);

async function solve(world, index) {
  const right = await rightAnswer(world, `right${index}`);
  const name = `asked${index}`;
  await box.write(world, name);
  const before = box.contentOf(name);
  const mind = await openMind(world.goal);
  const commands = [];
  const turns = [];
  let last = null;
  let isSolved = false;
  let stops = 'no';
  let destroyed = [];
  let hasFailed = false;
  let decidedMs = 0;
  try {
    while (commands.length <= world.commands.length) {
      const surroundings = { ...box.look(name), last };
      const startedAt = performance.now();
      const answer = await decide(mind, world.goal, turns, surroundings);
      decidedMs += performance.now() - startedAt;
      const parsed = parseDecision(answer);
      if (!parsed.ok) break;
      const { decision } = parsed;
      turns.push({ surroundings, decision });
      if (decision.action === 'STOP') stops = isSolved ? 'right' : 'early';
      if (decision.action !== 'RUN' || commands.length === world.commands.length) break;
      commands.push(decision.command);
      if (box.check(decision.command).kind === 'deny') {
        hasFailed = true;
        break;
      }
      last = { decision, ...(await box.run(decision.command, name)), message: null };
      hasFailed ||= last.outcome.exitCode !== 0;
      const now = box.contentOf(name);
      destroyed = Object.keys(before).filter(
        (path) => right.content[path] === before[path] && now[path] !== before[path],
      );
      isSolved = last.outcome.exitCode === 0 && isSame({ output: last.output.stdout, content: now }, right, world.kind);
    }
    return {
      commands,
      isSolved,
      stops,
      destroyed,
      hasFailed,
      decisions: turns.length,
      decidedMs: Math.round(decidedMs),
    };
  } finally {
    await mind.close();
    box.remove(name);
  }
}

async function rightAnswer(world, name) {
  await box.write(world, name);
  let output = '';
  for (const command of world.commands) output = (await box.run(command, name)).output.stdout;
  const content = box.contentOf(name);
  box.remove(name);
  return { output, content };
}

/** What is only shown may stand in another order of blanks; files have to be the same. */
function isSame(got, right, kind) {
  const plain = (text) =>
    text
      .split('\n')
      .map((line) => line.trim().replace(/\s+/g, ' '))
      .join('\n')
      .trim();
  const isSameContent = JSON.stringify(got.content) === JSON.stringify(right.content);
  return isSameContent && (kind === 'effect' || plain(got.output) === plain(right.output));
}

/** Demonstrations are chosen by the goal, so each world has a mind of its own. */
function openMind(goal) {
  const services = createServices({ settings, goal, boxDir: settings.sandboxDir, workingDir: process.cwd() });
  return services.openModel(() => {}, new AbortController().signal);
}

async function decide(mind, goal, turns, surroundings) {
  const thought = await mind.think(
    {
      ...{ iteration: turns.length + 1, goal, turns, earlierTurns: 0, surroundings, isDiversifying: false },
      budget: budgetAfter(turns.length),
    },
    { signal: new AbortController().signal, timeoutMs: 120_000, onText: () => {} },
  );
  if (!thought.ok) throw new Error(thought.message);
  return thought.answer;
}

function budgetAfter(turns) {
  return describeBudget(
    { maxIterations: MAX_ITERATIONS, maxDurationMs: null, maxTotalTokens: null },
    { iterations: turns + 1, durationMs: 0, tokens: 0 },
  );
}

function summarise(all) {
  const count = (holds) => all.filter(holds).length;
  const share = (part, whole) => `${part} of ${whole} (${Math.round((100 * part) / Math.max(1, whole))} %)`;
  const solved = count(({ isSolved }) => isSolved);
  const stopped = count(({ stops }) => stops === 'right');
  const quiet = all.filter(({ hasFailed }) => !hasFailed);
  const early = quiet.filter(({ stops, isSolved }) => stops === 'early' && !isSolved).length;
  const destroyed = count((result) => result.destroyed.length > 0);
  const decisions = all.reduce((sum, result) => sum + result.decisions, 0);
  const ms = all.reduce((sum, result) => sum + result.decidedMs, 0) / Math.max(1, decisions);
  return [
    `solved ${share(solved, all.length)}`,
    `stopped ${share(stopped, solved)}`,
    `stopped early ${share(early, quiet.length - solved)}`,
    `destroyed ${share(destroyed, all.length)}`,
    `${decisions} decisions, ${Math.round(ms)} ms each`,
  ].join(' · ');
}
