import type { HistoryMemory, IterationInProgress } from './agent-history.ts';
import type { ProgressMemory } from './agent-progress.ts';
import type { JournalRecord } from './journal/format.ts';
import type { Problem } from './machine/types.ts';
import type { BoxSnapshot } from './services/box/changes.ts';

/** What a run knows that the chart's context is too small for, as plain JSON: another process goes on with it. */
export interface RunMemory {
  readonly current: IterationInProgress;
  readonly judged: { readonly repeats: number; readonly nudge: string | null };
  /** What a person has said and no iteration has taken up. */
  readonly said: readonly string[];
  /** Iterations whose record is durable. */
  readonly saved: number;
  readonly problem: Problem | null;
  readonly history: HistoryMemory;
  readonly progress: ProgressMemory;
}

/** What one actor has left in a run's memory, as plain JSON: whoever has it need not do the same again. */
export interface Trace {
  /** What has changed of the iteration in progress. */
  readonly current: Partial<IterationInProgress>;
  readonly problem: Problem | null;
  readonly records: readonly JournalRecord[];
}

/** How the box was when it was looked at. It stays on its host. */
export interface BoxSight {
  /** At the start of the run. */
  before: BoxSnapshot | null;
  /** Last. */
  now: BoxSnapshot | null;
}

/** What has changed of an iteration between two looks at it: fields are replaced, never written into. */
export function changesOf(before: IterationInProgress, after: IterationInProgress): Partial<IterationInProgress> {
  const changed = Object.entries(after).filter(([key, value]) => before[key as keyof IterationInProgress] !== value);
  // The same keys, each with its own value.
  return Object.fromEntries(changed) as Partial<IterationInProgress>;
}
