import {
  type Command,
  forEachChild,
  type HereDoc,
  type ParsedScript,
  parse,
  type Redirect,
  type SyntaxNode,
} from 'unbash';
import { changeDirectory } from './paths.ts';
import { type Term, toScript, toTerm } from './words.ts';
import { unwrap } from './wrappers.ts';

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

/** A command line, read. `ok: false`: some of it cannot be read, and `part` begins where. */
export type Reading =
  | { readonly ok: true; readonly calls: readonly Call[]; readonly targets: readonly Target[] }
  | { readonly ok: false; readonly part: string };

/**
 * Reads a command line as bash does. Total: what the parser rejects, or fails at, is `ok: false`.
 *
 * @param options.box the box's absolute path as commands see it
 * @param options.directory where the line starts to run, absolute
 */
export function readCommand(command: string, options: { readonly box: string; readonly directory: string }): Reading {
  const reader: Reader = { box: options.box, calls: [], targets: [] };
  try {
    readScript(reader, command, { source: command, depth: 0, directory: options.directory, hasMoved: false });
  } catch (error) {
    // The parser is not ours: whatever it throws must not become a yes.
    return { ok: false, part: error instanceof Unreadable ? error.part : '' };
  }
  return { ok: true, calls: reader.calls, targets: reader.targets };
}

/** Shell text inside of shell text, as in `sh -c "sh -c …"`: deeper than this counts as unreadable. */
const MAX_SCRIPT_DEPTH = 8;

interface Reader {
  readonly box: string;
  readonly calls: Call[];
  readonly targets: Target[];
}

/** Where the reader has come to. The directory follows the line's `cd`s in the order in which they are written. */
interface Place {
  readonly source: string;
  readonly depth: number;
  directory: string | null;
  hasMoved: boolean;
}

class Unreadable extends Error {
  readonly part: string;

  constructor(part: string) {
    super('unreadable');
    this.part = part;
  }
}

function readScript(reader: Reader, source: string, place: Place): void {
  if (place.depth > MAX_SCRIPT_DEPTH) throw new Unreadable(source);
  visit(reader, parse(source), place);
}

function visit(reader: Reader, node: SyntaxNode, place: Place): void {
  switch (node.type) {
    case 'Script':
      refuseErrors(node, place);
      visitChildren(reader, node, place);
      break;
    case 'CommandExpansion':
    case 'ProcessSubstitution':
    case 'ArithmeticCommandExpansion':
      if (node.script === undefined) throw new Unreadable(node.text);
      visit(reader, node.script, { ...place });
      break;
    case 'Subshell':
    case 'Coproc':
      visitChildren(reader, node, { ...place });
      break;
    case 'Statement':
      visitChildren(reader, node, node.background ? { ...place } : place);
      break;
    case 'Pipeline':
      // Each command of a pipe has its own shell; `time` and `!` before a single one make no pipe.
      forEachChild(node, (child) => visit(reader, child, node.commands.length > 1 ? { ...place } : place));
      break;
    case 'If':
    case 'Case':
    case 'While':
    case 'For':
    case 'ArithmeticFor':
    case 'Select':
      visitBranches(reader, node, place);
      break;
    case 'Function':
      visitFunction(reader, node, place);
      break;
    case 'Redirect':
      visitChildren(reader, node, place);
      noteTarget(reader, node, place);
      break;
    case 'Command':
      visitChildren(reader, node, place);
      visitCommand(reader, node, place);
      break;
    default:
      visitChildren(reader, node, place);
  }
}

function refuseErrors(script: ParsedScript, place: Place): void {
  const error = script.errors?.[0];
  if (error !== undefined) throw new Unreadable((script.source ?? place.source).slice(error.pos));
}

function noteTarget(reader: Reader, { target, operator }: Redirect, place: Place): void {
  if (target === undefined) return;
  const isWritten = operator !== '<' && operator !== '<&';
  reader.targets.push({ term: toTerm(target), isWritten, directory: place.directory });
}

function visitChildren(reader: Reader, node: SyntaxNode, place: Place): void {
  forEachChild(node, (child) => visit(reader, child, place));
}

// A `cd` that runs perhaps, or many times: nobody knows where the line is afterwards.
function visitBranches(reader: Reader, node: SyntaxNode, place: Place): void {
  const inside: Place = { ...place, hasMoved: false };
  visitChildren(reader, node, inside);
  if (!inside.hasMoved) return;
  place.hasMoved = true;
  place.directory = null;
}

// A function runs where it is called, and may leave its caller anywhere.
function visitFunction(reader: Reader, node: SyntaxNode, place: Place): void {
  const inside: Place = { ...place, directory: null, hasMoved: false };
  visitChildren(reader, node, inside);
  if (inside.hasMoved) place.directory = null;
}

function visitCommand(reader: Reader, command: Command, place: Place): void {
  if (command.name === undefined) return;
  let runsInput = false;
  const waiting: (readonly Term[])[] = [[command.name, ...command.args].map(toTerm)];
  for (let terms = waiting.pop(); terms !== undefined; terms = waiting.pop()) {
    const [name, ...args] = terms;
    if (name === undefined) continue;
    const program = programOf(name);
    const unwrapped = program === null ? null : unwrap(program, args);
    reader.calls.push({ program, name, args: unwrapped?.own ?? args, directory: place.directory });
    if (program === 'cd' || program === 'pushd' || program === 'popd') {
      place.directory = program === 'popd' ? null : changeDirectory(args, place.directory, reader.box);
      place.hasMoved = true;
    }
    if (unwrapped === null) continue;
    waiting.push(...[...unwrapped.commands].reverse());
    runsInput ||= unwrapped.runsInput;
    for (const script of unwrapped.scripts) {
      // `eval` runs in this very shell: its `cd` counts.
      visitInner(reader, script, program === 'eval' ? place : { ...place });
    }
  }
  if (runsInput) for (const script of inputsOf(command)) visitInner(reader, script, { ...place });
}

function programOf(name: Term): string | null {
  return name.value === null ? null : (name.value.split('/').at(-1) ?? '');
}

function visitInner(reader: Reader, script: string, place: Place): void {
  const inside: Place = { ...place, source: script, depth: place.depth + 1 };
  readScript(reader, script, inside);
  place.directory = inside.directory;
  place.hasMoved ||= inside.hasMoved;
}

function inputsOf(command: Command): readonly string[] {
  return command.redirects.flatMap((redirect) => {
    if (redirect.type === 'HereDoc') return [textOf(redirect)];
    if (redirect.type === 'HereString' && redirect.target !== undefined) return [toTerm(redirect.target).script];
    return [];
  });
}

function textOf({ body }: HereDoc): string {
  return body.parts === undefined ? body.text : toScript(body.parts);
}
