import { type Embedded, readAwk, readSed } from './embedded-programs.ts';
import { joinTerms, scriptsInOptions } from './option-scripts.ts';
import { type Prefix, prefixOf } from './prefixes.ts';
import { fixedTerm, type Term } from './words.ts';

/** What a program that runs other programs was told to run. */
interface Unwrapped {
  /** What is for the wrapper itself: its options and operands. */
  readonly own: readonly Term[];
  /** The commands it runs, each a program followed by its arguments. */
  readonly commands: readonly (readonly Term[])[];
  /** Shell text that it runs. */
  readonly scripts: readonly Term[];
  /** It runs what it reads from its standard input. */
  readonly runsInput: boolean;
  /** What it reads shell text from, as in `source <(…)`. */
  readonly substitutions: readonly Term[];
  /** What it runs is known only when it runs. */
  readonly unknown: readonly Term[];
}

/** Looks one layer into a command. Null when the program is not known to run others. */
export function unwrap(program: string, args: readonly Term[]): Unwrapped | null {
  if (SHELLS.has(program)) return unwrapShell(args);
  if (program === 'find') return unwrapFind(args);
  if (program === 'eval') return runsScripts([joinTerms(args)], []);
  if (program === 'trap') return unwrapTrap(args);
  if (program === '.' || program === 'source') return readsScript(args);
  if (AWKS.has(program))
    return unwrapEmbedded(args, embeddedTerms(args, ['-F', '-v', '-f', '-i', '-E'], /^-[fE]/), readAwk);
  if (program === 'sed' || program === 'gsed') {
    return unwrapEmbedded(args, embeddedTerms(args, ['-e', '-f', '-l'], /^-f/), readSed);
  }
  const prefix = prefixOf(program);
  if (prefix !== undefined) return unwrapPrefix(prefix, args);
  const scripts = scriptsInOptions(program, args);
  return scripts.length === 0 ? null : runsScripts(scripts, args);
}

const SHELLS = new Set(['ash', 'bash', 'dash', 'ksh', 'mksh', 'rbash', 'sh', 'yash', 'zsh']);
const SHELL_VALUED = ['-O', '-o', '--init-file', '--rcfile'];
const AWKS = new Set(['awk', 'gawk', 'mawk', 'nawk', 'original-awk']);
const RUNS_NOTHING: Unwrapped = {
  own: [],
  commands: [],
  scripts: [],
  runsInput: false,
  substitutions: [],
  unknown: [],
};

function unwrapPrefix(prefix: Prefix, args: readonly Term[]): Unwrapped {
  const { end, letters } = readOptions(args, prefix.valued ?? []);
  if (prefix.inert?.some((option) => letters.has(option))) return { ...RUNS_NOTHING, own: args };
  const { split } = prefix;
  const splitAt = split === undefined ? -1 : args.slice(0, end).findIndex(({ start }) => split.test(start));
  if (split !== undefined && splitAt !== -1) {
    const text = joinTerms(args.slice(splitAt));
    return runsScripts([{ ...text, script: text.script.replace(split, '') }], args.slice(0, splitAt));
  }
  let start = end;
  while (prefix.takesAssignments && /^(?:-$|\w+=)/.test(args[start]?.start ?? '')) start += 1;
  start += prefix.operands ?? 0;
  // `flock FILE -c 'text'`
  if (prefix.operands === 1 && args[start]?.value === '-c') {
    return runsScripts(args.slice(start + 1, start + 2), args.slice(0, start));
  }
  const rest = args.slice(start);
  if (prefix.isText) return runsScripts(rest.length === 0 ? [] : [joinTerms(rest)], args.slice(0, start));
  return runsCommands([rest], args.slice(0, start), placeholderOf(args.slice(0, end)));
}

/** What `xargs -I` names. */
function placeholderOf(options: readonly Term[]): string {
  const at = options.findIndex(({ start }) => /^-[a-zA-Z0-9]*I/.test(start));
  const attached = options[at]?.value?.replace(/^-[a-zA-Z0-9]*?I/, '') ?? '';
  return (attached === '' ? options[at + 1]?.value : attached) || '{}';
}

function unwrapShell(args: readonly Term[]): Unwrapped {
  const { end, letters } = readOptions(args, SHELL_VALUED);
  const operands = args.slice(end);
  if (letters.has('-c')) {
    return runsScripts(operands.slice(0, 1), [...args.slice(0, end), ...operands.slice(1)]);
  }
  const startup = args.filter((_, index) => /^--(?:rcfile|init-file)$/.test(args[index - 1]?.start ?? ''));
  const read = readsScript(args, [...operands.slice(0, 1), ...startup]);
  return operands.length === 0 || letters.has('-s') ? { ...read, runsInput: true } : read;
}

