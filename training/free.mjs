// Asks a model for the first decisions of worlds as free text, greedily and with nothing forced, and counts those that are
// no decision. gyre itself forces the tags: this tells what the model has learned of them.
//
// Usage: node training/free.mjs --model NAME [--adapter FILE] < worlds.jsonl
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openBare } from '../bench/model/bare.mjs';
import { findModel } from '../bench/model/mind.mjs';
import { tokensOf } from '../bench/model/request.mjs';
import { parseDecision } from '../dist/protocol/decision.js';
import { buildPrompt } from '../dist/services/model/prompt.js';
import { openBox } from './box.mjs';

const MAX_TOKENS = 256;

const { values } = parseArgs({ options: { model: { type: 'string' }, adapter: { type: 'string' } } });
const bare = await openBare(await findModel(values.model ?? null), { adapter: values.adapter ?? null });
const box = await openBox();
let asked = 0;
let malformed = 0;
try {
  for await (const line of createInterface({ input: process.stdin })) {
    const world = JSON.parse(line);
    const name = `free${asked}`;
    asked += 1;
    await box.write(world, name);
    const answer = await writeFreely(firstPrompt(world, { ...box.look(name), last: null }));
    box.remove(name);
    if (parseDecision(answer).ok) continue;
    malformed += 1;
    process.stderr.write(`${JSON.stringify(answer)}\n`);
  }
} finally {
  await box.close();
  await bare.close();
}
process.stdout.write(`malformed as free text ${malformed} of ${asked}\n`);

function firstPrompt({ goal }, surroundings) {
  return buildPrompt({
    ...{ goal, demonstrations: [], turns: [], earlierTurns: 0, memoryContextSize: 10 },
    ...{ surroundings, budget: '6 iterations left' },
  });
}

async function writeFreely(prompt) {
  const last = await bare.writer.read(tokensOf(bare.promptTokenizer(), prompt));
  const answer = [];
  for await (const token of bare.writer.generate(last, { temperature: 0 })) {
    if (bare.isEnd(token) || answer.push(token) === MAX_TOKENS) break;
  }
  return bare.detokenize(answer);
}
