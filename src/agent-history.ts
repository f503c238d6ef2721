import type { IterationRecord } from './journal/format.ts';
import type { Resumption } from './journal/resume.ts';
import type {
  BoxChanges,
  Decision,
  LastResult,
  Output,
  Surroundings,
  Turn,
  TurnFacts,
  Verdict,
} from './machine/types.ts';
import { describeBoxChanges } from './protocol/box-changes.ts';

/** A run's past, as its model is shown it. It is told each iteration when the journal has it. */
export interface Memory {
  add(record: IterationRecord): void;
  /** What came of the newest iteration; null before the first. */
  last(): LastResult | null;
  /** The newest turns, oldest first. */
  turns(): readonly Turn[];
  /** How many turns there were before those. */
  earlierTurns(): number;
  /** What turns have left behind, for those that are no longer shown. */
  facts(): readonly TurnFacts[];
}

/** What one iteration has gathered so far, and the chart's context is too small for. */
export interface IterationInProgress {
  surroundings: Surroundings;
  answer: string | null;
  note: string;
  verdict: Verdict | null;
  output: Output;
  message: string | null;
  changes: BoxChanges;
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
    changes: { added: [], changed: [], removed: [], isPartial: false },
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
export function createHistory(size: number, past?: HistoryMemory): Memory & { keep(): HistoryMemory } {
  let turns: Turn[] = [...(past?.turns ?? [])];
  let earlierTurns = past?.earlierTurns ?? 0;
  let lastRecord: IterationRecord | null = past?.last ?? null;
  let facts: readonly TurnFacts[] = past?.facts ?? [];
  return {
    keep: () => ({ turns: [...turns], earlierTurns, last: lastRecord, facts }),
    facts: () => facts,
    turns: () => turns,
    earlierTurns: () => earlierTurns,
    last: () =>
      lastRecord && {
        decision: lastRecord.decision,
        outcome: lastRecord.outcome,
        output: lastRecord.output,
        message: lastRecord.message,
      },
    add(record) {
      lastRecord = record;
      if (record.decision) {
        facts = [...facts.slice(1 - MAX_FACTS), factsOf(record, record.decision, earlierTurns + turns.length)];
        turns.push({ surroundings: record.surroundings, decision: record.decision });
      }
      if (turns.length <= 4 * size) return;
      earlierTurns += turns.length - 2 * size;
      turns = turns.slice(-2 * size);
    },
  };
}

/** A history as plain JSON: another process goes on with it. */
export interface HistoryMemory {
  readonly turns: readonly Turn[];
  readonly earlierTurns: number;
  readonly last: IterationRecord | null;
  readonly facts: readonly TurnFacts[];
}

/** Turns whose facts are kept: more would not be told anyway. */
const MAX_FACTS = 200;

function factsOf({ outcome, output, message, changes }: IterationRecord, decision: Decision, turn: number): TurnFacts {
  const isDirectory = (name: string) => name.endsWith('/');
  const isCheck = outcome.code === 'check-failed';
  const why = outcome.code ?? `exit ${outcome.exitCode}`;
  const detail = firstLine(outcome.code === 'command-denied' ? (message ?? '') : output.stderr);
  const hasFailed =
    decision.action === 'RUN' && (outcome.kind === 'failure' || (outcome.kind === 'setback' && detail !== ''));
  return {
    turn,
    made: [...changes.added.filter((name) => !isDirectory(name)), ...changes.changed],
    removed: changes.removed.filter((name) => !isDirectory(name)),
    failed: hasFailed
      ? `${firstLine(decision.command)} (${[why, detail].filter((part) => part !== '').join(': ')})`
      : null,
    check: isCheck ? firstLine((message ?? '').split('\n').slice(1).join('\n') || (message ?? '')) : null,
  };
}

function firstLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
