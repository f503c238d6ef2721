import { statEntry, walkBox } from './read-box.ts';

/** How much is in the box, or more than enough. */
export interface BoxSize {
  /** What its files and directories occupy on the disk; a file with several names counts once for each. */
  readonly bytes: number;
  readonly entries: number;
  /** Directories that could not be looked into. What is in them is not counted. */
  readonly unreadable: number;
  /** Directories that were too deep to be entered; the same goes for them. */
  readonly tooDeep: number;
}

const ENTRIES_PER_STEP = 64;

/**
 * Measures the box, in steps: whoever calls decides what else happens between them. Never throws; what vanishes
 * meanwhile is not counted.
 * @param enough measuring ends early when the box is larger than this
 */
export function* measureBox(
  boxDir: string,
  enough: { readonly bytes: number; readonly entries: number },
): Generator<void, BoxSize> {
  const { entries, missed } = walkBox(boxDir);
  let bytes = 0;
  let count = 0;
  for (const entry of entries) {
    count += 1;
    bytes += (statEntry(entry)?.blocks ?? 0) * 512;
    if (count > enough.entries || bytes > enough.bytes) break;
    if (count % ENTRIES_PER_STEP === 0) yield;
  }
  return { bytes, entries: count, ...missed };
}
