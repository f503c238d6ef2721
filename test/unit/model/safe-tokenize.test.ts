import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSafeTokenizer, type SpecialToken, type Tokenizer } from '../../../src/services/model/safe-tokenize.ts';

test('no special token comes out of any text, and the pieces say the same text', () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom(...specialTexts), fc.constantFrom('<', '>', '|', '/', 'a', '𝒳'), fc.string()))
    .map((pieces) => pieces.join(''));
  const { tokenizer, specialTokens, say } = greedyTokenizer(specialTexts);
  const tokenizeSafely = createSafeTokenizer(tokenizer, specialTokens);
  fc.assert(
    fc.property(text, (untrusted) => {
      const tokens = tokenizeSafely(untrusted);
      expect(tokens.filter((token) => token < specialTexts.length)).toEqual([]);
      expect(say(tokens)).toBe(untrusted);
    }),
  );
});

test('the tokeniser alone does let special tokens out', () => {
  const { tokenizer } = greedyTokenizer(specialTexts);
  expect(tokenizer.tokenize('a <think> b', false)).toContain(specialTexts.indexOf('<think>'));
});

test('texts that overlap, or hold one another, are all split', () => {
  const texts = ['<a><b>', '<b><c>', '<b>', 'ab', 'bc'];
  const { tokenizer, specialTokens, say } = greedyTokenizer(texts);
  const tokens = createSafeTokenizer(tokenizer, specialTokens)('<a><b><c> abc');
  expect(tokens.filter((token) => token < texts.length)).toEqual([]);
  expect(say(tokens)).toBe('<a><b><c> abc');
});

test('a special token of one character is ordinary text', () => {
  const { tokenizer, specialTokens, say } = greedyTokenizer(['\t']);
  expect(say(createSafeTokenizer(tokenizer, specialTokens)('a\tb'))).toBe('a\tb');
});

test('it throws rather than answer with a special token', () => {
  const tokenizer: Tokenizer = { tokenize: () => [7] };
  expect(() => createSafeTokenizer(tokenizer, [{ id: 7, text: '<think>' }])('x')).toThrow(
    'Special token 7 came out of untrusted text.',
  );
});

test('empty text has no tokens', () => {
  const tokenizer: Tokenizer = { tokenize: () => [1] };
  expect(createSafeTokenizer(tokenizer, [])('')).toEqual([]);
});

const specialTexts = ['<|im_start|>', '<|im_end|>', '<think>', '</think>', '</s>', '<𝒳>', '𝒳𝒳', '<|', '|>'];

/** Takes the first special text that fits at each place, as llama.cpp does with user-defined tokens, else a character. */
function greedyTokenizer(texts: readonly string[]): {
  tokenizer: Tokenizer;
  specialTokens: SpecialToken[];
  say: (tokens: readonly number[]) => string;
} {
  const tokenize = (text: string): number[] => {
    const tokens: number[] = [];
    for (let at = 0; at < text.length; ) {
      const special = texts.findIndex((candidate) => text.startsWith(candidate, at));
      tokens.push(special >= 0 ? special : texts.length + text.charCodeAt(at));
      at += special >= 0 ? (texts[special]?.length ?? 1) : 1;
    }
    return tokens;
  };
  return {
    tokenizer: { tokenize },
    specialTokens: texts.map((text, id) => ({ id, text })),
    say: (tokens) =>
      tokens.map((token) => (token < texts.length ? texts[token] : String.fromCharCode(token - texts.length))).join(''),
  };
}
