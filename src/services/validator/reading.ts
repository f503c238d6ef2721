import {
  type ArithmeticWord,
  type Command,
  forEachChild,
  type ParsedScript,
  type Pipeline,
  parse,
  type Redirect,
  type SyntaxNode,
} from 'unbash';
import { inputsOf, textFrom, textFromSubstitution } from './fed-text.ts';
import { withKnownVariables } from './known-variables.ts';
import { noteHidden, noteStarted, noteText } from './later-text.ts';
import { changeDirectory } from './paths.ts';
import { emptyReader, type Place, type Reader, type Reading, Unreadable } from './reader.ts';
import { settingsOfCall, settingsOfNode } from './settings.ts';
import { startedFiles, withInterpreter } from './started-files.ts';
import { type Term, toTerm } from './words.ts';
import { unwrap } from './wrappers.ts';

/**
 * Reads a command line as bash does. Total: what the parser rejects, or fails at, is `ok: false`.
 *
 * @param options.box the box's absolute path as commands see it
 * @param options.directory where the line starts to run, absolute
 */
export function readCommand(command: string, options: { readonly box: string; readonly directory: string }): Reading {
  const reader = emptyReader(options.box);
  const place = { source: command, depth: 0, directory: options.directory, hasMoved: false, feeder: null };
  try {
    readScript(reader, command, place);
    for (const text of hiddenTexts(reader)) tryReading(reader, text, place);
  } catch (error) {
    // The parser is not ours: whatever it throws must not become a yes.
    return { ok: false, part: error instanceof Unreadable ? error.part : '' };
  }
  const known = (term: Term) => withKnownVariables(term, reader.settings);
  return {
    ok: true,
    calls: reader.calls.map((call) => ({ ...call, args: call.args.map(known) })),
    targets: reader.targets.map((target) => ({ ...target, term: known(target.term) })),
    settings: reader.settings,
    scripts: reader.scripts,
    unknown: reader.unknown,
  };
}

/** Shell text inside of shell text, as in `sh -c "sh -c …"`: deeper than this counts as unreadable. */
const MAX_SCRIPT_DEPTH = 8;
/** Programs before a program, as in `env nice ls`: more than this counts as unreadable. */
const MAX_WRAPPERS = 32;
/** Programs that one line may start. More than fit into 8 KiB of text by themselves come from text in text. */
const MAX_CALLS = 10_000;

function readScript(reader: Reader, source: string, place: Place): void {
  reader.budget.characters -= source.length;
  if (reader.budget.characters < 0) throw new Unreadable(source);
  if (place.depth > MAX_SCRIPT_DEPTH) throw new Unreadable(source);
  visit(reader, parse(source), place);
}

