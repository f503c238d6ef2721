import type { Assignment, HereDocBody, Word, WordPart } from 'unbash';

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
  /** The expansions in it that the shell computes, as they stand there. */
  readonly computed: readonly string[];
  /** What stands in it without quotes. */
  readonly bare: string;
}

export function toTerm(word: Word | Assignment): Term {
  if (word.type === 'Assignment') return assignmentTerm(word);
  return word.parts === undefined ? fixedTerm(word.text, word.value) : termOf(word.text, word.parts);
}

// `alias` and `declare` are given it as one word.
function assignmentTerm({ text, pos, value }: Assignment): Term {
  if (value.type !== 'Word') return fixedTerm(text, text);
  const name = text.slice(0, value.pos - pos);
  const term = toTerm(value);
  return {
    ...term,
    text,
    value: term.value === null ? null : name + term.value,
    start: name + term.start,
    script: name + term.script,
    bare: name + term.bare,
  };
}

/** What stands in a here-document, as one word. */
export function bodyTerm({ text, parts }: HereDocBody): Term {
  return parts === undefined ? fixedTerm(text, text) : termOf(text, parts);
}

function termOf(text: string, parts: readonly WordPart[]): Term {
  const pieces = parts.flatMap(toPieces);
  const firstComputed = pieces.findIndex(({ kind }) => kind === 'computed');
  const isWhole = firstComputed === -1;
  return {
    text,
    value: pieces.every(({ kind }) => kind === 'fixed') ? joined(pieces) : null,
    start: joined(isWhole ? pieces : pieces.slice(0, firstComputed)),
    isWhole,
    script: toScript(pieces),
    computed: pieces.filter(({ kind }) => kind === 'computed').map((piece) => piece.text),
    bare: parts.map((part) => (part.type === 'Literal' || part.type === 'Glob' ? part.text : '')).join(''),
  };
}

function toScript(pieces: readonly Piece[]): string {
  // Substitutions are read where they stand. Spelled out, they would be read once more in each layer of text: 2^depth.
  return pieces
    .map(({ kind, text }) => (kind === 'computed' && !/^\$(?:\w+|\{\w+\})$/.test(text) ? '$_' : text))
    .join('');
}

/** A word of known text. */
export function fixedTerm(text: string, value: string): Term {
  return { text, value, start: value, isWhole: true, script: value, computed: [], bare: text };
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
