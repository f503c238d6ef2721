// Makes tokens of turns, the ones that gyre itself makes at run time: the same chat format, no special token out of
// anybody's text, and the answer cut where the skeleton joins it.
//
// Usage: node training/tokens.mjs --model FILE.gguf < turns.jsonl > tokens.jsonl
//
// The first line holds the heads, which are the system messages. Each other line is a conversation: the index of its head,
// the tokens behind it, and from where to where they are decisions to be learned.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { listSpecialTokens } from '../dist/services/model/inference.js';
import { readModelFile } from '../dist/services/model/model-file.js';
import { createSafeTokenizer } from '../dist/services/model/safe-tokenize.js';
import { createPromptTokenizer } from '../dist/services/model/tokenize-prompt.js';

/** Longer conversations are left out: few are, and a tenth of all time would be theirs. */
const MAX_TOKENS = 512;

const { values } = parseArgs({ options: { model: { type: 'string' } } });
if (values.model === undefined) {
  process.stderr.write('Name the model: node training/tokens.mjs --model FILE.gguf\n');
  process.exit(2);
}
const file = await readModelFile({ file: values.model, name: values.model });
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: values.model, gpuLayers: 0 });
const trim = file.addsSpace ? 'trimLeadingSpace' : undefined;
const tokenizer = { tokenize: (text, allowSpecial) => model.tokenize(text, allowSpecial, trim) };
const tokenizePrompt = createPromptTokenizer(
  file.format,
  tokenizer,
  createSafeTokenizer(tokenizer, listSpecialTokens(model)),
);

const heads = new Map();
const conversations = [];
for await (const line of createInterface({ input: process.stdin })) conversations.push(tokensOf(JSON.parse(line)));
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
print({ heads: [...heads.keys()].map((text) => tokensFor({ head: [{ role: 'system', text }] })) });
const short = conversations.filter(({ tokens }) => tokens.length <= MAX_TOKENS);
for (const conversation of short) print(conversation);
const sum = short.reduce((total, { tokens }) => total + tokens.length, 0);
process.stderr.write(`${short.length} of ${conversations.length} conversations: ${sum} tokens behind their heads\n`);
await llama.dispose();

function tokensOf({ intent, kinds, messages, learned, answer }) {
  const [system, ...others] = messages;
  const head = [system];
  const whole = [...others, { role: 'assistant', text: answer }];
  const all = tokensFor({ head, history: [whole] });
  const start = tokensFor({ head }).length;
  // What comes before a decision, and the decision itself.
  const placeOf = (index) => {
    const asked = tokensFor({ head, history: [whole.slice(0, index - 1)], current: whole[index - 1] });
    const answered = tokensFor({ head, history: [whole.slice(0, index + 1)] });
    if (![...asked, ...answered.slice(asked.length)].every((token, at) => token === all[at])) {
      throw new Error(`A conversation of ${intent} does not go on as it began.`);
    }
    return [asked.length - start, answered.length - start];
  };
  if (!heads.has(system.text)) heads.set(system.text, heads.size);
  return {
    ...{ intent, kind: kinds.at(-1), head: heads.get(system.text) },
    tokens: all.slice(start),
    learned: [...learned.map((message) => placeOf(message - 1)), placeOf(whole.length - 1)],
  };
}

function tokensFor({ head, history = [], current = null }) {
  const prompt = { head, history, historyStart: 0, facts: [], current, brief: null };
  const result = tokenizePrompt(prompt, Number.MAX_SAFE_INTEGER);
  if (!result.ok) throw new Error('A prompt without a limit was too long.');
  return result.tokens;
}
