import { openBare } from './bare.mjs';
import { figureOf, median, spread } from './figures.mjs';
import { openMind, thinkWell } from './mind.mjs';
import { DEMONSTRATIONS, promptFor, tokensOf, wordyRequest } from './request.mjs';

const SKELETON = '<action>RUN</action>\n<command>';
/** A shorter command says little. */
const LEAST_TOKENS = 20;

/**
 * Tokens a second inside of one long command, as its text arrives from the service, beside the library's own loop behind
 * the same prompt and the same skeleton. Within a command nothing is forced, so that jump-forward cannot flatter it.
 */
export async function measureSpeed({ found, options, say }) {
  const bare = await openBare(found);
  const tokenizePrompt = bare.promptTokenizer();
  const mind = await openMind(found, wordyRequest(1).goal, { demonstrationCount: DEMONSTRATIONS });
  const rounds = [];
  try {
    await writeCommand(mind, bare, 1);
    // A decision may be no long command; then another seed is tried.
    for (let seed = 2; rounds.length < options.rounds && seed < 2 + 4 * options.rounds; seed += 1) {
      const ours = await writeCommand(mind, bare, seed);
      if (ours === null) continue;
      const library = await generateBare(bare, tokenizePrompt, seed, ours.tokens);
      rounds.push({ ours: ours.tokensPerSecond, library });
      say(
        `speed ${rounds.length}/${options.rounds}: ${ours.tokens} tokens, ${ours.tokensPerSecond.toFixed(1)}/s, bare ${library.toFixed(1)}/s`,
      );
    }
  } finally {
    await mind.close();
    await bare.close();
  }
  const target = { text: '≥ 0.95', atLeast: 0.95 };
  if (rounds.length === 0) return [figureOf('speed', 'tokens/s ÷ bare loop', null, 'no long command', target)];
  const ours = median(rounds.map((round) => round.ours));
  const library = median(rounds.map((round) => round.library));
  const each = rounds.map((round) => round.ours / round.library);
  return [
    figureOf(
      'speed',
      'tokens/s ÷ bare loop',
      ours / library,
      `${(ours / library).toFixed(3)} (${spread(each)})`,
      target,
    ),
    figureOf('speed', '… tokens/s, ours and bare', ours, `${ours.toFixed(1)} and ${library.toFixed(1)}`),
  ];
}

/** Times a command from its first piece to its last; null when it is too short. */
export async function writeCommand(mind, bare, seed) {
  const pieces = [];
  await thinkWell(mind, wordyRequest(seed), { onText: (text) => pieces.push({ text, at: performance.now() }) });
  const begin = 1 + pieces.findIndex(({ text }) => text.endsWith('<command>'));
  const closing = pieces.findIndex(({ text }) => text.startsWith('</command>'));
  const end = closing === -1 ? pieces.length - 1 : closing;
  if (begin === 0 || end <= begin) return null;
  const command = pieces.slice(begin, end + (closing === -1 ? 1 : 0)).map(({ text }) => text);
  // The model spelt the closing tag too, before it was seen to be one.
  const text = command.join('') + (closing === -1 ? '' : '</command>');
  const count = (part) => bare.tokenizer.tokenize(part, false).length;
  const tokens = count(text) - count(command[0]);
  if (tokens < LEAST_TOKENS) return null;
  return { tokens, tokensPerSecond: (1000 * tokens) / (pieces[end].at - pieces[begin].at) };
}

async function generateBare(bare, tokenizePrompt, seed, tokens) {
  const prompt = tokensOf(tokenizePrompt, promptFor(wordyRequest(seed)));
  const last = await bare.writer.read([...prompt, ...bare.tokenizer.tokenize(SKELETON, false)]);
  let startedAt = 0;
  let count = -1;
  for await (const _ of bare.writer.generate(last, { seed })) {
    if (count === -1) startedAt = performance.now();
    count += 1;
    if (count === tokens) break;
  }
  return (1000 * tokens) / (performance.now() - startedAt);
}
