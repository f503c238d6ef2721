import { openBare } from './bare.mjs';
import { figureOf, mean, median, spread, sum } from './figures.mjs';
import { openMind, thinkWell } from './mind.mjs';
import { listTurns, readTrace, requestAt } from './reference-trace.mjs';
import { DEMONSTRATIONS, promptFor, tokensOf } from './request.mjs';

/**
 * The part of the prompt that is evaluated anew in each iteration of the reference trace. The few tokens of the answer's
 * skeleton are counted with it, and so is each scripted decision: the model would have had its own one evaluated already.
 * The first iteration evaluates everything and is left out.
 */
export async function measureTrace({ found, say }) {
  const trace = readTrace();
  const turns = listTurns(trace, 2 * trace.iterations.length);
  const vocabulary = await openBare(found, { vocabOnly: true });
  const tokenizePrompt = vocabulary.promptTokenizer();
  const mind = await openMind(found, trace.goal, { demonstrationCount: DEMONSTRATIONS });
  const rows = [];
  try {
    for (const index of turns.keys()) {
      const request = requestAt(trace, turns, index);
      const prompt = tokensOf(tokenizePrompt, promptFor(request)).length;
      const { evaluated } = (await thinkWell(mind, request)).tokens;
      rows.push({ evaluated, prompt });
      say(`trace ${index + 1}/${turns.length}: ${evaluated} of ${prompt} tokens`);
    }
  } finally {
    await mind.close();
    await vocabulary.close();
  }
  const reference = rows.slice(1, trace.iterations.length);
  const longer = rows.slice(1);
  const target = { text: '≤ 20 %', atMost: 0.2 };
  return [
    figureOf(
      'trace',
      'prompt evaluated per iteration, mean of ratios',
      meanRatio(reference),
      describe(reference),
      target,
    ),
    figureOf('trace', '… all evaluated ÷ all prompts', sumRatio(reference), percent(sumRatio(reference)), target),
    figureOf('trace', `… with the window's cut, ${turns.length} iterations, mean`, meanRatio(longer), describe(longer)),
    figureOf('trace', '… all evaluated ÷ all prompts', sumRatio(longer), percent(sumRatio(longer))),
  ];
}

function ratios(rows) {
  return rows.map(({ evaluated, prompt }) => evaluated / prompt);
}

function meanRatio(rows) {
  return mean(ratios(rows));
}

function sumRatio(rows) {
  return sum(rows.map(({ evaluated }) => evaluated)) / sum(rows.map(({ prompt }) => prompt));
}

function describe(rows) {
  const each = ratios(rows).map((ratio) => 100 * ratio);
  return `${percent(meanRatio(rows))} (${spread(each, 1)}; median ${median(each).toFixed(1)})`;
}

function percent(ratio) {
  return `${(100 * ratio).toFixed(1)} %`;
}
