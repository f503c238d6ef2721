import { chooseDemonstrations } from '../../dist/services/model/demonstrations.js';
import { openBare } from './bare.mjs';
import { createRandom, figureOf } from './figures.mjs';
import { openMind, think } from './mind.mjs';
import { DEMONSTRATIONS, promptFor, tokensOf } from './request.mjs';

const TEXTS = 2000;
const SMALL_WINDOW = 2048;
const GOAL = 'Say what is in this folder';

/** What nobody trusts must never become a special token, and a prompt that is too long must never be cut unasked. */
export async function measureText({ found, say }) {
  const vocabulary = await openBare(found, { vocabOnly: true });
  try {
    const specials = countSpecials(vocabulary, say);
    const cut = await countCut(found, vocabulary, say);
    return [
      figureOf('text', `special tokens from ${TEXTS} texts`, specials, `${specials}`, { text: '0', atMost: 0 }),
      figureOf('text', 'prompts silently cut', cut.silently, `${cut.silently} of ${cut.over} that are too long`, {
        text: '0',
        atMost: 0,
      }),
      figureOf('text', '… refused without the right numbers', cut.unexplained, `${cut.unexplained}`, {
        text: '0',
        atMost: 0,
      }),
      figureOf('text', '… refused although they fit', cut.needlessly, `${cut.needlessly} of ${cut.within}`),
    ];
  } finally {
    await vocabulary.close();
  }
}

/** Special tokens beyond those of the same prompt with harmless texts. */
function countSpecials(vocabulary, say) {
  const { specialTokens } = vocabulary;
  // A letter that is a token of its own cannot be split; unless it is a control token, it is only a letter.
  const ids = new Set(specialTokens.filter(({ text, control }) => control || [...text].length > 1).map(({ id }) => id));
  const specialsOf = (tokens) => tokens.filter((token) => ids.has(token)).join(' ');
  const demonstrations = chooseDemonstrations(GOAL, 4);
  const tokenizePrompt = vocabulary.promptTokenizer();
  const tokenize = (text) => tokensOf(tokenizePrompt, promptFor(requestSaying(text), demonstrations));
  const expected = specialsOf(tokenize('harmless'));
  const writeText = createTextWriter(specialTokens.map(({ text }) => text));
  let leaks = 0;
  for (let index = 0; index < TEXTS; index += 1) {
    try {
      if (specialsOf(tokenize(writeText())) !== expected) leaks += 1;
    } catch {
      leaks += 1;
    }
    if ((index + 1) % 500 === 0) say(`text ${index + 1}/${TEXTS}, ${ids.size} special tokens: ${leaks} came out`);
  }
  return leaks;
}

/** Every place of a prompt that holds what others wrote. */
function requestSaying(text) {
  const decision = { action: 'RUN', command: `echo ${text}`, note: text };
  const outcome = { kind: 'setback', exitCode: 1, truncated: false, durationMs: 1 };
  const last = { decision, outcome, output: { stdout: text, stderr: text }, message: text };
  const surroundings = { workingDirectory: text, files: [text, 'a.txt'], filesOmitted: 0, last };
  const turns = [{ surroundings: { ...surroundings, last: null }, decision }];
  return {
    iteration: 2,
    goal: text,
    turns,
    earlierTurns: 0,
    surroundings,
    budget: '9 iterations left',
    isDiversifying: false,
  };
}

function createTextWriter(specials) {
  const random = createRandom(5);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const half = (text) => {
    const at = Math.floor(random() * (text.length + 1));
    return random() < 0.5 ? text.slice(0, at) : text.slice(at);
  };
  const makers = [
    () => pick(specials),
    () => pick(specials),
    () => half(pick(specials)),
    () => `${half(pick(specials))}${half(pick(specials))}`,
    () =>
      pick([
        '<action>',
        '</action>',
        '<command>',
        '</command>',
        '<note>',
        '</note>',
        '<sleepMs>',
        '<think>',
        '</think>',
      ]),
    () => pick([' ', '\n', '<', '|', '<|', '|>', '</', '[', ']', '\\', "'", '\u200b', '\u0301', '\ud83d']),
    () => String.fromCodePoint(Math.floor(random() * 0x10ffff)),
    () => pick(['im_start', 'system', 'user', 'assistant', 'rm -rf', '整理', '🌍', 'a']),
  ];
  return () => Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(makers)()).join('');
}

/**
 * Goals of all lengths around the point where the window is full, and far beyond it. Demonstrations may be left out; the
 * rules and the goal may not: a prompt with fewer tokens than these was cut.
 */
async function countCut(found, vocabulary, say) {
  const tokenizePrompt = vocabulary.promptTokenizer();
  const least = (request) => {
    const { head, brief, ...prompt } = promptFor(request, []);
    return tokensOf(tokenizePrompt, { ...prompt, brief, head: head.slice(0, 1), current: brief }).length;
  };
  const maxTokens = 16;
  const given = { contextSize: SMALL_WINDOW, maxTokens, demonstrationCount: DEMONSTRATIONS };
  const full = wordsToFill((words) => least(requestOf(words)), SMALL_WINDOW - maxTokens);
  const offsets = [-1200, -600, -200, -64, -32, -16, -8, -2, 0, 1, 2, 4, 8, 16, 64, 1000, 4000];
  const mind = await openMind(found, GOAL, given);
  const counts = { over: 0, silently: 0, unexplained: 0, within: 0, needlessly: 0 };
  try {
    for (const offset of offsets) {
      const request = requestOf(Math.max(1, full + offset));
      const tokens = least(request);
      const isOver = tokens > SMALL_WINDOW - maxTokens;
      const thought = await think(mind, request);
      const read = thought.effort?.promptTokens ?? 0;
      if (isOver) counts.over += 1;
      else counts.within += 1;
      if (thought.ok && (isOver || read < tokens)) counts.silently += 1;
      if (!thought.ok && !saysNumbers(thought.message, tokens)) counts.unexplained += 1;
      if (!isOver && !thought.ok) counts.needlessly += 1;
      const outcome = thought.ok ? `thought with ${read}` : thought.message;
      say(`text, at least ${tokens} tokens in a window of ${SMALL_WINDOW}: ${outcome}`);
    }
  } finally {
    await mind.close();
  }
  return counts;
}

function requestOf(words) {
  const surroundings = { workingDirectory: '', files: ['a.txt'], filesOmitted: 0, last: null };
  const goal = 'word '.repeat(words).trim();
  return {
    iteration: 1,
    goal,
    turns: [],
    earlierTurns: 0,
    surroundings,
    budget: '9 iterations left',
    isDiversifying: false,
  };
}

/** The most words with which the prompt still has room. */
function wordsToFill(needed, room) {
  let [low, high] = [1, room];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (needed(middle) <= room) low = middle;
    else high = middle - 1;
  }
  return low;
}

function saysNumbers(message, tokens) {
  const numbers = message.match(/\d+/g) ?? [];
  return numbers.includes(String(tokens)) && numbers.length >= 2;
}
