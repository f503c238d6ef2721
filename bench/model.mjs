// The model service beside what it is compared to: the library's own loop, the same decision spelt token by token, the
// original's prompt and flow. What is compared is measured in turns, in one run, because machines are noisy.
import { renderTable } from './model/figures.mjs';
import { findModel } from './model/mind.mjs';
import { HELP, readOptions } from './model/options.mjs';

const MEASURES = {
  text: async (given) => (await import('./model/text.mjs')).measureText(given),
  trace: async (given) => (await import('./model/trace.mjs')).measureTrace(given),
  speed: async (given) => (await import('./model/speed.mjs')).measureSpeed(given),
  decision: async (given) => (await import('./model/decision.mjs')).measureDecision(given),
  original: async (given) => (await import('./model/original.mjs')).measureOriginal(given),
  abort: async (given) => (await import('./model/abort.mjs')).measureAbort(given),
  loop: async (given) => (await import('./model/loop.mjs')).measureLoop(given),
  memory: async (given) => (await import('./model/memory.mjs')).measureMemory(given),
  decisions: async (given) => (await import('./model/decisions.mjs')).measureDecisions(given),
};

const read = readOptions(process.argv.slice(2));
if (!read.ok) {
  console.error(`${read.problem} "npm run bench:model -- --help" tells more.`);
  process.exit(2);
}
if ('help' in read) {
  console.log(HELP);
  process.exit(0);
}
const { options } = read;
const found = await findModel(options.model, process.env['MODELS_DIR']).catch((error) => {
  console.error([error.message, error.hint].filter(Boolean).join(' '));
  process.exit(2);
});
say(`${found.name} (${found.file}): ${options.parts.join(', ')}`);
const figures = [];
for (const part of options.parts) {
  const startedAt = performance.now();
  figures.push(...(await MEASURES[part]({ found, options, say })));
  say(`${part} took ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
if (options.json) console.log(JSON.stringify({ model: found.name, figures }, null, 2));
else console.log(`${found.name}\n${renderTable(figures)}`);
process.exit(figures.some(({ ok }) => ok === false) ? 1 : 0);

function say(text) {
  console.error(text);
}