function readsScript(args: readonly Term[], files: readonly Term[] = args.slice(0, 1)): Unwrapped {
  return {
    ...RUNS_NOTHING,
    own: args,
    runsInput: files.some(isInput),
    substitutions: files.filter(({ text }) => text.startsWith('<(')),
  };
}

function unwrapEmbedded(args: readonly Term[], programs: readonly Term[], read: (text: string) => Embedded): Unwrapped {
  const found = programs.map((program) => ({ program, embedded: read(program.script) }));
  return {
    ...RUNS_NOTHING,
    own: args,
    scripts: found.flatMap(({ embedded }) => embedded.scripts.map((script) => fixedTerm(script, script))),
    unknown: found.filter(({ embedded }) => embedded.runsComputed).map(({ program }) => program),
  };
}

/** The program texts among the arguments of awk or sed: those after `-e`, else the first operand. */
function embeddedTerms(args: readonly Term[], valued: readonly string[], fromFile: RegExp): readonly Term[] {
  const given: Term[] = [];
  let operand: Term | null = null;
  let hasFile = false;
  for (let index = 0; index < args.length; index += 1) {
    const term = args[index] ?? NO_TERM;
    const next = args[index + 1];
    if (/^(?:-[a-zA-Z]*e|--expression|--source)$/.test(term.start) && next !== undefined) {
      given.push(next);
      index += 1;
    } else if (/^(?:-[nErsz]*e.|--(?:expression|source)=)/s.test(term.start)) {
      given.push({ ...term, script: term.script.replace(/^(?:-[nErsz]*e|--\w+=)/, '') });
    } else if (/^-./s.test(term.start)) {
      hasFile ||= fromFile.test(term.start);
      if (valued.includes(term.start)) index += 1;
    } else operand ??= term;
  }
  return given.length > 0 || hasFile || operand === null ? given : [operand];
}

function unwrapFind(args: readonly Term[]): Unwrapped {
  const own: Term[] = [];
  const commands: Term[][] = [];
  let command: Term[] | null = null;
  for (const term of args) {
    if (command === null) {
      own.push(term);
      if (FIND_RUNNERS.has(term.value ?? '')) {
        command = [];
        commands.push(command);
      }
    } else if (term.value === ';' || (term.value === '+' && command.at(-1)?.value === '{}')) {
      command = null;
    } else {
      command.push(term);
    }
  }
  return runsCommands(commands, own, '{}');
}

const FIND_RUNNERS = new Set(['-exec', '-execdir', '-ok', '-okdir']);

function unwrapTrap(args: readonly Term[]): Unwrapped {
  const operands = args[0]?.value === '--' ? args.slice(1) : args;
  const script = operands[0];
  if (script === undefined || script.start.startsWith('-')) return { ...RUNS_NOTHING, own: args };
  return runsScripts([script], []);
}

/** Reads options until the first word that is none. `letters` are the short ones, one by one. */
function readOptions(args: readonly Term[], valued: readonly string[]): { end: number; letters: Set<string> } {
  const letters = new Set<string>();
  let end = 0;
  while (end < args.length) {
    const { start, value, isWhole } = args[end] ?? NO_TERM;
    if (value === '--') return { end: end + 1, letters };
    // A lone `-` is an operand. A `+` sets options of a shell.
    if (!/^(?:-|\+[oO])./s.test(start) && value !== '+o' && value !== '+O') return { end, letters };
    end += takesNextWord(start.replace('+', '-'), valued, letters) && isWhole ? 2 : 1;
  }
  return { end: Math.min(end, args.length), letters };
}

const NO_TERM = fixedTerm('', '');

function takesNextWord(option: string, valued: readonly string[], letters: Set<string>): boolean {
  if (option.startsWith('--')) return valued.includes(option);
  for (let index = 1; index < option.length; index += 1) {
    const letter = `-${option[index]}`;
    letters.add(letter);
    if (valued.includes(letter)) return index === option.length - 1;
  }
  return false;
}

function runsScripts(scripts: readonly Term[], own: readonly Term[]): Unwrapped {
  return { ...RUNS_NOTHING, own, scripts };
}

function runsCommands(commands: readonly (readonly Term[])[], own: readonly Term[], placeholder: string): Unwrapped {
  return {
    ...RUNS_NOTHING,
    own,
    commands: commands.filter(({ length }) => length > 0).map((command) => withoutPlaceholder(command, placeholder)),
  };
}

// find and xargs write each name that they found in its place: such a program is known only when it runs.
function withoutPlaceholder(command: readonly Term[], placeholder: string): readonly Term[] {
  return command.map((term, index) =>
    index === 0 && term.value?.includes(placeholder) ? { ...term, value: null } : term,
  );
}

function isInput({ value }: Term): boolean {
  return value !== null && /^(?:-|\/dev\/stdin|(?:\/dev|\/proc\/(?:self|\d+))\/fd\/\d+)$/.test(value);
}
