import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { listRuns, type RunSummary } from './read.ts';

export interface Pruned {
  readonly removed: readonly RunSummary[];
  /** Bytes of all runs, before and after. */
  readonly before: number;
  readonly after: number;
}

/**
 * Removes the oldest runs that have ended until all runs together take no more than `maxBytes`. What is running, and what
 * was interrupted and can be resumed, stays; so does what cannot be read.
 */
export async function pruneRuns(stateDir: string, maxBytes: number): Promise<Pruned> {
  const { runs } = await listRuns(stateDir);
  const before = runs.reduce((sum, { bytes }) => sum + bytes, 0);
  let after = before;
  const removed: RunSummary[] = [];
  for (const run of runs.toReversed()) {
    if (after <= maxBytes) break;
    if (run.cause === null) continue;
    await rm(dirname(run.journal), { recursive: true, force: true });
    after -= run.bytes;
    removed.push(run);
  }
  return { removed, before, after };
}
