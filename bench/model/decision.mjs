import { openBare } from './bare.mjs';
import { figureOf, median, spread } from './figures.mjs';
import { openMind, thinkWell } from './mind.mjs';
import { listTurns, readTrace, requestAt } from './reference-trace.mjs';
import { DEMONSTRATIONS, promptFor, tokensOf } from './request.mjs';

const SITUATIONS = [1, 5, 9, 13];

/**
 * A whole decision behind a prompt that has been read, beside the same text sampled token by token: skeleton, closing
 * tags and all, but without a token for its end. Ours includes the way to the service's process and back.
 */
export async function measureDecision({ found, options, say }) {
  const trace = readTrace();
  const turns = listTurns(trace);
  const bare = await openBare(found);
  const tokenizePrompt = bare.promptTokenizer();
  const mind = await openMind(found, trace.goal, { demonstrationCount: DEMONSTRATIONS });
  const rows = [];
  let secondThoughts = 0;
  try {
    for (const index of SITUATIONS) {
      const request = requestAt(trace, turns, index);
      const prompt = tokensOf(tokenizePrompt, promptFor(request));
      await thinkWell(mind, request);
      for (let round = 0; round < options.rounds; round += 1) {
        let said = '';
        const ours = await thinkWell(
          mind,
          { ...request, iteration: index + 100 * round },
          {
            onText: (text) => {
              said += text;
            },
          },
        );
        // Two decisions took the time of two.
        if (said !== ours.answer) {
          secondThoughts += 1;
          continue;
        }
        const tokens = bare.tokenizer.tokenize(ours.answer, false);
        const spelled = await spell(bare, prompt, tokens);
        rows.push({ ours: ours.ms, spelled, tokens: tokens.length, sampled: ours.tokens.generated });
        say(
          `decision ${rows.length}: ${ours.ms.toFixed(0)} ms (${ours.tokens.generated} sampled), token by token ${spelled.toFixed(0)} ms (${tokens.length})`,
        );
      }
    }
  } finally {
    await mind.close();
    await bare.close();
  }
  const target = { text: '≤ 0.78', atMost: 0.78 };
  if (rows.length === 0) return [figureOf('decision', 'time ÷ token by token', null, 'no decision', target)];
  const each = rows.map(({ ours, spelled }) => ours / spelled);
  const at = (name) => median(rows.map((row) => row[name])).toFixed(0);
  return [
    figureOf('decision', 'time ÷ token by token', median(each), `${median(each).toFixed(3)} (${spread(each)})`, target),
    figureOf('decision', '… milliseconds, ours and spelt', null, `${at('ours')} and ${at('spelled')}`),
    figureOf('decision', '… tokens sampled, ours and spelt', null, `${at('sampled')} and ${at('tokens')}`),
    ...(secondThoughts === 0
      ? []
      : [figureOf('decision', '… left out: thought twice', secondThoughts, `${secondThoughts}`)]),
  ];
}

/** Milliseconds to sample this text and nothing else: each token that comes is put aside for the text's own. */
async function spell(bare, prompt, tokens) {
  const last = await bare.writer.read(prompt);
  const startedAt = performance.now();
  const stream = bare.writer.generate(last, {});
  await stream.next();
  for (const token of tokens.slice(0, -1)) await stream.next(token);
  const ms = performance.now() - startedAt;
  await stream.return();
  return ms;
}
