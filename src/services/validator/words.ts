import type { Assignment, Word, WordPart } from 'unbash';

/** One word of a command, as far as it is known before a shell has expanded it. */
export interface Term {
  /** As it stands in the command, quotes and all. */
  readonly text: string;
  /** What the program is given; null when the shell computes it from a variable, a glob, braces or another command. */
  readonly value: string | null;
  /** The beginning, as far as it is known. Globs count as text here. */
  readonly start: string;
  /** `start` is all there is of it. */
  readonly isWhole: boolean;
  /** As `eval` is given it: quotes taken away, expansions still there, though the longer ones only as `$_`. */
  readonly script: string;
}

export function toTerm(word: Word | Assignment): Term {
  if (word.type === 'Assignment') return fixedTerm(word.text, word.text);
  if (word.parts === undefined) return fixedTerm(word.text, word.value);
  const pieces = word.parts.flatMap(toPieces);
  const firstComputed = pieces.findIndex(({ kind }) => kind === 'computed');
  const isWhole = firstComputed === -1;
  return {
    text: word.text,
    value: pieces.every(({ kind }) => kind === 'fixed') ? joined(pieces) : null,
    start: joined(isWhole ? pieces : pieces.slice(0, firstComputed)),
    isWhole,
    script: toScript(word.parts),
  };
}

/** Shell text out of what stands in quotes or in a here-document. */
export function toScript(parts: readonly WordPart[]): string {
  // Substitutions are read where they stand. Spelled out, they would be read once more in each layer of text: 2^depth.
  return parts
    .flatMap(toPieces)
    .map(({ kind, text }) => (kind === 'computed' && !/^\$\w+$/.test(text) ? '$_' : text))
    .join('');
}

function fixedTerm(text: string, value: string): Term {
  return { text, value, start: value, isWhole: true, script: value };
}

interface Piece {
  readonly kind: 'fixed' | 'glob' | 'computed';
  readonly text: string;
}

function toPieces(part: WordPart): readonly Piece[] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [{ kind: 'fixed', text: part.value }];
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.flatMap(toPieces);
    case 'Glob':
    case 'ExtendedGlob':
      return [{ kind: 'glob', text: part.text }];
    default:
      return [{ kind: 'computed', text: part.text }];
  }
}

function joined(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('');
}
