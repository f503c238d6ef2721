import type { StopCause } from '../machine/types.ts';

/** What a person asks of a run of the fleet. */
export type FleetOrder =
  | { readonly do: 'stop'; readonly cause: StopCause }
  | { readonly do: 'pause' }
  | { readonly do: 'go-on' }
  | { readonly do: 'say'; readonly text: string };

/** An order as the mailbox has it: when it came, in milliseconds since the epoch. */
export interface Letter {
  readonly atMs: number;
  readonly order: FleetOrder;
}

/** Work that was begun and may not have ended. */
export interface Pending<T> {
  readonly name: string;
  /** Of the engine; nobody else looks into it. */
  readonly handle: unknown;
  readonly _result?: T;
}

/** What came first. */
export type Came<T> =
  | { readonly what: 'result'; readonly result: T }
  | { readonly what: 'letters'; readonly letters: readonly Letter[] }
  /** The moment that was named has come. */
  | { readonly what: 'time' };

/**
 * What the driver needs of an engine that keeps what was done: whoever goes on with an invocation is told the same answers
 * in the same order, and begins only what has no answer yet. So everything between two calls must be computed from
 * these answers alone.
 */
export interface Steps {
  /**
   * Begins work whose result is kept. A crash before that begins it again: the work itself must bear it. When it rejects,
   * the engine tries again later, here or elsewhere.
   */
  begin<T>(name: string, work: () => Promise<T>): Pending<T>;
  /** Waits for its result, for letters, or for a moment (milliseconds since the epoch; null: none). */
  first<T>(pending: Pending<T>, untilMs: number | null): Promise<Came<T>>;
  /** Milliseconds since the epoch, kept as every answer. */
  now(): Promise<number>;
}
