import { join } from 'node:path';
import type { BoxChanges } from '../../machine/types.ts';
import { cleanName } from './clean-name.ts';
import { readBox, statEntry } from './read-box.ts';

/** The jail's own limit on entries; a fuller box was full before. */
const MAX_ENTRIES = 10_000;

/** What the box held at one moment: enough to see later what has changed, and no content. */
export interface BoxSnapshot {
  readonly isPartial: boolean;
  /** Path → type, size and time of the last change. */
  readonly entries: ReadonlyMap<string, string>;
}

export function takeSnapshot(boxDir: string): BoxSnapshot {
  const { entries, isPartial } = readBox(boxDir, '', { maxEntries: MAX_ENTRIES });
  const marks = new Map<string, string>();
  for (const { path, isDirectory } of entries) {
    // A directory changes with everything in it; that it is there says enough.
    const stats = isDirectory ? null : statEntry(join(boxDir, path));
    marks.set(isDirectory ? `${path}/` : path, stats ? `${stats.mode} ${stats.size} ${stats.mtimeMs}` : '');
  }
  return { isPartial, entries: marks };
}

export function compareSnapshots(before: BoxSnapshot, after: BoxSnapshot): BoxChanges {
  const added: string[] = [];
  const changed: string[] = [];
  for (const [path, mark] of after.entries) {
    const earlier = before.entries.get(path);
    if (earlier === undefined) added.push(cleanName(path));
    else if (earlier !== mark) changed.push(cleanName(path));
  }
  const removed = [...before.entries.keys()].filter((path) => !after.entries.has(path)).map(cleanName);
  return { added, changed, removed, isPartial: before.isPartial || after.isPartial };
}
