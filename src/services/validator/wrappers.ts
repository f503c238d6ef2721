import type { Term } from './words.ts';

/** What a program that runs other programs was told to run. */
interface Unwrapped {
  /** What is for the wrapper itself: its options and operands. */
  readonly own: readonly Term[];
  /** The commands it runs, each a program followed by its arguments. */
  readonly commands: readonly (readonly Term[])[];
  /** Shell text that it runs. */
  readonly scripts: readonly string[];
  /** It runs what it reads from its standard input. */
  readonly runsInput: boolean;
}

/** Looks one layer into a command. Null when the program is not known to run others. */
export function unwrap(program: string, args: readonly Term[]): Unwrapped | null {
  if (SHELLS.has(program)) return unwrapShell(args);
  if (program === 'find') return unwrapFind(args);
  if (program === 'eval') return runsScript(args.map(({ script }) => script).join(' '), []);
  if (program === 'trap') return unwrapTrap(args);
  if (program === '.' || program === 'source') return { ...RUNS_NOTHING, own: args, runsInput: args.some(isInput) };
  const prefix = PREFIXES.get(program);
  return prefix === undefined ? null : unwrapPrefix(prefix, args);
}

/** A program that is written before a command: `timeout 5 ls`. */
interface Prefix {
  /** Options whose value may be the next word. */
  readonly valued?: readonly string[];
  /** Options with which it looks the command up instead of running it. */
  readonly inert?: readonly string[];
  /** Options whose value is itself a command line. */
  readonly split?: RegExp;
  /** Operands before the command. */
  readonly operands?: number;
  readonly takesAssignments?: true;
}

const PREFIXES: ReadonlyMap<string, Prefix> = new Map<string, Prefix>([
  ['builtin', {}],
  ['busybox', {}],
  ['command', { inert: ['-v', '-V'] }],
  ['doas', { valued: ['-C', '-u'] }],
  [
    'env',
    {
      valued: ['-C', '-S', '-u', '--chdir', '--split-string', '--unset'],
      split: /^(?:-[0iv]*S|--split-string=?)/,
      takesAssignments: true,
    },
  ],
  ['exec', { valued: ['-a'] }],
  ['flock', { valued: ['-E', '-w', '--conflict-exit-code', '--timeout'], operands: 1 }],
  ['ionice', { valued: ['-c', '-n', '--class', '--classdata'] }],
  ['nice', { valued: ['-n', '--adjustment'] }],
  ['nohup', {}],
  ['setsid', {}],
  ['stdbuf', { valued: ['-e', '-i', '-o', '--error', '--input', '--output'] }],
  [
    'sudo',
    {
      valued: ['-C', '-D', '-g', '-h', '-p', '-R', '-r', '-T', '-t', '-U', '-u', '--group', '--user'],
      takesAssignments: true,
    },
  ],
  ['time', { valued: ['-f', '-o', '--format', '--output'] }],
  ['timeout', { valued: ['-k', '-s', '--kill-after', '--signal'], operands: 1 }],
  [
    'xargs',
    {
      valued: [
        ...['-a', '-d', '-E', '-I', '-L', '-n', '-P', '-s'],
        ...['--arg-file', '--delimiter', '--max-args', '--max-chars', '--max-procs', '--process-slot-var'],
      ],
    },
  ],
]);

const SHELLS = new Set(['ash', 'bash', 'dash', 'ksh', 'rbash', 'sh', 'zsh']);
const SHELL_VALUED = ['-O', '-o', '--init-file', '--rcfile'];
const RUNS_NOTHING: Unwrapped = { own: [], commands: [], scripts: [], runsInput: false };

function unwrapPrefix(prefix: Prefix, args: readonly Term[]): Unwrapped {
  const { end, letters } = readOptions(args, prefix.valued ?? []);
  if (prefix.inert?.some((option) => letters.has(option))) return { ...RUNS_NOTHING, own: args };
  const { split } = prefix;
  const splitAt = split === undefined ? -1 : args.slice(0, end).findIndex(({ start }) => split.test(start));
  if (split !== undefined && splitAt !== -1) {
    const script = args.slice(splitAt).map((term) => term.script);
    return runsScript(script.join(' ').replace(split, ''), args.slice(0, splitAt));
  }
  let start = end;
  while (prefix.takesAssignments && /^(?:-$|\w+=)/.test(args[start]?.start ?? '')) start += 1;
  start += prefix.operands ?? 0;
  // `flock FILE -c 'text'`
  if (prefix.operands === 1 && args[start]?.value === '-c') {
    return runsScript(args[start + 1]?.script ?? '', args.slice(0, start));
  }
  return runsCommands([args.slice(start)], args.slice(0, start));
}

function unwrapShell(args: readonly Term[]): Unwrapped {
  const { end, letters } = readOptions(args, SHELL_VALUED);
  const operands = args.slice(end);
  if (letters.has('-c')) {
    return runsScript(operands[0]?.script ?? '', [...args.slice(0, end), ...operands.slice(1)]);
  }
  const runsInput = operands.length === 0 || letters.has('-s') || operands.slice(0, 1).some(isInput);
  return { ...RUNS_NOTHING, own: args, runsInput };
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
  return runsCommands(commands, own);
}

const FIND_RUNNERS = new Set(['-exec', '-execdir', '-ok', '-okdir']);

function unwrapTrap(args: readonly Term[]): Unwrapped {
  const operands = args[0]?.value === '--' ? args.slice(1) : args;
  const script = operands[0]?.script ?? '';
  return script.startsWith('-') ? { ...RUNS_NOTHING, own: args } : runsScript(script, []);
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

const NO_TERM: Pick<Term, 'start' | 'value' | 'isWhole'> = { start: '', value: null, isWhole: true };

function takesNextWord(option: string, valued: readonly string[], letters: Set<string>): boolean {
  if (option.startsWith('--')) return valued.includes(option);
  for (let index = 1; index < option.length; index += 1) {
    const letter = `-${option[index]}`;
    letters.add(letter);
    if (valued.includes(letter)) return index === option.length - 1;
  }
  return false;
}

function runsScript(script: string, own: readonly Term[]): Unwrapped {
  return { ...RUNS_NOTHING, own, scripts: [script] };
}

function runsCommands(commands: readonly (readonly Term[])[], own: readonly Term[]): Unwrapped {
  return { ...RUNS_NOTHING, own, commands: commands.filter(({ length }) => length > 0).map(withoutPlaceholder) };
}

// find and xargs write each name that they found in place of `{}`: such a program is known only when it runs.
function withoutPlaceholder(command: readonly Term[]): readonly Term[] {
  return command.map((term, index) => (index === 0 && term.value?.includes('{}') ? { ...term, value: null } : term));
}

function isInput(term: Term): boolean {
  return term.value === '-' || term.value === '/dev/stdin' || term.value === '/dev/fd/0';
}
