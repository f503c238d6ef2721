import type { IterationRecord } from '../journal/format.ts';
import type { BoxChanges, Limits, Problem, Tokens, Writing } from '../machine/types.ts';

/**
 * What a viewer of a run is told, in this order: one `hello`, then frames, from the run's first to now and on as it goes
 * on. Each is one JSON text in one WebSocket message; a run saved as a page holds a `Story` instead.
 */
export type Message =
  | Hello
  /** `isCatchingUp`: there are more that have happened already. */
  | { readonly type: 'frames'; readonly frames: readonly Frame[]; readonly isCatchingUp: boolean }
  | { readonly type: 'writing'; readonly writing: Writing }
  /** Whether the run is alive, whenever that changes. */
  | { readonly type: 'liveness'; readonly isLive: boolean }
  /** What came of the order with this number. */
  | { readonly type: 'answer'; readonly order: number; readonly ok: boolean; readonly message: string }
  /** What all journals hold of the chart, for whoever asked with this number. */
  | { readonly type: 'coverage'; readonly order: number; readonly coverage: Coverage }
  /** The journal can be read no further; the sentence says why. */
  | { readonly type: 'lost'; readonly message: string };

/** What a viewer may send; anything else ends its connection. `order` is a number of its own choosing. */
export type ViewerMessage = { readonly order: number } & (
  | { readonly do: 'stop' | 'pause' | 'go-on' }
  | { readonly do: 'say'; readonly text: string }
  /** Changes nothing; asks how often each part of the chart was used by all runs. */
  | { readonly do: 'count' }
);

/** How often each state was entered and each transition taken, by their ids; 0 for those that never were. */
export interface Coverage {
  /** So many runs were counted. */
  readonly runs: number;
  readonly states: Readonly<Record<string, number>>;
  readonly edges: Readonly<Record<string, number>>;
}

/** A whole run: what a page without a server shows. */
export interface Story {
  readonly hello: Hello;
  readonly frames: readonly Frame[];
}

export interface Hello {
  readonly type: 'hello';
  readonly runId: string;
  readonly goal: string;
  readonly gyreVersion: string;
  readonly sandboxDir: string;
  readonly startedAt: string;
  readonly limits: Limits;
  readonly isLive: boolean;
  /** Why something that one would expect here is missing; null when nothing is. */
  readonly note: string | null;
  readonly chart: Chart;
}

/** The statechart as it is drawn, and in words. */
export interface Chart {
  /**
   * An SVG without style: `chart.css` is its style. A state is a `<g>` whose `id` is the state's id; a transition's text
   * has its id in `data-edge`; a line has the ids of its transitions, separated by spaces, in `data-edges`.
   */
  readonly svg: string;
  readonly states: readonly ChartState[];
  readonly edges: readonly ChartLabel[];
}

export interface ChartState {
  readonly id: string;
  /** The last part of the id. */
  readonly name: string;
  readonly description: string;
  /** Null for the chart itself. */
  readonly parent: string | null;
  readonly isFinal: boolean;
}

export interface ChartLabel {
  readonly id: string;
  readonly source: string;
  readonly targets: readonly string[];
  /** It is taken as soon as its guard holds, without an event. */
  readonly isEventless: boolean;
  /** `done(think) [isSuccess]` */
  readonly label: string;
  /** Empty for one that no guard decides. */
  readonly guard: string;
  /** Its label, its actions and its description, in lines. */
  readonly explanation: string;
}

/** One thing that happened. All text in it comes from a model, a command or a person, and is data. */
export type Frame = {
  /** From 0, without gaps. */
  readonly index: number;
  /** ISO 8601. */
  readonly time: string;
  /** The one that was under way; 0 before the first. */
  readonly iteration: number;
} & (
  | Moved
  | {
      readonly kind: 'ready';
      readonly model: string;
      readonly sandbox: string;
    }
  | { readonly kind: 'intended'; readonly command: string; readonly workingDirectory: string }
  | ({ readonly kind: 'saved' } & SavedIteration)
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'resumed'; readonly boxChanges: BoxChanges | null }
  | {
      readonly kind: 'ended';
      readonly status: string;
      readonly cause: string;
      readonly iterations: number;
      readonly durationMs: number;
      readonly tokens: Tokens;
      readonly changes: BoxChanges;
      readonly problem: Problem | null;
    }
);

/** The chart took an event, or was started. */
export interface Moved {
  readonly kind: 'moved';
  /** As XState names it, such as `xstate.done.actor.think`; empty for the start. */
  readonly event: string;
  /** What came with the event, its type left out. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The ids of the transitions that were taken, in their order, eventless ones too. */
  readonly edges: readonly string[];
  /** The ids of all states that are active after it, outermost first. */
  readonly active: readonly string[];
  /** The parts of the context that are other than before; all of them at a start. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Guards that were asked, in their order. The last one that holds decided. */
  readonly guards: readonly { readonly name: string; readonly holds: boolean }[];
}

/** What the journal has of it, as far as it is shown. */
export interface SavedIteration
  extends Pick<
    IterationRecord,
    'decision' | 'answer' | 'verdict' | 'outcome' | 'output' | 'message' | 'changes' | 'workingDirectory'
  > {
  /** What the model saw of the directory. */
  readonly files: readonly string[];
  readonly filesOmitted: number;
  readonly nudge: string | null;
  /** What this iteration took. */
  readonly effort: Effort;
}

export interface Effort {
  readonly tokens: Tokens;
  /** The whole prompt, in tokens; what was not evaluated of it was reused. Null: not known, as with a script. */
  readonly promptTokens: number | null;
  /** Null: not known. */
  readonly tokensPerSecond: number | null;
  /** From the iteration's first event to its saving. */
  readonly durationMs: number;
}
