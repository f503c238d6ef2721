import { openBare } from './bare.mjs';
import { createRandom, figureOf, median } from './figures.mjs';
import { findWorkers, openMind, think, thinkWell } from './mind.mjs';
import { listTurns, readTrace, requestAt } from './reference-trace.mjs';
import { DEMONSTRATIONS, wordyRequest } from './request.mjs';
import { writeCommand } from './speed.mjs';

const SAMPLES = 12;
const CHUNK_TOKENS = 64;
const GRACE_MS = 20;

/** From `abort()` to a settled thought, while a command is written and while a prompt is read. */
export async function measureAbort({ found, say }) {
  const vocabulary = await openBare(found, { vocabOnly: true });
  const mind = await openMind(found, wordyRequest(1).goal, { demonstrationCount: DEMONSTRATIONS });
  const random = createRandom(7);
  const [worker] = findWorkers();
  try {
    const token = await timeToken(mind, vocabulary);
    const writing = [];
    for (let seed = 100; writing.length < SAMPLES && seed < 100 + 4 * SAMPLES; seed += 1) {
      const ms = await abortWriting(mind, seed, 1 + Math.floor(random() * 15), random() * token);
      if (ms !== null) writing.push(ms);
      say(`abort, writing ${writing.length}/${SAMPLES}: ${ms === null ? 'too late' : `${ms.toFixed(0)} ms`}`);
    }
    const chunk = await timeChunk(mind);
    const reading = [];
    for (let index = 0; reading.length < SAMPLES && index < 4 * SAMPLES; index += 1) {
      const ms = await abortReading(mind, index, (0.1 + 0.8 * random()) * chunk.wholeMs);
      if (ms !== null) reading.push(ms);
      say(`abort, reading ${reading.length}/${SAMPLES}: ${ms === null ? 'too late' : `${ms.toFixed(0)} ms`}`);
    }
    const isSame = findWorkers().includes(worker);
    return [
      describe('while writing', writing, token, `1 token (${token.toFixed(0)} ms) + ${GRACE_MS} ms`),
      describe('while reading', reading, chunk.ms, `1 chunk (${chunk.ms.toFixed(0)} ms) + ${GRACE_MS} ms`),
      figureOf('abort', '… workers killed for it', isSame ? 0 : 1, isSame ? 'none' : 'at least one'),
    ];
  } finally {
    await mind.close();
    await vocabulary.close();
  }
}

function describe(when, samples, unit, limit) {
  const target = { text: `≤ ${limit}`, atMost: unit + GRACE_MS };
  if (samples.length === 0) return figureOf('abort', when, null, 'never in time', target);
  const measured = `${median(samples).toFixed(0)} ms (worst ${Math.max(...samples).toFixed(0)}, of ${samples.length})`;
  return figureOf('abort', `${when}, median`, median(samples), measured, target);
}

async function timeToken(mind, vocabulary) {
  const times = [];
  for (let seed = 1; seed <= 6; seed += 1) {
    const written = await writeCommand(mind, vocabulary, seed);
    if (written !== null) times.push(1000 / written.tokensPerSecond);
  }
  if (times.length === 0) throw new Error('The model writes no long command.');
  return median(times);
}

/** Milliseconds of 64 tokens and of a whole prompt of the trace: first it is new, then only its answer is. */
async function timeChunk(mind) {
  const rows = [];
  for (let index = 1; index <= 3; index += 1) {
    const request = longRequest(1000 + index);
    const first = await thinkWell(mind, request);
    const again = await thinkWell(mind, request);
    const tokens = first.tokens.evaluated - again.tokens.evaluated;
    rows.push({ ms: ((first.ms - again.ms) * CHUNK_TOKENS) / tokens, wholeMs: first.ms - again.ms });
  }
  return { ms: median(rows.map(({ ms }) => ms)), wholeMs: median(rows.map(({ wholeMs }) => wholeMs)) };
}

/** Null when the thought was over before, or no command came. */
async function abortWriting(mind, seed, pieces, restMs) {
  const controller = new AbortController();
  let left = pieces;
  let isCommand = false;
  let askedAt = null;
  const thought = await think(mind, wordyRequest(seed), {
    signal: controller.signal,
    onText: (text) => {
      if (text.startsWith('</command>')) isCommand = false;
      else if (isCommand) left -= 1;
      if (text.endsWith('<command>')) isCommand = true;
      // Anywhere between two tokens.
      if (isCommand && left === 0) {
        setTimeout(() => {
          askedAt = performance.now();
          controller.abort();
        }, restMs);
      }
    },
  });
  return askedAt === null || thought.ok ? null : performance.now() - askedAt;
}

/** Null when the prompt had been read before. */
async function abortReading(mind, index, afterMs) {
  const controller = new AbortController();
  let askedAt = null;
  const timer = setTimeout(() => {
    askedAt = performance.now();
    controller.abort();
  }, afterMs);
  const thought = await think(mind, longRequest(index), { signal: controller.signal });
  clearTimeout(timer);
  return askedAt === null || thought.ok || thought.tokens.generated > 0 ? null : performance.now() - askedAt;
}

/** The trace's last prompt with a goal of its own, so that nothing behind the demonstrations is known. */
function longRequest(index) {
  const trace = readTrace();
  const turns = listTurns(trace);
  return requestAt({ ...trace, goal: `${index}. ${trace.goal}` }, turns, turns.length - 1);
}
