import { statfsSync, statSync } from 'node:fs';
import { JAIL_TMPFS_BYTES } from './bubblewrap.ts';
import { descendantsOf, listProc, readProc } from './proc.ts';

/** What the processes of a command hold, besides what can be seen in the box. Bytes. */
export interface Usage {
  /** Memory of their own, and files without a name that are not in the box, such as those of memfd. */
  readonly memory: number;
  /** Files of the box's device that were deleted and are still open, but for those that gyre holds itself. */
  readonly deleted: number;
  /** Files in the jail's directories in memory, which take memory even when they are empty. */
  readonly memoryFiles: number;
}

/**
 * What a process and all its descendants hold at this moment. Memory that two of them share counts twice, so this is
 * never less than the truth. Takes about 0.1 ms per process.
 */
export function usageOf(pid: number, boxDevice: number): Usage {
  let memory = 0;
  let memoryFiles = 0;
  const deleted = new Map<number, number>();
  // What a jail is set up with has no name either.
  const ours = new Set(deletedFilesOf('self').map(({ ino }) => ino));
  const processes = [pid, ...descendantsOf(pid)];
  for (const process of processes) {
    memory += memoryOf(process);
    for (const { ino, dev, bytes } of deletedFilesOf(process)) {
      if (dev !== boxDevice) memory += bytes;
      else if (!ours.has(ino)) deleted.set(ino, bytes);
    }
  }
  // All that are in the jail see the same; the first ones may be outside of it, or not be in it yet.
  for (const dir of ['tmp', 'dev/shm']) {
    memoryFiles += Math.max(...processes.map((process) => filesOn(`/proc/${process}/root/${dir}`)));
  }
  return { memory, memoryFiles, deleted: [...deleted.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

/** Zero where something else is mounted than the jail's own, which are known by their size. */
function filesOn(dir: string): number {
  try {
    const { type, bsize, blocks, files, ffree } = statfsSync(dir);
    return type === TMPFS && JAIL_TMPFS_BYTES.includes(bsize * blocks) ? files - ffree : 0;
  } catch {
    return 0;
  }
}

const TMPFS = 0x01021994;

function memoryOf(pid: number): number {
  const status = readProc(`/proc/${pid}/status`) ?? '';
  let kibibytes = 0;
  for (const [, size] of status.matchAll(/^Rss(?:Anon|Shmem):\s*(\d+) kB$/gm)) kibibytes += Number(size);
  return kibibytes * 1024;
}

function deletedFilesOf(pid: number | 'self'): { ino: number; dev: number; bytes: number }[] {
  return listProc(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      const stats = statSync(`/proc/${pid}/fd/${descriptor}`);
      return stats.isFile() && stats.nlink === 0 ? [{ ino: stats.ino, dev: stats.dev, bytes: stats.blocks * 512 }] : [];
    } catch {
      return [];
    }
  });
}
