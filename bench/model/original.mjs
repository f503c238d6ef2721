import { openOriginalModel } from '../task-runner/original.mjs';
import { ORIGINAL_FILE } from '../task-runner/original-prompt.mjs';
import { figureOf, median, spread } from './figures.mjs';
import { DEFAULTS, openMind, thinkWell } from './mind.mjs';
import { listTurns, readTrace, requestAt } from './reference-trace.mjs';
import { DEMONSTRATIONS } from './request.mjs';

const ITERATIONS = 8;

/**
 * A thought of ours beside one as the original has it, at the same iterations of the trace: a prompt that begins with the
 * listing, read as plain text from where it differs from the one before, and an answer that is sampled up to
 * `</note>` or 512 tokens. Both have our settings of the library, which are faster than the original's.
 */
export async function measureOriginal({ found, options, say }) {
  const target = { text: '≤ 0.25', atMost: 0.25 };
  const name = "iteration ÷ the original's";
  if (options.original === null) {
    return [figureOf('original', name, null, `not run: it needs --original ${ORIGINAL_FILE}`)];
  }
  const trace = readTrace();
  const turns = listTurns(trace);
  const ask = { listing: '' };
  const original = await openOriginalModel({
    ...DEFAULTS,
    ...found,
    original: options.original,
    sandboxDir: '/sandbox',
    list: async () => ask.listing,
  });
  const mind = await openMind(found, trace.goal, { demonstrationCount: DEMONSTRATIONS });
  const rows = [];
  try {
    for (let index = 0; index < ITERATIONS; index += 1) {
      const request = requestAt(trace, turns, index);
      ask.listing = listAsLs(request.surroundings.files);
      const ours = await thinkWell(mind, request);
      const theirs = await thinkWell(original, request);
      rows.push({ ours: ours.ms, theirs: theirs.ms });
      say(
        `original ${index + 1}/${ITERATIONS}: ours ${ours.ms.toFixed(0)} ms (${describe(ours.tokens)}), the original's ${theirs.ms.toFixed(0)} ms (${describe(theirs.tokens)})`,
      );
    }
  } finally {
    await mind.close();
    await original.close();
  }
  // The first thought reads all of the prompt, on both sides.
  const later = rows.slice(1);
  const [ours, theirs] = [median(later.map((row) => row.ours)), median(later.map((row) => row.theirs))];
  const measured = `${(ours / theirs).toFixed(3)} (${spread(later.map((row) => row.ours / row.theirs))})`;
  return [
    figureOf('original', name, ours / theirs, measured, target),
    figureOf('original', '… milliseconds, ours and its', ours, `${ours.toFixed(0)} and ${theirs.toFixed(0)}`),
  ];
}

function describe({ evaluated, generated }) {
  return `${evaluated} + ${generated} tokens`;
}

/** A listing as `ls -la` prints it. */
function listAsLs(files) {
  const lines = [
    `total ${4 * files.length}`,
    ...['.', '..', ...files].map((name) => {
      const mode = /^\.|\/$/.test(name) ? 'drwxr-xr-x 3' : '-rw-r--r-- 1';
      return `${mode} user user ${String(200 + 37 * name.length).padStart(5)} Mar 14 09:20 ${name.replace(/\/$/, '')}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
