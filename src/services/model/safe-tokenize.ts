/** Turns text into token ids. With `allowSpecial` false, llama.cpp still emits user-defined tokens such as `<think>`. */
export interface Tokenizer {
  tokenize(text: string, allowSpecial: boolean): readonly number[];
}

/** A vocabulary entry that means something to the model beyond its text: control, user-defined or unknown. */
export interface SpecialToken {
  readonly id: number;
  readonly text: string;
}

/**
 * Makes a tokeniser for text that nobody trusts: goals, file names, outputs, the model's own commands. No special
 * token can come out, and the pieces say the same text. It throws rather than answer with a special token.
 *
 * It works by never showing the tokeniser a special token's text in one piece. A special token of a single character
 * cannot be split; as user-defined text it is an ordinary letter, and as control token it is never parsed.
 */
export function createSafeTokenizer(
  tokenizer: Tokenizer,
  specialTokens: Iterable<SpecialToken>,
): (text: string) => readonly number[] {
  const forbidden = [...specialTokens].filter((token) => [...token.text].length > 1);
  const ids = new Set(forbidden.map((token) => token.id));
  const start = startOfAny(forbidden.map((token) => token.text));
  return (text) => {
    const tokens = splitAtStarts(text, start).flatMap((piece) => tokenizer.tokenize(piece, false));
    const leak = tokens.find((token) => ids.has(token));
    if (leak !== undefined) throw new Error(`Special token ${leak} came out of untrusted text.`);
    return tokens;
  };
}

/** Matches, without taking a character, each place where one of the texts starts; null when there is none. */
function startOfAny(texts: readonly string[]): RegExp | null {
  if (texts.length === 0) return null;
  return new RegExp(`(?=${texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|')})`, 'gu');
}

/** Cuts behind the first character of each match. Overlapping matches are all found, because a match takes no text. */
function splitAtStarts(text: string, start: RegExp | null): string[] {
  if (start === null || text === '') return text === '' ? [] : [text];
  const pieces: string[] = [];
  let from = 0;
  for (const match of text.matchAll(start)) {
    const cut = match.index + ((text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1);
    pieces.push(text.slice(from, cut));
    from = cut;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}
