import type {
  AgentInput,
  BoxChanges,
  Decision,
  Ending,
  Limits,
  Outcome,
  Output,
  Problem,
  Surroundings,
  Tokens,
  Verdict,
} from '../machine/types.ts';

/** Raised when a record changes its meaning. A journal of another schema is named as such and never guessed at. */
export const JOURNAL_SCHEMA = 3;

/** The first line of every journal. */
export interface JournalHeader {
  readonly type: 'run.opened';
  readonly schema: number;
  readonly machineVersion: number;
  readonly gyreVersion: string;
  readonly runId: string;
  /** ISO 8601, as in every record. */
  readonly time: string;
  readonly goal: string;
  readonly sandboxDir: string;
  readonly limits: Limits;
  /** The settings as they were in force. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the chart was started with. */
  readonly input: AgentInput;
  /** Hash of the chart's state at its start, as `hashState` makes it. */
  readonly state: string;
  /** The run whose first iterations this one begins with; they follow as its own. */
  readonly from?: { readonly runId: string; readonly iterations: number };
}

/** An event of a person or the answer of an actor (`xstate.done.actor.NAME`, `xstate.error.actor.NAME`), as plain JSON. */
export interface ChartInput {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** One iteration, whole. It is durable before anybody is told of it. */
export interface IterationRecord {
  readonly type: 'iteration.saved';
  readonly time: string;
  readonly iteration: number;
  readonly surroundings: Surroundings;
  /** Null when the answer was no well-formed decision, or there was none. */
  readonly decision: Decision | null;
  /** The answer, cut, when it was no decision. */
  readonly answer: string | null;
  readonly verdict: Verdict | null;
  readonly outcome: Outcome;
  readonly output: Output;
  /** What else the model is told of it. */
  readonly message: string | null;
  /** How the box differs from what it was before it; up to 50 names of each kind. */
  readonly changes: BoxChanges;
  /** Where the next command starts, relative to the box. */
  readonly workingDirectory: string;
  /** Of the whole run so far. */
  readonly tokens: Tokens;
}

/** A person goes on with the run, in another process. The chart was started anew. */
export interface RunResumed {
  readonly type: 'run.resumed';
  readonly time: string;
  readonly gyreVersion: string;
  readonly machineVersion: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly limits: Limits;
  readonly input: AgentInput;
  readonly state: string;
  /** How the box differs from what it was when gyre last saw it; null: that is not known. */
  readonly boxChanges: BoxChanges | null;
}

export type JournalRecord =
  | JournalHeader
  | {
      readonly type: 'run.ready';
      readonly time: string;
      readonly model: {
        readonly name: string;
        readonly file: string;
        /** By name. Null: none was used; absent in journals of a gyre that could use none. */
        readonly adapter?: string | null;
      };
      readonly sandbox: string;
    }
  /** Durable before the command starts. Without an outcome after it, nobody knows how far the command came. */
  | {
      readonly type: 'command.intended';
      readonly time: string;
      readonly iteration: number;
      readonly command: string;
      readonly workingDirectory: string;
      /** What the iteration's record will say of it: with them, an iteration that was cut off can be told whole. */
      readonly surroundings: Surroundings;
      readonly note: string;
      readonly tokens: Tokens;
    }
  | IterationRecord
  | RunResumed
  /** A person's words for the agent, as they were taken. They stand in the next iteration's surroundings. */
  | { readonly type: 'person.said'; readonly time: string; readonly text: string }
  /** Written when the chart has taken it; on the disk with the next record that is waited for. */
  | {
      readonly type: 'chart.moved';
      readonly time: string;
      readonly event: ChartInput;
      /** Hash of the chart's state after it. */
      readonly state: string;
    }
  | ({
      readonly type: 'run.ended';
      readonly time: string;
      readonly iterations: number;
      readonly durationMs: number;
      readonly tokens: Tokens;
      readonly changes: BoxChanges;
      readonly problem: Problem | null;
    } & Ending);
