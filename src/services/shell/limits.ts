import { statSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { type BoxSize, measureBox } from '../box/measure-box.ts';
import { createCommandGroup } from './cgroup.ts';
import { descendantsOf } from './proc.ts';
import { usageOf } from './usage.ts';

const MIB = 1024 * 1024;
/** What all processes of one command may hold at a time. */
const MAX_MEMORY_BYTES = 300 * MIB;
/** What all commands of one run may add to the box. */
export const MAX_ADDED_BYTES = 100 * MIB;
export const MAX_ADDED_ENTRIES = 10_000;
const EVERYTHING = { bytes: Number.POSITIVE_INFINITY, entries: Number.POSITIVE_INFINITY };

const TOO_MANY_BYTES = `The sandbox has grown by more than ${MAX_ADDED_BYTES / MIB} MiB in this run. Remove what is not needed.`;
const TOO_MANY_ENTRIES = `More than ${MAX_ADDED_ENTRIES} files were added to the sandbox in this run. Remove what is not needed.`;
const TOO_MANY_MEMORY_FILES = `The command made more than ${MAX_ADDED_ENTRIES} files in /tmp or /dev/shm.`;
const TOO_DEEP = 'Directories are nested too deep to be looked into.';
const UNREADABLE = 'A directory was closed, so that nobody can look into it.';
const TOO_MUCH_MEMORY = `The command used more than ${MAX_MEMORY_BYTES / MIB} MiB of memory.`;

const POLL_MS = 25;
/** A look that takes long is taken less often, so that looking costs a third of one processor at most. */
const REST_PER_LOOK = 2;
/** After so long in one look at the box, others get their turn. */
const SLICE_MS = 5;

/** Keeps the commands of one run within what they may use together. Only what they themselves add is counted. */
export interface Limits {
  /** To be called before a command begins. */
  begin(): Promise<Watch>;
  /** To be called when nothing runs any more. */
  close(): void;
}

/** Over one command. */
export interface Watch {
  /**
   * Looks again and again from now on. `onExcess` is called once at most, with a sentence for the model. To be called
   * before the process does anything.
   */
  follow(pid: number, onExcess: (sentence: string) => void): void;
  /** To be called when the command is over, however it ended. @returns what it went over, or null */
  end(): Promise<string | null>;
}

export function createLimits(boxDir: string): Limits {
  const added = { bytes: 0, entries: 0 };
  // The kernel's own limits, where gyre may set them; what it cannot see is watched in any case.
  const group = createCommandGroup();

  /** How large the box may become. A command that makes it smaller is always within: that is the way back. */
  const allowed = (before: BoxSize) => ({
    bytes: before.bytes + Math.max(0, MAX_ADDED_BYTES - added.bytes),
    entries: before.entries + Math.max(0, MAX_ADDED_ENTRIES - added.entries),
  });

  const excessOf = (before: BoxSize, now: BoxSize): string | null => {
    if (now.tooDeep > before.tooDeep) return TOO_DEEP;
    if (now.unreadable > before.unreadable) return UNREADABLE;
    if (now.bytes > allowed(before).bytes) return TOO_MANY_BYTES;
    return now.entries > allowed(before).entries ? TOO_MANY_ENTRIES : null;
  };

  return {
    async begin() {
      const before = await look(boxDir, EVERYTHING);
      const device = statSync(boxDir).dev;
      const killsBefore = group?.kills() ?? 0;
      let isOver = false;

      return {
        follow(pid, onExcess) {
          group?.admit([pid, ...descendantsOf(pid)]);
          const tell = (sentence: string | null) => {
            if (sentence === null || isOver) return;
            isOver = true;
            onExcess(sentence);
          };
          let deleted = 0;
          void repeat(async () => {
            const usage = usageOf(pid, device);
            deleted = usage.deleted;
            if (usage.memory > MAX_MEMORY_BYTES) tell(TOO_MUCH_MEMORY);
            if (usage.memoryFiles > MAX_ADDED_ENTRIES) tell(TOO_MANY_MEMORY_FILES);
          });
          void repeat(async () => {
            const now = await look(boxDir, allowed(before));
            tell(excessOf(before, { ...now, bytes: now.bytes + deleted }));
          });
        },
        async end() {
          isOver = true;
          const after = await look(boxDir, EVERYTHING);
          const excess = excessOf(before, after);
          added.bytes += after.bytes - before.bytes;
          added.entries += after.entries - before.entries;
          return (group?.kills() ?? 0) > killsBefore ? TOO_MUCH_MEMORY : excess;
        },
      };

      async function repeat(lookOnce: () => Promise<void>) {
        let rest = POLL_MS;
        for (;;) {
          await wait(rest);
          if (isOver) return;
          const startedAt = performance.now();
          await lookOnce();
          rest = Math.max(POLL_MS, REST_PER_LOOK * (performance.now() - startedAt));
        }
      }
    },
    close: () => group?.close(),
  };
}

async function look(boxDir: string, enough: Pick<BoxSize, 'bytes' | 'entries'>): Promise<BoxSize> {
  const measuring = measureBox(boxDir, enough);
  let sliceStartedAt = performance.now();
  for (;;) {
    const step = measuring.next();
    if (step.done) return step.value;
    if (performance.now() - sliceStartedAt < SLICE_MS) continue;
    await nextTurn();
    sliceStartedAt = performance.now();
  }
}
