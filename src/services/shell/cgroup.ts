import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A control group for the processes of commands: the kernel itself keeps them within limits. */
export interface CommandGroup {
  /** Takes processes in, and all that they start from then on. Those that have ended meanwhile are left out. */
  admit(pids: readonly number[]): void;
  /** How often the kernel has ended processes in it for want of memory. */
  kills(): number;
  /** Nothing may run in it any more. */
  close(): void;
}

const MIB = 1024 * 1024;
/**
 * Above what the watch over a command allows, so that it speaks first: 300 MiB of memory, 80 MiB of files in memory,
 * and room for what the kernel itself needs; 64 processes of a command, and those of the jail that stands by.
 */
const LIMITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  memory: { 'memory.max': String(420 * MIB), 'memory.swap.max': '0', 'memory.oom.group': '1' },
  pids: { 'pids.max': '96' },
};

/**
 * Makes a group where gyre has been given a part of the cgroup v2 tree for itself, as by
 * `systemd-run --user --scope -p Delegate=yes`. It uses a group that holds no process but gyre, or gyre's parent group
 * where that holds none; it never moves anybody else.
 * @returns null where there is no such part. Never throws.
 */
export function createCommandGroup(): CommandGroup | null {
  try {
    const own = ownGroup();
    const base = own && [own, dirname(own)].find(isDelegated);
    return base ? makeGroup(base) : null;
  } catch {
    return null;
  }
}

/** Gyre's own directory in the cgroup v2 tree; null where there is no such tree, or not all of it can be seen. */
function ownGroup(): string | null {
  const path = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  const root = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1];
  return path === undefined || root === undefined || path.startsWith('/..') ? null : join(root, path);
}

function isDelegated(dir: string): boolean {
  try {
    for (const name of ['.', 'cgroup.procs', 'cgroup.subtree_control']) accessSync(join(dir, name), constants.W_OK);
    const controllers = read(dir, 'cgroup.controllers').split(/\s+/);
    const others = read(dir, 'cgroup.procs')
      .split('\n')
      .filter((pid) => pid !== '' && pid !== String(process.pid));
    return others.length === 0 && Object.keys(LIMITS).every((name) => controllers.includes(name));
  } catch {
    return false;
  }
}

function makeGroup(base: string): CommandGroup {
  // A group whose children have controllers may hold no process itself.
  if (read(base, 'cgroup.procs') !== '') {
    const leaf = join(base, 'gyre');
    mkdirSync(leaf, { recursive: true });
    writeFileSync(join(leaf, 'cgroup.procs'), String(process.pid));
  }
  writeFileSync(
    join(base, 'cgroup.subtree_control'),
    Object.keys(LIMITS)
      .map((name) => `+${name}`)
      .join(' '),
  );
  const dir = join(base, `gyre-commands-${process.pid}`);
  mkdirSync(dir);
  for (const [file, value] of Object.values(LIMITS).flatMap(Object.entries)) writeFileSync(join(dir, file), value);
  return {
    admit(pids) {
      for (const pid of pids) {
        try {
          writeFileSync(join(dir, 'cgroup.procs'), String(pid));
        } catch {
          // It has ended.
        }
      }
    },
    kills: () => Number(/^oom_kill (\d+)$/m.exec(read(dir, 'memory.events'))?.[1] ?? 0),
    close() {
      try {
        rmdirSync(dir);
      } catch {
        // An empty group that stays behind goes with the part it is in.
      }
    },
  };
}

function read(dir: string, name: string): string {
  return readFileSync(join(dir, name), 'latin1').trim();
}