function visit(reader: Reader, node: SyntaxNode, place: Place): void {
  reader.settings.push(...settingsOfNode(node));
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
    case 'ArithmeticWord':
      refuseNoOperand(node);
      visitChildren(reader, node, place);
      break;
    case 'Subshell':
    case 'Coproc':
      visitChildren(reader, node, { ...place });
      break;
    case 'Statement':
      visitChildren(reader, node, node.background ? { ...place } : place);
      break;
    case 'Pipeline':
      visitPipeline(reader, node, place);
      break;
    case 'ParameterExpansion':
      // `${x@P}` runs the commands in it.
      if (node.operation?.type === 'Transform' && node.operation.operand.value === 'P') reader.unknown.push(node.text);
      visitChildren(reader, node, place);
      break;
    case 'TestBinary':
      noteHidden(reader, [toTerm(node.left), toTerm(node.right)]);
      visitChildren(reader, node, place);
      break;
    case 'Redirected':
      visitChildren(reader, node, inputsOf(node.redirects).length > 0 ? { ...place, feeder: node } : place);
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

// Each command of a pipe has its own shell; `time` and `!` before a single one make no pipe.
function visitPipeline(reader: Reader, node: Pipeline, place: Place): void {
  const { commands } = node;
  if (commands.length === 1) {
    visitChildren(reader, node, place);
    return;
  }
  commands.forEach((command, index) => {
    const feeder = commands[index - 1];
    visit(reader, command, feeder === undefined ? { ...place } : { ...place, feeder });
  });
}

// `$(( (a; b) ))` may be arithmetic or commands, and bash tries both. What the parser took for an operand and is none was
// read wrongly.
function refuseNoOperand({ parts = [], value }: ArithmeticWord): void {
  const isOperand = parts.every((part) =>
    part.type === 'Literal'
      ? !/[;'"\\`<>&|()]/.test(part.text)
      : part.type !== 'AnsiCQuoted' && part.type !== 'SingleQuoted',
  );
  if (!isOperand || (parts.length === 0 && /[;'"\\`<>&|()]/.test(value))) throw new Unreadable(value);
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
  noteText(reader, command, place);
  if (command.name === undefined) return;
  let runsInput = false;
  const waiting: Waiting[] = [{ terms: [command.name, ...command.args].map(toTerm), isFed: false, layer: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, ...args] = next.terms;
    if (name === undefined) continue;
    if (reader.calls.length >= MAX_CALLS || next.layer > MAX_WRAPPERS) throw new Unreadable(name.text);
    const program = programOf(name);
    const unwrapped = program === null ? null : unwrap(program, args);
    const fed = FED_LANGUAGES.has(program ?? '') ? inputsOf(command.redirects) : [];
    reader.calls.push({ program, name, args: [...(unwrapped?.own ?? args), ...fed], directory: place.directory });
    if (program === null) continue;
    reader.settings.push(...settingsOfCall(program, args));
    if (COUNTING.has(program)) noteHidden(reader, args);
    if (program === 'cd' || program === 'pushd' || program === 'popd') {
      place.directory = program === 'popd' ? null : changeDirectory(args, place.directory, reader.box);
      place.hasMoved = true;
    }
    if (unwrapped === null) continue;
    const isFed = next.isFed || program === 'xargs' || program === 'parallel';
    waiting.push(...unwrapped.commands.map((terms) => ({ terms, isFed, layer: next.layer + 1 })).reverse());
    // `xargs env` takes the program from its input.
    const isEmpty = unwrapped.commands.length === 0 && unwrapped.scripts.length === 0;
    if (
      isEmpty &&
      (next.isFed ? program !== 'xargs' && program !== 'awk' && program !== 'sed' : program === 'parallel')
    ) {
      reader.unknown.push(name.text);
    }
    reader.unknown.push(...unwrapped.unknown.map(({ text }) => text));
    for (const { text } of unwrapped.substitutions) runText(reader, textFromSubstitution(text), text, place);
    runsInput ||= unwrapped.runsInput;
    for (const term of unwrapped.scripts) {
      reader.scripts.push({ term, isHandler: program === 'trap' });
      // `eval` runs in this very shell: its `cd` counts.
      visitInner(reader, term.script, program === 'eval' ? place : { ...place });
    }
  }
  if (!runsInput) return;
  noteStarted(reader, command, place);
  const inputs = inputsOf(command.redirects);
  for (const text of inputs) runText(reader, text, command.name.text, place);
  if (inputs.length > 0 || place.feeder === null) return;
  runText(reader, textFrom(place.feeder), command.name.text, place);
}

interface Waiting {
  readonly terms: readonly Term[];
  /** It is given more words than stand here. */
  readonly isFed: boolean;
  /** How many programs it stands behind, as in `env nice ls`. */
  readonly layer: number;
}

/** Programs whose input is a program too, in a language that can start others. */
const FED_LANGUAGES = new Set(['dc', 'sqlite3']);

/** Builtins that count with their words, and expand them for it once more. */
const COUNTING = new Set(
  '[ declare export getopts let local mapfile printf read readonly test typeset unset wait'.split(' '),
);

/** A shell reads this text. Null: nobody knows what. */
function runText(reader: Reader, text: Term | null, part: string, place: Place): void {
  if (text === null || (text.value === null && text.start === '' && text.computed[0] === '$(')) {
    reader.unknown.push(part);
    return;
  }
  reader.scripts.push({ term: text, isHandler: false });
  visitInner(reader, text.script, { ...place, feeder: null });
}

/** What the line does not run where it stands, but makes run: files that it writes and starts, and subscripts. */
function hiddenTexts(reader: Reader): readonly string[] {
  noteHidden(
    reader,
    reader.settings.map(({ value }) => value),
  );
  const started = new Set([...reader.started, ...reader.calls.flatMap(startedFiles)]);
  const isMoved = reader.calls.some(({ program }) => /^(?:cp|install|ln|mv)$/.test(program ?? ''));
  return [
    ...reader.hidden.map(({ script }) => script),
    ...reader.written
      .filter(({ name }) => started.has(name) || (isMoved && started.size > 0))
      .flatMap(({ text, name }) => withInterpreter(text.script, name)),
  ];
}

/** Reads text that may be no command at all: what cannot be read is nobody's. */
function tryReading(reader: Reader, script: string, place: Place): void {
  const inner = emptyReader(reader.box, reader.budget);
  try {
    readScript(inner, script, { ...place, depth: 1, feeder: null, directory: null });
  } catch (error) {
    if (reader.budget.characters < 0) throw error;
    return;
  }
  reader.calls.push(...inner.calls.filter(({ program }) => program !== null));
}

function programOf(name: Term): string | null {
  // What find and xargs put in place of `{}` in a script is no name of a program.
  if (name.value === null || /^(?:\{\}|[%@^]+)$/.test(name.value)) return null;
  return name.value.split('/').at(-1) ?? '';
}

function visitInner(reader: Reader, script: string, place: Place): void {
  const inside: Place = { ...place, source: script, depth: place.depth + 1 };
  readScript(reader, script, inside);
  place.directory = inside.directory;
  place.hasMoved ||= inside.hasMoved;
}
