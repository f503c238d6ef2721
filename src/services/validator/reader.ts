import type { SyntaxNode } from 'unbash';
import type { Setting } from './assignments.ts';
import type { HandedScript } from './computed.ts';
import type { Term } from './words.ts';

/** One program that a command line would start, wherever it stands: in a pipe, a loop, a substitution, a wrapper. */
export interface Call {
  /** Without its directory; null when it is known only when the line runs. */
  readonly program: string | null;
  readonly name: Term;
  /** Its arguments, without those that it hands on to another program. */
  readonly args: readonly Term[];
  /** Where it runs, absolute; null when that is not known. */
  readonly directory: string | null;
}

/** A file that a redirection opens. */
export interface Target {
  readonly term: Term;
  readonly isWritten: boolean;
  readonly directory: string | null;
}

/** What a command line does, as far as it can be told without running it. */
export interface Told {
  readonly calls: readonly Call[];
  readonly targets: readonly Target[];
  readonly settings: readonly Setting[];
  /** Shell text that it hands to a shell. */
  readonly scripts: readonly HandedScript[];
  /** Parts of it that make a shell run text which is known only when the line runs. */
  readonly unknown: readonly string[];
}

/** A command line, read. `ok: false`: some of it cannot be read, and `part` begins where. */
export type Reading = ({ readonly ok: true } & Told) | { readonly ok: false; readonly part: string };

/** What has been read of a command line so far. */
export interface Reader {
  readonly box: string;
  readonly calls: Call[];
  readonly targets: Target[];
  readonly settings: Setting[];
  readonly scripts: HandedScript[];
  readonly unknown: string[];
  /** Text that the line writes to files, by the name of the file. */
  readonly written: { readonly name: string; readonly text: Term }[];
  /** Names of files that a shell gets for its input. */
  readonly started: string[];
  /** Text that bash expands when it counts with it. */
  readonly hidden: Term[];
  readonly budget: { characters: number };
}

/** Where the reader has come to. The directory follows the line's `cd`s in the order in which they are written. */
export interface Place {
  readonly source: string;
  readonly depth: number;
  directory: string | null;
  hasMoved: boolean;
  /** What its input comes from: the command before it in a pipe. */
  readonly feeder: SyntaxNode | null;
}

export function emptyReader(box: string, budget = { characters: MAX_CHARACTERS }): Reader {
  return {
    box,
    calls: [],
    targets: [],
    settings: [],
    scripts: [],
    unknown: [],
    written: [],
    started: [],
    hidden: [],
    budget,
  };
}

/** Characters of shell text that one line may lead to, all layers of text in text together. */
const MAX_CHARACTERS = 262_144;

/** What the reading of a command line ends with when some of it cannot be read. */
export class Unreadable extends Error {
  readonly part: string;

  constructor(part: string) {
    super('unreadable');
    this.part = part;
  }
}
