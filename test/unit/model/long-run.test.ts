import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Surroundings, Turn, TurnFacts } from '../../../src/machine/types.ts';
import { recogniseChatFormat } from '../../../src/services/model/chat-format.ts';
import { chooseDemonstrations } from '../../../src/services/model/demonstrations.ts';
import { buildPrompt } from '../../../src/services/model/prompt.ts';
import { createPromptTokenizer } from '../../../src/services/model/tokenize-prompt.ts';
import { CHAT_ML } from './chat-templates.ts';

const ITERATIONS = 300;
const CONTEXT = 2048;
const ANSWER = 512;
/** Characters that a token stands for: prose has four, listings and numbers have fewer. */
const PER_TOKEN = 2.5;

test(`${ITERATIONS} iterations in a window of ${CONTEXT} tokens: every prompt fits, and the goal is in every one`, () => {
  const goal = `Sort the ${'very '.repeat(40)}large measurements of numbers.txt into sorted.txt`;
  const demonstrations = chooseDemonstrations(goal, 6);
  const { tokenizePrompt, say } = tokenizer();
  const room = (CONTEXT - ANSWER - 48) * PER_TOKEN;
  const samples = fc.sample(surroundings(), { numRuns: ITERATIONS, seed: 20261123 });
  const turns: Turn[] = [];
  const facts: TurnFacts[] = [];
  let told = 0;
  for (const [index, now] of samples.entries()) {
    const prompt = buildPrompt({
      goal,
      demonstrations,
      turns,
      earlierTurns: 0,
      facts,
      surroundings: now,
      budget: '3 left',
      memoryContextSize: 10,
    });
    const text = say(tokenizePrompt(prompt, room));
    expect(text).toContain(`Goal: ${goal}`);
    if (text.includes('Earlier: made')) told += 1;
    turns.push({ surroundings: now, decision: { action: 'RUN', command: `sort part-${index}`, note: 'next' } });
    facts.push({ turn: index, made: [`part-${index}`], removed: [], failed: null, check: null });
  }
  // All but the first ones have lost turns, and tell what was in them.
  expect(told).toBeGreaterThan(ITERATIONS - 30);
});

/** What a run may have to show: long listings, long outputs, long errors. */
function surroundings(): fc.Arbitrary<Surroundings> {
  const text = (most: number) => fc.integer({ min: 0, max: most }).map((length) => '3.14 '.repeat(length / 5));
  return fc
    .record({
      files: fc.array(fc.string({ minLength: 1, maxLength: 60 }), { maxLength: 40 }),
      stdout: text(32_000),
      stderr: text(5_000),
    })
    .map(({ files, stdout, stderr }) => ({
      workingDirectory: '',
      files,
      filesOmitted: 0,
      last: {
        decision: { action: 'RUN', command: 'sort numbers.txt', note: '' },
        outcome: { kind: 'setback', exitCode: 1, truncated: false, durationMs: 1 },
        output: { stdout, stderr },
        message: null,
      },
    }));
}

function tokenizer() {
  const recognised = recogniseChatFormat(CHAT_ML[0]?.template ?? '', '<s>');
  if (!recognised.ok) throw new Error(recognised.reason);
  const toCodes = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0);
  const format = { ...recognised.format, marks: [], looseMarks: [] };
  const tokenizePrompt = createPromptTokenizer(format, { tokenize: toCodes }, toCodes);
  const say = (result: ReturnType<typeof tokenizePrompt>) =>
    result.ok ? result.tokens.map((code) => String.fromCodePoint(code)).join('') : `no room: ${result.needed}`;
  return { tokenizePrompt, say };
}
