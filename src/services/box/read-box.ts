import { constants, type Dir, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isWithin } from './check-box.ts';

/** Deeper than this nothing is looked at. */
const MAX_DEPTH = 64;

export interface BoxEntry {
  /** Relative to the directory that was read. Raw: it may hold any character but `/` and NUL between its slashes. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * Names in the box, breadth first, sorted within each directory. Never follows a link and never blocks: a directory is
 * opened with O_NOFOLLOW and used only if the kernel says that what was opened lies in the box.
 * What vanishes or cannot be read meanwhile is left out.
 *
 * @param options.maxEntries at most this many are read; `isPartial` says that there were more
 * @param options.maxDepth directories to go down; 1 is the directory alone
 */
export async function readBox(
  boxDir: string,
  start: string,
  options: { readonly maxEntries: number; readonly maxDepth?: number },
): Promise<{ entries: readonly BoxEntry[]; isPartial: boolean }> {
  const { maxEntries, maxDepth = MAX_DEPTH } = options;
  const entries: BoxEntry[] = [];
  let level = [''];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const parent of level) {
      const names = await namesIn(boxDir, join(boxDir, start, parent), maxEntries - entries.length + 1);
      for (const { name, isDirectory } of names) {
        if (entries.length >= maxEntries) return { entries, isPartial: true };
        const path = parent === '' ? name : `${parent}/${name}`;
        entries.push({ path, isDirectory });
        if (isDirectory) next.push(path);
      }
    }
    level = next;
  }
  return { entries, isPartial: false };
}

/** What is at `path`, without following a link there; null when nothing is, or it cannot be known. */
export async function statEntry(path: string): Promise<Stats | null> {
  return lstat(path).catch(() => null);
}

async function namesIn(boxDir: string, path: string, atMost: number) {
  const names: { name: string; isDirectory: boolean }[] = [];
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => null);
  if (!handle) return names;
  try {
    const directory = await openVerified(handle, boxDir, path);
    if (!directory) return names;
    for await (const entry of directory) {
      names.push({ name: entry.name, isDirectory: entry.isDirectory() });
      if (names.length >= atMost) break;
    }
  } catch {
    // Gone while it was read: what has been seen of it stands.
  } finally {
    await handle.close();
  }
  return names.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Linux reads through the descriptor, so that a directory swapped for a link meanwhile changes nothing. */
async function openVerified(handle: FileHandle, boxDir: string, path: string): Promise<Dir | null> {
  if (process.platform !== 'linux') return opendir(path);
  const descriptor = `/proc/self/fd/${handle.fd}`;
  return isWithin(await readlink(descriptor), boxDir) ? opendir(descriptor) : null;
}
