// Several agents with different goals on one loaded model: with one sequence, which they take in turns, and with a
// sequence for each. Both are measured in one run, because machines are noisy. MODEL, AGENTS ("2,4"), TURNS and
// ROUNDS change what is measured.
import { openSharedModel } from '../dist/services/model/llama.js';
import { mean, median } from './model/figures.mjs';
import { DEFAULTS, findModel, thinkWell } from './model/mind.mjs';
import { listTurns, readTrace, requestAt } from './model/reference-trace.mjs';

const AGENTS = (process.env.AGENTS ?? '2,4').split(',').map(Number);
const TURNS = Number(process.env.TURNS ?? 6);
const ROUNDS = Number(process.env.ROUNDS ?? 1);
const GOALS = [
  'Count the lines of every text file',
  'Sort names.txt and remove what is there twice',
  'Make a backup of the directory notes',
  'Find the largest file and write its name into largest.txt',
];

const found = await findModel(process.env.MODEL ?? null, process.env.MODELS_DIR);
const turns = listTurns(readTrace(), TURNS);
console.log(`${found.name}: ${TURNS} turns an agent, ${ROUNDS} ${ROUNDS === 1 ? 'round' : 'rounds'}`);
console.log('agents  sequences  s per thought  thoughts a minute  tokens evaluated: first  later   beside the queue');
for (const agents of AGENTS) {
  const queue = [];
  const each = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    queue.push(await measure(agents, 1));
    each.push(await measure(agents, agents));
  }
  const [slow, fast] = [summarise(queue), summarise(each)];
  console.log(rowOf(agents, slow, ''));
  const saved = slow.later / fast.later;
  console.log(rowOf(agents, fast, `${(slow.seconds / fast.seconds).toFixed(2)} × as fast, 1/${saved.toFixed(1)} read`));
}

/** All agents think at the same time, each its turns one after the other. Loading is not counted. */
async function measure(agents, wanted) {
  const settings = { ...DEFAULTS, temperature: 0 };
  const shared = await openSharedModel({ ...found, ...settings, sequences: wanted });
  try {
    const goals = Array.from({ length: agents }, (_, index) => GOALS[index % GOALS.length]);
    const startedAt = performance.now();
    const thoughts = await Promise.all(goals.map((goal) => thinkAll(shared.mind({ ...settings, goal }), goal)));
    const seconds = (performance.now() - startedAt) / 1000 / (agents * TURNS);
    const evaluated = (which) => mean(thoughts.flatMap(which).map(({ tokens }) => tokens.evaluated));
    return {
      sequences: shared.sequences,
      seconds,
      first: evaluated((its) => its.slice(0, 1)),
      later: TURNS > 1 ? evaluated((its) => its.slice(1)) : Number.NaN,
    };
  } finally {
    await shared.close();
  }
}

async function thinkAll(mind, goal) {
  const thoughts = [];
  for (let index = 0; index < TURNS; index += 1) {
    thoughts.push(await thinkWell(mind, requestAt({ goal }, turns, index)));
  }
  return thoughts;
}

function summarise(measured) {
  const of = (name) => median(measured.map((its) => its[name]));
  return { sequences: of('sequences'), seconds: of('seconds'), first: of('first'), later: of('later') };
}

function rowOf(agents, { sequences, seconds, first, later }, ratio) {
  const cells = [
    [`${agents}`, 6],
    [`${sequences}`, 11],
    [seconds.toFixed(2), 15],
    [(60 / seconds).toFixed(1), 19],
    [first.toFixed(0), 25],
    [later.toFixed(0), 7],
  ];
  return `${cells.map(([text, width]) => text.padStart(width)).join('')}   ${ratio}`.trimEnd();
}
