import { execa } from 'execa';

/** Follows a process and whatever comes from it through the process table, where no namespace holds them together. */
export interface ProcessTree {
  /** Takes note of who has come. Never throws. */
  look(): Promise<void>;
  /** Kills all who were ever seen and are still there. Never throws. */
  kill(): Promise<void>;
}

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly isAlive: boolean;
  /** In seconds, as `ps` writes it: tells a process from a later one with its number. */
  readonly startedAt: string;
}

/**
 * The tree of a child of this process. A descendant that is alive at one look at least, while its parent or another
 * member of its group is known, is found; a daemon that comes loose between two looks is not.
 */
export function createProcessTree(root: number): ProcessTree {
  const known = new Map<number, string>();

  const survivors = async (): Promise<Entry[]> => {
    const table = await readTable();
    const first = table.find(({ pid, parent }) => pid === root && parent === process.pid);
    if (first) known.set(root, first.startedAt);
    for (let size = -1; size !== known.size; ) {
      size = known.size;
      const members = table.filter((entry) => isKnown(known, entry));
      const parents = new Set(members.map(({ pid }) => pid));
      const groups = new Set(members.map(({ group }) => group));
      for (const entry of table) {
        if (parents.has(entry.parent) || groups.has(entry.group)) known.set(entry.pid, entry.startedAt);
      }
    }
    return table.filter((entry) => entry.isAlive && isKnown(known, entry));
  };

  return {
    async look() {
      await survivors().catch(() => []);
    },
    async kill() {
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const left = await survivors().catch(() => []);
        if (left.length === 0) return;
        for (const { pid } of left) killOne(pid);
      }
    },
  };
}

/** One that forks faster than we kill has met a limit on processes before. */
const MAX_ROUNDS = 20;

function isKnown(known: ReadonlyMap<number, string>, entry: Entry): boolean {
  return known.get(entry.pid) === entry.startedAt;
}

// Without their arguments: a process could write lines into them that look like other processes.
async function readTable(): Promise<Entry[]> {
  const { stdout, pid: ownPid } = await runPs(['-axo', 'pid=,ppid=,pgid=,stat=,lstart=']);
  const entries = stdout.split('\n').map((line) => {
    const [, pid, parent, group, state = '', startedAt = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      isAlive: !state.startsWith('Z'),
      startedAt,
    };
  });
  return entries.filter((entry) => entry.startedAt !== '' && entry.pid !== ownPid);
}

async function runPs(args: readonly string[]): Promise<{ stdout: string; pid: number | undefined }> {
  const running = execa('/bin/ps', args, {
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 5000,
    killSignal: 'SIGKILL',
  });
  const { stdout } = await running;
  return { stdout, pid: running.pid };
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
