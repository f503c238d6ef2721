import { describeBoxChanges } from './agent-outcomes.ts';
import type { IterationRecord } from './journal/format.ts';
import type { Resumption } from './journal/resume.ts';
import type { BoxChanges, LastResult, Output, Surroundings, Turn, Verdict } from './machine/types.ts';

/** What one iteration has gathered so far, and the chart's context is too small for. */
export interface IterationInProgress {
  surroundings: Surroundings;
  answer: string | null;
  note: string;
  verdict: Verdict | null;
  output: Output;
  message: string | null;
  /** Of the whole run so far. */
  tokens: { evaluated: number; generated: number };
}

export function emptyIteration(): IterationInProgress {
  return {
    surroundings: { workingDirectory: '', files: [], filesOmitted: 0, last: null },
    answer: null,
    note: '',
    verdict: null,
    output: { stdout: '', stderr: '' },
    message: null,
    tokens: { evaluated: 0, generated: 0 },
  };
}

/**
 * The iterations that a resumed run begins with. What has happened to the box since is told with the last of them, where
 * the model looks for what came of it.
 */
export function pastOf(resumption: Resumption | null, boxChanges: BoxChanges | null): readonly IterationRecord[] {
  const saved = resumption?.saved ?? [];
  const last = saved.at(-1);
  const changed = boxChanges && describeBoxChanges(boxChanges);
  if (last === undefined || !changed) return saved;
  const message = last.message === null ? changed : `${last.message}\n${changed}`;
  return [...saved.slice(0, -1), { ...last, message }];
}

/**
 * The run's past as the model service needs it: the newest turns, at least twice `size` of them once there are so many.
 * Which of them are shown is the model's to choose; what is dropped here only bounds the memory of a long run.
 */
export function createHistory(size: number) {
  let turns: Turn[] = [];
  let earlierTurns = 0;
  let lastRecord: IterationRecord | null = null;
  return {
    turns: (): readonly Turn[] => turns,
    earlierTurns: () => earlierTurns,
    last: (): LastResult | null =>
      lastRecord && {
        decision: lastRecord.decision,
        outcome: lastRecord.outcome,
        output: lastRecord.output,
        message: lastRecord.message,
      },
    add(record: IterationRecord) {
      lastRecord = record;
      if (record.decision) turns.push({ surroundings: record.surroundings, decision: record.decision });
      if (turns.length <= 4 * size) return;
      earlierTurns += turns.length - 2 * size;
      turns = turns.slice(-2 * size);
    },
  };
}
