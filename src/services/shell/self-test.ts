import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jailEnvironment } from './bubblewrap.ts';
import { listenOnLoopback } from './loopback.ts';
import { CHANNEL } from './prelude.ts';
import { quote } from './quote.ts';
import type { Shell } from './shell.ts';

/** What not every jail has. */
interface Promises {
  readonly hasFilter: boolean;
  /** Files of programs that cannot be run. */
  readonly masks: readonly string[];
}

/**
 * Shows that a jail holds, by trying to break out of it. Takes about as long as one command.
 * @param stateDir must exist, and must not be in the box
 * @returns null, or what is wrong with the jail, for the person
 */
export async function testJail(jail: Pick<Shell, 'run'>, stateDir: string, promises: Promises): Promise<string | null> {
  const canary = join(stateDir, `canary-${randomUUID()}`);
  const server = await listenOnLoopback();
  try {
    await writeFile(canary, 'canary', { mode: 0o644 });
    const result = await jail.run({
      command: attempts(canary, server.port, promises),
      workingDirectory: '',
      timeoutMs: 10_000,
      signal: new AbortController().signal,
    });
    if (result.ending !== 'exited') return result.stderr.trim() || `the self-test ended by ${result.ending}`;
    if (result.exitCode !== 0) return `the self-test ended with exit code ${result.exitCode}: ${result.stderr.trim()}`;
    const findings = result.stdout.trim();
    return findings === 'holds' ? null : findings.split('\n').join(', ');
  } finally {
    server.close();
    await rm(canary, { force: true });
  }
}

/** Prints what it finds wrong, a line each; `holds` when that is nothing. Builtins only: programs may be masked. */
function attempts(canary: string, port: number, { hasFilter, masks }: Promises): string {
  const names = [...Object.keys(jailEnvironment), 'PWD', 'SHLVL', '_'].sort().join(' ');
  return `
bad=0; wrong() { echo "$1"; bad=1; }
{ read -r line < ${quote(canary)}; } 2>/dev/null; [ -z "$line" ] || wrong 'files outside the box can be read'
[ -e /etc/shadow ] && wrong '/etc/shadow is there'
for path in /*; do case "$path" in /bin|/dev|/etc|/lib|/lib32|/lib64|/libx32|/proc|/sandbox|/sbin|/tmp|/usr) ;;
  *) wrong "$path is there" ;; esac; done
(: < /dev/tcp/127.0.0.1/${port}) 2>/dev/null && wrong 'the network can be reached'
links=0; while read -r _; do links=$((links + 1)); done < /proc/net/dev; [ "$links" -le 3 ] || wrong 'network devices are there'
[ -w /usr ] && wrong '/usr can be written'
[ -w / ] && wrong '/ can be written'
[ -w /proc/sys/kernel/core_pattern ] && wrong '/proc/sys can be written'
[ -w /sandbox ] || wrong 'the box cannot be written'
for fd in /proc/self/fd/*; do case "\${fd##*/}" in 0|1|2|${CHANNEL}) ;;
  *) [ -e "$fd" ] && wrong "descriptor \${fd##*/} is open" ;; esac; done
processes=(/proc/[0-9]*); [ "\${#processes[@]}" -le 4 ] || wrong 'other processes are there'
names=$(compgen -e | while read -r name; do printf '%s\\n' "$name"; done); expected=' ${names} '
for name in $names; do case "$expected" in *" $name "*) ;; *) wrong "the variable $name is there" ;; esac; done
{ IFS= read -r -d '' line < /proc/1/environ; } 2>/dev/null; [ -z "$line" ] || wrong "gyre's environment is there"
while read -r key value; do case "$key" in
  NoNewPrivs:) [ "$value" = 1 ] || wrong 'privileges can be gained' ;;
  CapEff:) [ "$value" = 0000000000000000 ] || wrong 'there are capabilities' ;;
  Uid:) case "$value" in 1000[!0-9]*) ;; *) wrong 'the uid is not the own one' ;; esac ;;
  Seccomp:) [ "$value" = 2 ] || ${hasFilter ? "wrong 'there is no system call filter'" : ':'} ;;
  Seccomp_filters:) [ "$value" -gt ${hasFilter ? ownFilters() : -1} ] || wrong 'the system call filter was not taken' ;;
esac; done < /proc/self/status
for path in ${masks.map(quote).join(' ')}; do read -r line < "$path"; [ "$line" = '#!/bin/sh' ] || wrong "$path can be run"; done
[ "$(ulimit -u)" -le 64 ] && [ "$(ulimit -n)" -le 256 ] && [ "$(ulimit -v)" != unlimited ] || wrong 'there are no limits'
[ "$bad" = 0 ] && echo holds
exit 0`;
}

/** Gyre itself may be under filters, as in a container: those are not the jail's. Kernels before 5.9 do not tell. */
function ownFilters(): number {
  return Number(/^Seccomp_filters:\s*(\d+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0);
}
