import type { IterationRecord } from './journal/format.ts';
import type { LastResult, Output, Surroundings, Turn, Verdict } from './machine/types.ts';

/** What one iteration has gathered so far, and the chart's context is too small for. */
export interface IterationInProgress {
  surroundings: Surroundings;
  answer: string | null;
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
    verdict: null,
    output: { stdout: '', stderr: '' },
    message: null,
    tokens: { evaluated: 0, generated: 0 },
  };
}

/**
 * The turns that the model is shown again. They grow to twice the size and are then cut to it: a window that slides by
 * one would change the whole prompt each time and throw away what the model has evaluated (notes/model.md, B2).
 */
export function createHistory(size: number) {
  let turns: Turn[] = [];
  let lastRecord: IterationRecord | null = null;
  return {
    turns: (): readonly Turn[] => turns,
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
      if (turns.length > 2 * size) turns = turns.slice(-size);
    },
  };
}
