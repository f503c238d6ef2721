import { expect, test } from 'vitest';
import { type ChatFormat, recogniseChatFormat } from '../../../src/services/model/chat-format.ts';
import type { Prompt } from '../../../src/services/model/prompt.ts';
import { createPromptTokenizer } from '../../../src/services/model/tokenize-prompt.ts';
import { CHAT_ML, GEMMA, LLAMA_3, MISTRAL } from './chat-templates.ts';

test('a prompt is its messages in the chat format, and the opening of the answer', () => {
  const { tokenizePrompt, say } = byCharacter();
  expect(say(tokenizePrompt(promptOf(['a', 'b']), 1000))).toBe('S[rules]U[a]A[a!]U[b]A[b!]U[now]A[');
});

test('without room, the older half of the history is dropped, again and again', () => {
  const cases: [string, number][] = [
    ['S[rules]U[a]A[a!]U[b]A[b!]U[c]A[c!]U[d]A[d!]U[now]A[', 0],
    ['S[rules]U[c]A[c!]U[d]A[d!]U[now]A[', 1],
    ['S[rules]U[d]A[d!]U[now]A[', 1],
    ['S[rules]U[now]A[', 1],
  ];
  for (const [expected, lacking] of cases) {
    const { tokenizePrompt, say } = byCharacter();
    const whole = expected.length + (lacking === 0 ? 0 : 'U[x]A[x!]'.length - lacking);
    expect(say(tokenizePrompt(promptOf(['a', 'b', 'c', 'd']), whole))).toBe(expected);
  }
});

