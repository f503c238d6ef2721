import { parseArgs } from 'node:util';
import { ORIGINAL_FILE } from '../task-runner/original-prompt.mjs';

/** All parts in the order in which they are run. The slow ones are run when they are named, or with `--all`. */
export const PARTS = ['text', 'trace', 'speed', 'decision', 'original', 'abort', 'loop', 'memory', 'decisions'];
const SLOW_PARTS = ['memory', 'decisions'];

export const HELP = `Measures the model service, side by side with what it is compared to. Leave other work alone meanwhile.

Usage: npm run bench:model -- [options]

  --model NAME|FILE    which model; default: tiny when it is there, else the one gyre would choose
  --only A,B           only these parts: ${PARTS.join(', ')}
  --all                the slow parts too: ${SLOW_PARTS.join(', ')}
  --rounds N           rounds of speed and decision (default 5)
  --iterations N       iterations of memory behind the 100 of warm-up (default 300)
  --decisions N        situations of decisions (default 200)
  --original FILE      the original's ${ORIGINAL_FILE}, for the part of that name; it is no part of gyre
  --json               one JSON object instead of the table

Examples:
  npm run bench:model
  npm run bench:model -- --model starter --only speed,decision
  npm run bench:model -- --model starter --only original --original ${ORIGINAL_FILE}
  npm run bench:model -- --only memory --iterations 1000
  npm run bench:model -- --model starter --only decisions --decisions 200

Exit codes: 0 every target is met, 1 one is missed, 2 a bad option.`;

/**
 * @typedef {object} Options
 * @property {string | null} model
 * @property {readonly string[]} parts
 * @property {number} rounds
 * @property {number} iterations
 * @property {number} decisions
 * @property {string | null} original
 * @property {boolean} json
 */

/**
 * @param {readonly string[]} argv
 * @returns {{ ok: true, options: Options } | { ok: true, help: true } | { ok: false, problem: string }}
 */
export function readOptions(argv) {
  const parsed = parse(argv);
  if ('problem' in parsed) return { ok: false, problem: parsed.problem };
  const { values } = parsed;
  if (values.help) return { ok: true, help: true };
  const names = values.only?.split(',').filter((name) => name !== '') ?? null;
  const unknown = names?.find((name) => !PARTS.includes(name));
  if (unknown !== undefined || names?.length === 0) {
    return { ok: false, problem: `--only ${values.only}: the parts are ${PARTS.join(', ')}.` };
  }
  if (names !== null && values.all)
    return { ok: false, problem: '--only and --all exclude each other: leave one out.' };
  const counts = { rounds: 0, iterations: 0, decisions: 0 };
  for (const name of /** @type {const} */ (['rounds', 'iterations', 'decisions'])) {
    const text = values[name];
    if (!/^[1-9][0-9]{0,5}$/.test(text)) return { ok: false, problem: `--${name} ${text}: a whole number from 1 on.` };
    counts[name] = Number(text);
  }
  const isWanted = (part) => (names === null ? values.all || !SLOW_PARTS.includes(part) : names.includes(part));
  return {
    ok: true,
    options: {
      model: values.model ?? null,
      parts: PARTS.filter(isWanted),
      original: values.original ?? null,
      json: values.json,
      ...counts,
    },
  };
}

/** @param {readonly string[]} argv */
function parse(argv) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        model: { type: 'string' },
        only: { type: 'string' },
        all: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '5' },
        iterations: { type: 'string', default: '300' },
        decisions: { type: 'string', default: '200' },
        original: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: `${message.split('. ')[0].replace(/\.$/, '')}.` };
  }
}
