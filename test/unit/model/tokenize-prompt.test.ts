import { expect, test } from 'vitest';
import type { ChatFormat } from '../../../src/services/model/chat-format.ts';
import type { Message, Prompt } from '../../../src/services/model/prompt.ts';
import { createPromptTokenizer } from '../../../src/services/model/tokenize-prompt.ts';

test('a prompt is its messages in the chat format, and the opening of the answer', () => {
  const { tokenizePrompt, say } = byCharacter();
  const prompt = promptOf([['a', 'b']]);
  expect(say(tokenizePrompt(prompt, 1000))).toBe('S[rules]U[a]A[a!]U[b]A[b!]U[now]A[');
});

test('without room, blocks of history are dropped from the front until the rest fits', () => {
  const { tokenizePrompt, say } = byCharacter();
  const prompt = promptOf([['a', 'b'], ['c'], ['d']]);
  expect(say(tokenizePrompt(prompt, 'S[rules]U[c]A[c!]U[d]A[d!]U[now]A['.length))).toBe(
    'S[rules]U[c]A[c!]U[d]A[d!]U[now]A[',
  );
  expect(say(tokenizePrompt(prompt, 'S[rules]U[c]A[c!]U[d]A[d!]U[now]A['.length - 1))).toBe(
    'S[rules]U[d]A[d!]U[now]A[',
  );
  expect(say(tokenizePrompt(prompt, 'S[rules]U[now]A['.length))).toBe('S[rules]U[now]A[');
});

test('rules and the current turn are never cut: without room for them there is no prompt', () => {
  const { tokenizePrompt } = byCharacter();
  const needed = 'S[rules]U[now]A['.length;
  expect(tokenizePrompt(promptOf([['a']]), needed - 1)).toEqual({ ok: false, needed });
});

test('only the format is tokenised as trusted text', () => {
  const { tokenizePrompt, trusted, untrusted } = byCharacter();
  tokenizePrompt(promptOf([['U[x]']]), 1000);
  expect(new Set(trusted)).toEqual(new Set(['S[', 'U[', 'A[', ']']));
  expect(untrusted).toEqual(['rules', 'U[x]', 'U[x]!', 'now']);
});

test('a message is tokenised once, as long as it stays in the prompt', () => {
  const { tokenizePrompt, untrusted } = byCharacter();
  tokenizePrompt(promptOf([['a']]), 1000);
  untrusted.length = 0;
  tokenizePrompt(promptOf([['a', 'b']]), 1000);
  expect(untrusted).toEqual(['b', 'b!']);
});

function promptOf(blocks: readonly (readonly string[])[]): Prompt {
  return {
    head: [{ role: 'system', text: 'rules' }],
    history: blocks.map((block) =>
      block.flatMap((text): Message[] => [
        { role: 'user', text },
        { role: 'assistant', text: `${text}!` },
      ]),
    ),
    current: { role: 'user', text: 'now' },
  };
}

/** One token for each character. */
function byCharacter() {
  const trusted: string[] = [];
  const untrusted: string[] = [];
  const format: ChatFormat = {
    openings: { system: 'S[', user: 'U[', assistant: 'A[' },
    closing: ']',
    answerOpening: 'A[',
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