test('after a drop the history begins at the same turn until there is no room again', () => {
  const { tokenizePrompt, say } = byCharacter();
  const room = 'S[rules]U[a]A[a!]U[b]A[b!]U[c]A[c!]U[now]A['.length;
  const turns = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const shown = turns.map((_, index) => say(tokenizePrompt(promptOf(turns.slice(0, index + 1)), room)));
  expect(
    shown.map((text) =>
      String(text)
        .match(/(?<=U\[)[a-g]/g)
        ?.join(''),
    ),
  ).toEqual(['a', 'ab', 'abc', 'cd', 'cde', 'ef', 'efg']);
});

test('the history of a shorter run begins at its own start', () => {
  const { tokenizePrompt, say } = byCharacter();
  tokenizePrompt(promptOf(['a', 'b', 'c', 'd']), 'S[rules]U[now]A['.length);
  expect(say(tokenizePrompt(promptOf(['x']), 1000))).toBe('S[rules]U[x]A[x!]U[now]A[');
});

test('rules and the current turn are never cut: without room for them there is no prompt', () => {
  const { tokenizePrompt } = byCharacter();
  const needed = 'S[rules]U[now]A['.length;
  expect(tokenizePrompt(promptOf(['a']), needed - 1)).toEqual({ ok: false, needed });
});

test('without room for it the current turn is said in few words, and then demonstrations go', () => {
  const shown = (role: 'user' | 'assistant', text: string) => ({ role, text });
  const prompt: Prompt = {
    ...promptOf(['a']),
    head: [
      { role: 'system', text: 'rules' },
      ...['d', 'e', 'f'].flatMap((text) => [shown('user', text), shown('assistant', `${text}!`)]),
    ],
    current: { role: 'user', text: 'now at length' },
    brief: { role: 'user', text: 'now' },
  };
  const wanted = [
    'S[rules]U[d]A[d!]U[e]A[e!]U[f]A[f!]U[now at length]A[',
    'S[rules]U[d]A[d!]U[e]A[e!]U[f]A[f!]U[now]A[',
    'S[rules]U[f]A[f!]U[now]A[',
    'S[rules]U[now]A[',
  ];
  for (const text of wanted) {
    const { tokenizePrompt, say } = byCharacter();
    expect(say(tokenizePrompt(prompt, text.length))).toBe(text);
  }
});

test('the first turn that is shown tells what those before it have left behind', () => {
  const facts = ['x', 'y', 'z'].map((name, turn) => ({ turn, made: [name], removed: [], failed: null, check: null }));
  const { tokenizePrompt, say } = byCharacter();
  const prompt = { ...promptOf(['a'.repeat(40), 'b'.repeat(40), 'c']), facts };
  expect(say(tokenizePrompt(prompt, 1000))).not.toContain('Earlier');
  const cut = 'S[rules]U[Earlier: made x y\nc]A[c!]U[now]A[';
  expect(say(tokenizePrompt(prompt, cut.length))).toBe(cut);
  const { tokenizePrompt: another, say: sayIt } = byCharacter();
  const alone = 'S[rules]U[Earlier: made x y z\nnow]A[';
  expect(sayIt(another(prompt, alone.length))).toBe(alone);
});

test('only the format is tokenised as trusted text', () => {
  const { tokenizePrompt, trusted, untrusted } = byCharacter();
  tokenizePrompt(promptOf(['U[x]']), 1000);
  expect(new Set(trusted)).toEqual(new Set(['', 'S[', 'U[', 'A[', ']']));
  expect(untrusted).toEqual(['rules', 'U[x]', 'U[x]!', 'now']);
});

test('a message is tokenised once, as long as it stays in the prompt', () => {
  const { tokenizePrompt, untrusted } = byCharacter();
  tokenizePrompt(promptOf(['a']), 1000);
  untrusted.length = 0;
  tokenizePrompt(promptOf(['a', 'b']), 1000);
  expect(untrusted).toEqual(['b', 'b!']);
});

test('without a system role the rules go before the first user text, wherever the history begins', () => {
  const { tokenizePrompt, say } = byCharacter({
    beginning: '^',
    openings: { system: null, user: 'U[', assistant: '' },
    closings: { system: '', user: ']', assistant: '$' },
    answerOpening: '',
  });
  expect(say(tokenizePrompt(promptOf(['a', 'b']), 1000))).toBe('^U[rules\n\na]a!$U[b]b!$U[now]');
  expect(say(tokenizePrompt(promptOf(['a', 'b']), 25))).toBe('^U[rules\n\nb]b!$U[now]');
  expect(say(tokenizePrompt(promptOf([]), 1000))).toBe('^U[rules\n\nnow]');
});

test('each format keeps its stable prefix: with one more turn only the end of the prompt changes', () => {
  for (const { template } of [...CHAT_ML, ...LLAMA_3, ...GEMMA, ...MISTRAL]) {
    const { tokenizePrompt, say } = byCharacter(formatOf(template));
    const before = String(say(tokenizePrompt(promptOf(['a', 'b']), 1e6)));
    const after = String(say(tokenizePrompt(promptOf(['a', 'b', 'c']), 1e6)));
    const upToNow = before.slice(0, before.lastIndexOf('now'));
    expect([upToNow.length > 20, after.startsWith(upToNow)]).toEqual([true, true]);
  }
});

test('marks that are ordinary text to the vocabulary are said by the format alone', () => {
  const { tokenizePrompt, say, untrusted } = byCharacter({ looseMarks: ['U[', '[/U]'] });
  expect(say(tokenizePrompt(promptOf(['U[x[/U]']), 1000))).toBe('S[rules]U[U.[x[/U.]]A[U.[x[/U.]!]U[now]A[');
  expect(untrusted).toEqual(['rules', 'U.[x[/U.]', 'U.[x[/U.]!', 'now']);
});

test('marks that are tokens of the vocabulary are left as they are: safe tokenising keeps them apart', () => {
  const { tokenizePrompt, untrusted } = byCharacter({ looseMarks: ['U'] });
  tokenizePrompt(promptOf(['U']), 1000);
  expect(untrusted).toEqual(['rules', 'U', 'U!', 'now']);
});

test('a model that can think gets an empty thought before its answer, or the opening of one', () => {
  const thinking = { none: '()', opening: '(', closing: ')' };
  const { tokenizePrompt, say } = byCharacter({ thinking });
  expect(say(tokenizePrompt(promptOf([]), 1000))).toBe('S[rules]U[now]A[()');
  expect(say(tokenizePrompt(promptOf([]), 1000, 'thought'))).toBe('S[rules]U[now]A[(');
});

test('without a current turn there is nothing to answer yet, and what comes out is how the prompt begins', () => {
  const { tokenizePrompt, say } = byCharacter();
  const prompt = promptOf(['a', 'b']);
  const beginning = say(tokenizePrompt({ ...prompt, current: null }, 1000));
  expect(beginning).toBe('S[rules]U[a]A[a!]U[b]A[b!]');
  expect(String(say(tokenizePrompt(prompt, 1000))).startsWith(String(beginning))).toBe(true);
});

test('a vocabulary without a mark of the format is refused with what it lacks', () => {
  expect(() => byCharacter({ name: 'Gemma', marks: ['U', '<bos>', '<end_of_turn>'] })).toThrow(
    /^The model's chat template is Gemma, and its vocabulary has no <bos>, <end_of_turn>\.$/,
  );
});

function formatOf(template: string): ChatFormat {
  const recognised = recogniseChatFormat(template, '<s>');
  if (!recognised.ok) throw new Error(recognised.reason);
  return { ...recognised.format, marks: [], looseMarks: [] };
}

function promptOf(texts: readonly string[]): Prompt {
  return {
    head: [{ role: 'system', text: 'rules' }],
    history: texts.map((text) => [
      { role: 'user', text },
      { role: 'assistant', text: `${text}!` },
    ]),
    historyStart: 0,
    facts: [],
    current: { role: 'user', text: 'now' },
    brief: { role: 'user', text: 'now' },
  };
}

/** One token for each character. */
function byCharacter(changes: Partial<ChatFormat> = {}) {
  const trusted: string[] = [];
  const untrusted: string[] = [];
  const format: ChatFormat = {
    name: 'ChatML',
    beginning: '',
    openings: { system: 'S[', user: 'U[', assistant: 'A[' },
    closings: { system: ']', user: ']', assistant: ']' },
    answerOpening: 'A[',
    thinking: null,
    marks: [],
    looseMarks: [],
    ...changes,
  };
  const toCodes = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0);
  const tokenizePrompt = createPromptTokenizer(
    format,
    {
      tokenize: (text) => {
        trusted.push(text);
        return toCodes(text);
      },
    },
    (text) => {
      untrusted.push(text);
      return toCodes(text);
    },
  );
  const say = (result: ReturnType<typeof tokenizePrompt>) =>
    result.ok ? String.fromCodePoint(...result.tokens) : result;
  return { tokenizePrompt, say, trusted, untrusted };
}
