import { parseDecision } from '../../dist/protocol/decision.js';
import { SCENES } from '../../dist/services/model/demonstration-bank.js';
import { chooseDemonstrations, expandScene } from '../../dist/services/model/demonstrations.js';
import { isCopiedUnfitting } from '../../dist/services/model/second-thought.js';
import { writeDecisionWith } from '../../dist/services/model/skeleton.js';
import { openBare } from './bare.mjs';
import { figureOf } from './figures.mjs';
import { DEFAULTS } from './mind.mjs';
import { DEMONSTRATIONS, promptFor, tokensOf } from './request.mjs';

const FREE_TOKENS = 256;
/** The most that can be chosen; what is left of them without the scene itself is shown. */
const MOST_DEMONSTRATIONS = 8;

/**
 * First decisions at the turns of the demonstrations, each scene shown as a run of its own and hidden from the
 * demonstrations: with the skeleton, and as free text. What the service does about a bad one is not in it.
 */
export async function measureDecisions({ found, options, say }) {
  const situations = listSituations().slice(0, options.decisions);
  const bare = await openBare(found);
  const counts = { malformed: 0, copied: 0, free: 0 };
  let tokenizePrompt = bare.promptTokenizer();
  let scene = null;
  try {
    for (const [index, situation] of situations.entries()) {
      // Each scene is a run, and a tokeniser serves one run.
      if (situation.scene !== scene) tokenizePrompt = bare.promptTokenizer();
      scene = situation.scene;
      const { request, demonstrations } = situation;
      const prompt = tokensOf(tokenizePrompt, promptFor(request, demonstrations));
      const parsed = parseDecision(await decide(bare, prompt, index + 1));
      if (!parsed.ok) counts.malformed += 1;
      else if (parsed.decision.action === 'RUN' && isCopiedUnfitting(parsed.decision.command, request, demonstrations))
        counts.copied += 1;
      if (!parseDecision(await writeFreely(bare, prompt, index + 1)).ok) counts.free += 1;
      if ((index + 1) % 10 === 0) {
        say(
          `decisions ${index + 1}/${situations.length}: ${counts.malformed} malformed, ${counts.copied} copied; free text ${counts.free} malformed`,
        );
      }
    }
  } finally {
    await bare.close();
  }
  const total = situations.length;
  const unusable = (counts.malformed + counts.copied) / total;
  const isStarter = found.name === 'qwen2.5-coder-1.5b';
  const target = isStarter ? { text: '≤ 3 %', atMost: 0.03 } : null;
  const percent = (count) => `${((100 * count) / total).toFixed(1)} % (${count} of ${total})`;
  return [
    figureOf('decisions', 'unusable', unusable, percent(counts.malformed + counts.copied), target),
    figureOf('decisions', '… malformed', counts.malformed / total, percent(counts.malformed)),
    figureOf('decisions', '… a demonstration copied unfitting', counts.copied / total, percent(counts.copied)),
    figureOf('decisions', 'malformed as free text', counts.free / total, percent(counts.free)),
  ];
}

/** Scene by scene, so that a prompt begins like the one before; those of the most turns first. */
function listSituations() {
  return SCENES.toSorted((a, b) => b.steps.length - a.steps.length).flatMap((scene) => {
    const shown = expandScene(scene);
    const demonstrations = chooseDemonstrations(scene.goal, MOST_DEMONSTRATIONS)
      .filter(({ goal }) => goal !== scene.goal)
      .slice(-DEMONSTRATIONS);
    return shown.map(({ goal, surroundings }, index) => ({
      scene,
      demonstrations,
      request: {
        iteration: index + 1,
        goal,
        turns: shown.slice(0, index),
        earlierTurns: 0,
        surroundings,
        budget: `${20 - index} iterations left`,
        isDiversifying: false,
      },
    }));
  });
}

async function decide({ writer }, prompt, seed) {
  const sampler = await writer.sampler(await writer.read(prompt), { seed });
  try {
    return await writeDecisionWith(sampler, { maxTokens: DEFAULTS.maxTokens, onText: () => {} });
  } finally {
    await sampler.close();
  }
}

async function writeFreely({ writer, detokenize, isEnd }, prompt, seed) {
  const answer = [];
  for await (const token of writer.generate(await writer.read(prompt), { seed })) {
    if (isEnd(token)) break;
    answer.push(token);
    if (answer.length === FREE_TOKENS) break;
  }
  return detokenize(answer);
}
