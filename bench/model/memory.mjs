import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { figureOf, median } from './figures.mjs';
import { findWorkers, openMind, readResidentMb, thinkWell } from './mind.mjs';
import { listTurns, readTrace, requestAt } from './reference-trace.mjs';

const WARM_UP = 100;
/** A run of this length, again and again: its window grows, is cut, and begins anew. */
const RUN_LENGTH = 40;
const ENDS = 20;

/** Resident memory of the service's process and of this one, over iterations with short answers. */
export async function measureMemory({ found, options, say }) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const trace = readTrace();
  const turns = listTurns(trace, RUN_LENGTH);
  const mind = await openMind(found, trace.goal, { maxTokens: 12 });
  const samples = [];
  try {
    const total = WARM_UP + options.iterations;
    for (let index = 0; index < total; index += 1) {
      await thinkWell(mind, { ...requestAt(trace, turns, index % RUN_LENGTH), iteration: index + 1 });
      if ((index + 1) % 50 === 0) say(`memory ${index + 1}/${total}`);
      if (index < WARM_UP) continue;
      collect();
      const [worker] = findWorkers();
      samples.push({ worker, theirs: readResidentMb(worker) ?? Number.NaN, own: process.memoryUsage.rss() / 2 ** 20 });
    }
  } finally {
    await mind.close();
  }
  const restarts = new Set(samples.map(({ worker }) => worker)).size - 1;
  return [
    describe("the model's process", samples, 'theirs', options.iterations),
    describe('the process that asks', samples, 'own', options.iterations),
    ...(restarts === 0 ? [] : [figureOf('memory', '… planned restarts in between', restarts, `${restarts}`)]),
  ];
}

/** The last samples less the first ones: medians, because one sample may be in the middle of something. */
function describe(name, samples, key, iterations) {
  const values = samples.map((sample) => sample[key]);
  const count = Math.max(1, Math.min(ENDS, Math.floor(values.length / 4)));
  const [first, last] = [median(values.slice(0, count)), median(values.slice(-count))];
  const slope = ((last - first) * 1000) / Math.max(1, values.length - count);
  const measured = `${slope.toFixed(1)} MB (${first.toFixed(0)} → ${last.toFixed(0)} MB in ${iterations})`;
  return figureOf('memory', `${name}, growth per 1,000`, slope, measured, { text: '≤ 10 MB', atMost: 10 });
}
