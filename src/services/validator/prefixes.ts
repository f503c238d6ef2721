/** A program that is written before a command: `timeout 5 ls`. */
export interface Prefix {
  /** Options whose value may be the next word. */
  readonly valued?: readonly string[];
  /** Options with which it looks the command up instead of running it. */
  readonly inert?: readonly string[];
  /** Options whose value is itself a command line. */
  readonly split?: RegExp;
  /** Operands before the command. */
  readonly operands?: number;
  readonly takesAssignments?: true;
  /** It hands the rest to a shell as text. */
  readonly isText?: true;
}

/** The prefix that a program is; undefined when it is none. */
export function prefixOf(program: string): Prefix | undefined {
  return LOADER.test(program) ? LOADER_PREFIX : PREFIXES.get(program);
}

// The program that starts programs: `/lib64/ld-linux-x86-64.so.2 /usr/bin/ls`.
const LOADER = /^ld(?:64)?(?:-linux[\w-]*|-musl[\w-]*|-\d[\d.]*)?\.so(?:\.\d+)?$/;
const LOADER_PREFIX: Prefix = {
  valued: ['--library-path', '--preload', '--audit', '--argv0', '--inhibit-rpath', '--glibc-hwcaps-prepend'],
  inert: ['--version', '--help', '--list-tunables', '--list-diagnostics'],
};

const PREFIXES: ReadonlyMap<string, Prefix> = new Map<string, Prefix>([
  ['builtin', {}],
  ['busybox', {}],
  ['choom', { valued: ['-n', '-p', '--adjust', '--pid'] }],
  ['chronic', {}],
  ['chrt', { valued: ['-T', '-P', '-D'], operands: 1 }],
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
  ['eatmydata', {}],
  ['entr', {}],
  ['exec', { valued: ['-a'] }],
  ['flock', { valued: ['-E', '-w', '--conflict-exit-code', '--timeout'], operands: 1 }],
  ['ionice', { valued: ['-c', '-n', '--class', '--classdata'] }],
  ['nice', { valued: ['-n', '--adjustment'] }],
  ['nohup', {}],
  ['noglob', {}],
  ['numactl', { valued: ['-N', '-m', '-C', '-p', '-i'] }],
  ['parallel', { valued: ['-j', '-a', '-n', '-N', '-P', '-I', '-d', '--jobs', '--delay'], isText: true }],
  ['prlimit', {}],
  ['setsid', {}],
  ['stdbuf', { valued: ['-e', '-i', '-o', '--error', '--input', '--output'] }],
  [
    'sudo',
    {
      valued: ['-C', '-D', '-g', '-h', '-p', '-R', '-r', '-T', '-t', '-U', '-u', '--group', '--user'],
      takesAssignments: true,
    },
  ],
  ['taskset', { operands: 1 }],
  ['time', { valued: ['-f', '-o', '--format', '--output'] }],
  ['timeout', { valued: ['-k', '-s', '--kill-after', '--signal'], operands: 1 }],
  ['toybox', {}],
  ['unbuffer', {}],
  ['watch', { valued: ['-n', '--interval'], isText: true }],
  ['xvfb-run', {}],
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
