import { closeSync, constants, type Dir, lstatSync, opendirSync, openSync, readlinkSync, type Stats } from 'node:fs';
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
 * What vanishes or cannot be read meanwhile is left out. Synchronous: a handful of directories takes less time than one
 * turn of the event loop, and `maxEntries` bounds the rest.
 *
 * @param options.maxEntries at most this many are read; `isPartial` says that there were more
 * @param options.maxDepth directories to go down; 1 is the directory alone
 */
export function readBox(
  boxDir: string,
  start: string,
  options: { readonly maxEntries: number; readonly maxDepth?: number },
): { entries: readonly BoxEntry[]; isPartial: boolean } {
  const { maxEntries, maxDepth = MAX_DEPTH } = options;
  const entries: BoxEntry[] = [];
  let level = [''];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const parent of level) {
      const names = namesIn(boxDir, join(boxDir, start, parent), maxEntries - entries.length + 1);
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
export function statEntry(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

function namesIn(boxDir: string, path: string, atMost: number) {
  const names: { name: string; isDirectory: boolean }[] = [];
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let descriptor: number | null = null;
  let directory: Dir | null = null;
  try {
    descriptor = openSync(path, flags);
    directory = openVerified(descriptor, boxDir, path);
    for (let entry = directory?.readSync(); entry && names.length < atMost; entry = directory?.readSync()) {
      names.push({ name: entry.name, isDirectory: entry.isDirectory() });
    }
  } catch {
    // Gone while it was read, or closed to us: what has been seen of it stands.
  } finally {
    directory?.closeSync();
    if (descriptor !== null) closeSync(descriptor);
  }
  return names.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Linux reads through the descriptor, so that a directory swapped for a link meanwhile changes nothing. */
function openVerified(descriptor: number, boxDir: string, path: string): Dir | null {
  if (process.platform !== 'linux') return opendirSync(path);
  const place = `/proc/self/fd/${descriptor}`;
  return isWithin(readlinkSync(place), boxDir) ? opendirSync(place) : null;
}
