import type { BoxChanges } from '../../machine/types.ts';
import { cleanName } from './clean-name.ts';
import { type BoxEntry, type RawPath, statEntry, textOf, walkBox } from './read-box.ts';

/** A fuller box is compared in part. */
const MAX_ENTRIES = 10_000;

/** What the box held at one moment: enough to see later what has changed, and no content. */
export interface BoxSnapshot {
  /** There was more than could be looked at: too many entries, too deep, or closed to us. */
  readonly isPartial: boolean;
  /** Path → type, size and time of the last change. */
  readonly entries: ReadonlyMap<RawPath, string>;
}

export function takeSnapshot(boxDir: string): BoxSnapshot {
  const { entries, missed } = walkBox(boxDir);
  const marks = new Map<RawPath, string>();
  for (const entry of entries) {
    if (marks.size >= MAX_ENTRIES) return { isPartial: true, entries: marks };
    if (entry.isDirectory) marks.set(`${entry.path}/`, '');
    else marks.set(entry.path, markOf(entry));
  }
  return { isPartial: missed.unreadable + missed.tooDeep > 0, entries: marks };
}

/** The same, with no more than `most` names of each kind. */
export function cutChanges({ added, changed, removed, isPartial }: BoxChanges, most: number): BoxChanges {
  const isCut = [added, changed, removed].some((names) => names.length > most);
  return {
    added: added.slice(0, most),
    changed: changed.slice(0, most),
    removed: removed.slice(0, most),
    isPartial: isPartial || isCut,
  };
}

export function compareSnapshots(before: BoxSnapshot, after: BoxSnapshot): BoxChanges {
  const added: string[] = [];
  const changed: string[] = [];
  for (const [path, mark] of after.entries) {
    const earlier = before.entries.get(path);
    if (earlier === undefined) added.push(shown(path));
    else if (earlier !== mark) changed.push(shown(path));
  }
  const removed = [...before.entries.keys()].filter((path) => !after.entries.has(path)).map(shown);
  return { added, changed, removed, isPartial: before.isPartial || after.isPartial };
}

function markOf(entry: BoxEntry): string {
  const stats = statEntry(entry);
  // The time of the last change of the inode: a command can set the other one back.
  return stats ? `${stats.mode} ${stats.size} ${stats.ctimeMs}` : '';
}

function shown(path: RawPath): string {
  return cleanName(textOf(path));
}
