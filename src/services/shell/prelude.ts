/**
 * What bash runs, as BASH_ENV, before the command. It uses builtins only, as they are in bash 3.2 already.
 *
 * It sets the limits, asks gyre what to do (see `startProcess`), goes to the working directory, and has the last one
 * reported on exit. The command sees none of it but a trap on EXIT, and its own text in `REPLY`.
 */
export function prelude(limits: readonly BashLimit[]): string {
  return [
    // A limit that is already lower cannot be raised, and need not be.
    ...limits.map(({ flag, value }) => `ulimit -${flag} ${value} 2>/dev/null`),
    `exec ${CHANNEL}<&3`,
    // Not only ours: whatever gyre was started with may have been inherited, and a directory would be a way out.
    `for GYRE_FD in /dev/fd/*; do case "\${GYRE_FD##*/}" in 0|1|2|${CHANNEL}|*[!0-9]*) ;; *) eval "exec \${GYRE_FD##*/}<&-" ;; esac; done`,
    `printf 'begin\\0' >&${CHANNEL} || exit`,
    `read -r -d '' -u ${CHANNEL} || exit; GYRE_DIRECTORY=$REPLY; read -r -d '' -u ${CHANNEL} || exit`,
    'cd -P -- "$GYRE_DIRECTORY" 2>/dev/null || cd -P -- "$GYRE_BOX" || exit',
    'case "$PWD/" in "$GYRE_BOX"/*) ;; *) cd -P -- "$GYRE_BOX" || exit ;; esac',
    `trap '{ builtin cd -P . && [[ . -ef $PWD ]] && builtin printf "\\0%s\\0" "$PWD" >&${CHANNEL} || builtin printf "\\0${GONE}\\0" >&${CHANNEL}; } 2>/dev/null' EXIT`,
    'unset BASH_ENV GYRE_DIRECTORY GYRE_BOX GYRE_FD OLDPWD',
    '',
  ].join('\n');
}

/** A flag and a value of bash's `ulimit`. */
export interface BashLimit {
  readonly flag: 'c' | 'f' | 'n' | 't' | 'u' | 'v';
  readonly value: number;
}

/** How bash is started: it gets the prelude, and then carries out its order. */
export const BASH = ['/bin/bash', '--noprofile', '--norc', '-c', 'eval -- "$REPLY"'] as const;

/** How bash finds the prelude, and the prelude the box. An absolute path. */
export function preludeEnvironment(box: string): Readonly<Record<string, string>> {
  return { BASH_ENV: '/dev/fd/4', GYRE_BOX: box };
}

/**
 * The same where no descriptor can be handed over for BASH_ENV: the prelude is part of the arguments, and so a command
 * can read it. It takes the variable GYRE_BOX.
 */
export function plainBash(limits: readonly BashLimit[]): readonly [string, ...string[]] {
  const [bash, ...args] = BASH;
  return [bash, ...args.slice(0, -1), prelude(limits) + args.at(-1)];
}

/** The absolute path of a working directory in the box; the box itself for a path that would leave it. */
export function directoryOf(box: string, workingDirectory: string): string {
  return workingDirectory !== '' && isInside(workingDirectory) ? `${box}/${workingDirectory}` : box;
}

/**
 * Where the next command starts, relative to the box.
 * @param report what the shell said last; nobody has to believe it
 * @param before where this command started
 */
export function nextDirectory(report: string | null, box: string, before: string): string {
  if (report === GONE) return '';
  if (report === box) return '';
  if (report === null || !report.startsWith(`${box}/`)) return before;
  const relative = report.slice(box.length + 1);
  return isInside(relative) ? relative : before;
}

/** Where a command finds the channel. High, so that it does not get into the way of a command's own descriptors. */
export const CHANNEL = 199;
const GONE = 'gone';

function isInside(relative: string): boolean {
  return !relative.includes('\0') && !relative.split('/').some((part) => part === '..');
}
