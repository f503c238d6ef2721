import { chooseDemonstrations } from '../../dist/services/model/demonstrations.js';
import { buildPrompt } from '../../dist/services/model/prompt.js';
import { createRandom } from './figures.mjs';
import { DEFAULTS } from './mind.mjs';

/** Demonstrations that a run shows; the service is told the same number. */
export const DEMONSTRATIONS = 6;

/** The prompt that the service builds for a request, to be made of tokens here. */
export function promptFor(request, demonstrations = chooseDemonstrations(request.goal, DEMONSTRATIONS)) {
  return buildPrompt({ ...request, demonstrations, memoryContextSize: DEFAULTS.memoryContextSize });
}

/** All tokens of a prompt. Nothing of its past is dropped. */
export function tokensOf(tokenizePrompt, prompt) {
  const made = tokenizePrompt(prompt, Number.POSITIVE_INFINITY);
  if (!made.ok) throw new Error('A prompt without limits does not fit.');
  return made.tokens;
}

/**
 * A run whose commands are long: whoever goes on with it writes a long command too, and not the same one twice.
 *
 * @param {number} seed
 */
export function wordyRequest(seed) {
  const random = createRandom(seed);
  const shuffle = () => WORDS.map((word) => ({ word, at: random() })).toSorted((a, b) => a.at - b.at);
  const decisions = Array.from({ length: 3 }, (_, index) => ({
    action: 'RUN',
    command: `echo '${shuffle()
      .map(({ word }) => word)
      .join(' ')}' > order-${index + 1}.txt`,
    note: 'all words in another order',
  }));
  const seenAt = (index) => ({
    workingDirectory: '',
    files: Array.from({ length: index }, (_, order) => `order-${order + 1}.txt`),
    filesOmitted: 0,
    last: index === 0 ? null : done(decisions[index - 1]),
  });
  return {
    iteration: seed,
    goal: 'Write the same forty words into order-1.txt to order-20.txt, in another order each time',
    turns: decisions.map((decision, index) => ({ surroundings: seenAt(index), decision })),
    earlierTurns: 0,
    surroundings: seenAt(decisions.length),
    budget: '17 iterations left',
    isDiversifying: false,
  };
}

const WORDS = (
  'apple river window doctor yellow engine forest pencil market silver garden bottle winter coffee mountain letter ' +
  'kitchen thunder ticket saddle harbour violin copper meadow lantern basket candle ribbon glacier orchard pepper ' +
  'marble castle feather island hammer blanket mirror parrot tunnel'
).split(' ');

function done(decision) {
  const outcome = { kind: 'ok', exitCode: 0, truncated: false, durationMs: 2 };
  return { decision, outcome, output: { stdout: '', stderr: '' }, message: null };
}
