import type { Surroundings, ThoughtEffort, Tokens, Turn, TurnFacts } from '../../machine/types.ts';

/** What a model needs to decide what to do next. */
export interface ThoughtRequest {
  /** From 1. A scripted model answers by it. */
  readonly iteration: number;
  readonly goal: string;
  /** The run's past, oldest first. The model service cuts it to what its window holds. */
  readonly turns: readonly Turn[];
  /** How many turns there were before these; 0 when these are all. */
  readonly earlierTurns: number;
  /** What the run's turns have left behind; told of those that are not shown. Default: none. */
  readonly facts?: readonly TurnFacts[];
  readonly surroundings: Surroundings;
  /** What is left of the run's limits, in words; null when there are none. It changes every time, so it stands last. */
  readonly budget: string | null;
  /** The run goes in circles: what has been tried until now is not to be tried again. */
  readonly isDiversifying: boolean;
}

/** `answer` is raw text for the decision parser; nothing about it is promised. Failures are values. */
export type Thought =
  | { readonly ok: true; readonly answer: string; readonly tokens: Tokens; readonly effort?: ThoughtEffort }
  | { readonly ok: false; readonly message: string; readonly tokens: Tokens };

export interface ModelDescription {
  /** A catalogue name, a file name, or `script`. */
  readonly name: string;
  /** The file that is read, absolute. */
  readonly file: string;
  /** The adapter that is used with it. Absent or null: none. */
  readonly adapter?: string | null;
  /** For the person, such as `qwen2.5-coder-1.5b (1.1 GB, 2 threads)` or `script (no model is thinking)`. */
  readonly summary: string;
}

/** A mind. Thinks one thought at a time; `think` never throws, and settles soon after its signal is aborted. */
export interface Model {
  readonly description: ModelDescription;
  /**
   * @param options.timeoutMs after this the thought is given up: `ok: false`
   * @param options.onText called with each piece of text as it is generated, tags included. Where the model decides a
   *   second time, the last decision is the answer
   */
  think(
    request: ThoughtRequest,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly onText: (text: string) => void },
  ): Promise<Thought>;
  /** Lets go of memory and processes, by force if need be. Never throws; may be called twice. */
  close(): Promise<void>;
}
