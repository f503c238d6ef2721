import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
  const sizes = new Map<RunSummary, number>();
  for (const run of runs) sizes.set(run, await bytesOf(dirname(run.journal)));
  const before = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  let after = before;
  const removed: RunSummary[] = [];
  for (const run of runs.toReversed()) {
    if (after <= maxBytes) break;
    if (run.cause === null) continue;
    await rm(dirname(run.journal), { recursive: true, force: true });
    after -= sizes.get(run) ?? 0;
    removed.push(run);
  }
  return { removed, before, after };
}

async function bytesOf(dir: string): Promise<number> {
  const names = await readdir(dir).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        (stats) => stats.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
