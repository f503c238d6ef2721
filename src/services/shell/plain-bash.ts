import { type BashLimit, CHANNEL } from './prelude.ts';

/**
 * How bash is started where there is neither /proc nor a new bash: macOS has version 3.2. What `prelude` says holds for
 * it too, except that the prelude is part of the arguments, and so a command can read it.
 */
export function plainBash(limits: readonly BashLimit[]): readonly [string, ...string[]] {
  const text = [
    ...limits.map(({ flag, value }) => `ulimit -${flag} ${value} 2>/dev/null`),
    `exec ${CHANNEL}<&3`,
    'for GYRE_FD in /dev/fd/*; do',
    `  case "\${GYRE_FD##*/}" in 0|1|2|${CHANNEL}|*[!0-9]*) ;; *) eval "exec \${GYRE_FD##*/}<&-" ;; esac`,
    'done',
    `printf 'begin\\0' >&${CHANNEL} || exit`,
    `read -r -d '' -u ${CHANNEL} || exit; GYRE_DIRECTORY=$REPLY; read -r -d '' -u ${CHANNEL} || exit`,
    'cd -P -- "$GYRE_DIRECTORY" 2>/dev/null || cd -P -- "$GYRE_BOX" || exit',
    'case "$PWD/" in "$GYRE_BOX"/*) ;; *) cd -P -- "$GYRE_BOX" || exit ;; esac',
    // `cd -e` would tell that the directory is gone, and is too new.
    `trap '{ builtin cd -P . && [[ . -ef $PWD ]] && builtin printf "\\0%s\\0" "$PWD" >&${CHANNEL} || builtin printf "\\0gone\\0" >&${CHANNEL}; } 2>/dev/null' EXIT`,
    'unset GYRE_DIRECTORY GYRE_BOX GYRE_FD OLDPWD',
    'eval -- "$REPLY"',
  ].join('\n');
  return ['/bin/bash', '--noprofile', '--norc', '-c', text];
}

/** What `plainBash` needs: where the box is. */
export function plainEnvironment(boxDir: string): Readonly<Record<string, string>> {
  return { GYRE_BOX: boxDir };
}
