/**
 * The vocabulary of gyre. Read this file first: everything else speaks in these words.
 * All of it is plain JSON, because the chart's context and the journal are made of it.
 */

// ---- What the model decides --------------------------------------------------------------------------------------

/** One well-formed answer of the model. A *decision* has an *action*; what the shell runs is a *command*. */
export type Decision =
  | { readonly action: 'RUN'; readonly command: string; readonly note: string }
  /** `sleepMs` is between 0 and 600,000; null means the loop interval. */
  | { readonly action: 'SLEEP'; readonly sleepMs: number | null; readonly note: string }
  | { readonly action: 'STOP'; readonly note: string };

/** What the policy says of one command. Every command gets one; a missing rule means deny. */
export type Verdict =
  | { readonly kind: 'allow' }
  | {
      readonly kind: 'deny';
      /** The rule's id, such as `denied-program`. */
      readonly rule: string;
      /** One sentence for the person. */
      readonly reason: string;
      /** For the model: what, why, what to do instead, that it is final. */
      readonly advice: string;
      /** The part of the command that the rule fired on, when there is one. */
      readonly part?: string;
    };

// ---- What came of it ---------------------------------------------------------------------------------------------

/** Why an iteration counts as a failure. */
export type FailureCode =
  | 'malformed-decision'
  | 'command-denied'
  | 'timeout'
  | 'limit'
  | 'model-error'
  | 'check-failed'
  | 'interrupted';

/**
 * How an iteration ended. `ok` resets the failure counter, `setback` (a command with another exit code than 0)
 * neither resets nor counts, `failure` counts.
 */
export interface Outcome {
  readonly kind: 'ok' | 'setback' | 'failure';
  /** Only with `failure`. */
  readonly code?: FailureCode;
  /** A person said no: a failure that does not count. */
  readonly byPerson?: true;
  /** Null without a command, and when gyre killed it. 128 + N when the command died by signal N. */
  readonly exitCode: number | null;
  /** Names the signal only when gyre killed the command. */
  readonly signal?: string;
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** What an agent sees of a command or a check: cleaned, cut to 32 KiB each. It never enters the chart's context. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Tokens that a model evaluated (prompt) and generated. */
export interface Tokens {
  readonly evaluated: number;
  readonly generated: number;
}

/** How a thought went. It is kept for people to look at, and nothing depends on it. */
export interface ThoughtEffort {
  /** The whole prompt; what was not evaluated of it was still there from before. */
  readonly promptTokens: number;
  /** Generated, while the answer was written. */
  readonly tokensPerSecond: number;
}

// ---- What the model sees ------------------------------------------------------------------------------------------

/** What came of the iteration before, as the model is told. */
export interface LastResult {
  /** Null when the answer was no well-formed decision. */
  readonly decision: Decision | null;
  readonly outcome: Outcome;
  readonly output: Output;
  /** What else the model must know: the policy's advice, what was malformed, what the check said. Already cleaned. */
  readonly message: string | null;
}

/** The world as one iteration saw it. Frozen with the iteration, so that a prompt only ever grows at its end. */
export interface Surroundings {
  /** Relative to the box: '' is the box itself. */
  readonly workingDirectory: string;
  /** Names under the working directory, directories with a trailing slash; cleaned and cut. */
  readonly files: readonly string[];
  /** Names that were left out of `files`. */
  readonly filesOmitted: number;
  readonly last: LastResult | null;
  /** What the watchdog has to say of the iterations before. */
  readonly nudge?: string;
  /** What a person has said to the agent since the iteration before; cleaned. */
  readonly said?: readonly string[];
}

/** One iteration of the past, as the model is shown it again. Iterations without a decision leave no turn. */
export interface Turn {
  readonly surroundings: Surroundings;
  readonly decision: Decision;
}

/** What a turn has left behind, in few words: it is told when the turn itself is no longer shown. */
export interface TurnFacts {
  /** Which turn of the run, from 0. */
  readonly turn: number;
  /** Names of files that it added or changed, and that it removed. */
  readonly made: readonly string[];
  readonly removed: readonly string[];
  /** What failed, and why; null when nothing did. */
  readonly failed: string | null;
  /** What the check said; null when it was not asked, or passed. */
  readonly check: string | null;
}

// ---- How a run ends ----------------------------------------------------------------------------------------------

export type RunStatus = 'completed' | 'stopped' | 'exhausted' | 'stuck' | 'failed';

/** Who or what asked a run to stop. */
export type StopCause = 'sigint' | 'sigterm' | 'stop-file' | 'autonomy-disabled' | 'stop-command' | 'person';

export type FailedCause =
  | 'consecutive-failures'
  | 'model-unavailable'
  | 'sandbox-unavailable'
  | 'journal-unwritable'
  | 'internal';

/** The first ending wins; only `journal-unwritable` replaces another. */
export type Ending =
  | { readonly status: 'completed'; readonly cause: 'agent-stop' | 'check-passed' }
  | { readonly status: 'stopped'; readonly cause: StopCause }
  | { readonly status: 'exhausted'; readonly cause: 'max-iterations' | 'max-duration' | 'max-total-tokens' }
  | { readonly status: 'stuck'; readonly cause: 'watchdog' }
  | { readonly status: 'failed'; readonly cause: FailedCause };

// ---- The chart's own data ----------------------------------------------------------------------------------------

/** Limits of a run. Null means none. */
export interface Limits {
  readonly maxIterations: number | null;
  readonly maxConsecutiveFailures: number | null;
  /** From the start of the run, pauses included. */
  readonly maxDurationMs: number | null;
  /** Evaluated + generated; judged after each iteration. */
  readonly maxTotalTokens: number | null;
}

/** How far the watchdog has gone. The level is mirrored in context because an invoke's input cannot see a sibling region. */
export type WatchdogLevel = 'calm' | 'suspicious' | 'nudged' | 'diversifying' | 'givingUp';

/** Repeats in a row at which the watchdog acts, each more than the one before; it is suspicious at 2. Null: it never gives up. */
export interface Patience {
  readonly nudgeAfter: number;
  readonly diversifyAfter: number;
  readonly giveUpAfter: number | null;
}

/** What a run is told at its start and never changes. */
export interface AgentInput {
  readonly runId: string;
  readonly goal: string;
  readonly limits: Limits;
  readonly patience: Patience;
  /** Milliseconds between two iterations. */
  readonly loopIntervalMs: number;
  /** A check command decides whether the goal is reached. */
  readonly hasCheck: boolean;
  /** The check is also tried after each command. */
  readonly checkEach: boolean;
  /** A person says yes to each command. */
  readonly approve: boolean;
  /** Somebody can answer a question. */
  readonly isPersonThere: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Where the run stood when it is resumed; none of it counts towards the limits. Absent in a new run. */
  readonly before?: RunBefore;
}

/** How far a run had come before it was resumed. */
export interface RunBefore {
  /** Whose records are durable. */
  readonly iterations: number;
  readonly tokens: Tokens;
  readonly workingDirectory: string;
}

export interface AgentContext extends AgentInput {
  /** The current iteration, from 1; 0 before the first. */
  readonly iteration: number;
  /** Iterations whose record is durable. */
  readonly saved: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly tokens: Tokens;
  /** The shell's working directory, relative to the box: '' is the box itself. */
  readonly workingDirectory: string;
  /** What the model wrote, until the validator has read it. */
  readonly answer: string | null;
  readonly decision: Decision | null;
  readonly outcome: Outcome | null;
  /** When the latest wait ends or ended, in milliseconds since the epoch; null before the first of an iteration. */
  readonly waitUntilMs: number | null;
  readonly ending: Ending | null;
  readonly pauseAsked: boolean;
  readonly watchdogLevel: WatchdogLevel;
}

/** Events that people and services send. Actors' answers (`xstate.done.actor.*`) come beside them. */
export type AgentEvent =
  | { readonly type: 'user.stop'; readonly cause: StopCause }
  | { readonly type: 'user.pause' }
  | { readonly type: 'user.goOn' }
  | { readonly type: 'user.approve'; readonly iteration: number }
  | { readonly type: 'user.deny'; readonly iteration: number }
  /** Raised by the chart itself after each iteration; 0 repeats means movement. */
  | { readonly type: 'progress.judged'; readonly repeats: number };

/** A run's last word. */
export type AgentOutput = Ending & { readonly iterations: number; readonly tokens: Tokens };

/** What the user interface may ask of a state; it never asks for a state's name. */
export type AgentTag = 'busy' | 'needsPerson' | 'ended';

// ---- The actors: what each is given and answers -------------------------------------------------------------------

/** Whichever of the two comes first ends the wait: one that a clock of another process began cannot be stretched. */
export interface Wait {
  /** Milliseconds since the epoch; null waits until the state is left. */
  readonly untilMs: number | null;
  /** Milliseconds from now. */
  readonly atMostMs: number | null;
}

/**
 * The contract between the chart and its services. An actor resolves a value, also for what went wrong; a rejection is
 * a bug and ends the run as `failed`, `internal`. When its state is left its signal is aborted, and its answer is
 * dropped: whatever must survive that is for `closeRun` to collect.
 */
export interface AgentActors {
  /** Opens journal, sandbox and model, in this order; the first that fails decides. */
  openRun: { input: { runId: string }; output: { ok: true } | { ok: false; ending: Ending } };
  /** Runs the check command in the jail. */
  runCheck: { input: { iteration: number }; output: { passed: boolean } };
  /** Reads what the model will see: the listing of the working directory. */
  readSurroundings: { input: { iteration: number; workingDirectory: string; level: WatchdogLevel }; output: null };
  /** Asks the model for its next answer. A model that fails answers `ok: false`. */
  think: {
    input: { iteration: number; level: WatchdogLevel };
    output:
      | { ok: true; answer: string; tokens: Tokens; effort?: ThoughtEffort }
      | { ok: false; message: string; tokens: Tokens };
  };
  /** Reads the answer and rules on its command. Pure; `atMs` is the time of the ruling. `verdict` is null without a command. */
  validate: {
    input: { iteration: number; answer: string };
    output:
      | { decision: Decision; verdict: Verdict | null; atMs: number }
      | { decision: null; verdict: null; atMs: number; problem: string };
  };
  /** Writes the intent, runs the command, and answers its outcome. `ok: false`: the intent could not be written and nothing was run. */
  runCommand: {
    input: { iteration: number; command: string; workingDirectory: string };
    output: { ok: true; outcome: Outcome; workingDirectory: string } | { ok: false };
  };
  sleepUntil: { input: Wait; output: null };
  /** Judges the iteration's progress: how often it repeats what was done before. */
  observe: {
    input: {
      iteration: number;
      decision: Decision | null;
      outcome: Outcome;
      workingDirectory: string;
      level: WatchdogLevel;
    };
    output: { repeats: number };
  };
  /** Makes the iteration's record durable. `atMs` is the time it was. */
  saveIteration: {
    input: { iteration: number; decision: Decision | null; outcome: Outcome; workingDirectory: string };
    output: { ok: true; atMs: number } | { ok: false };
  };
  awaitRest: { input: Wait; output: null };
  awaitDeadline: { input: Wait; output: null };
  awaitPerson: { input: Wait; output: null };
  /**
   * Ends whatever is half open, within its own deadline: kills command and model, saves an iteration in progress
   * (`outcome` as it is, or `interrupted`), writes the ending.
   */
  closeRun: {
    input: {
      iteration: number;
      saved: number;
      decision: Decision | null;
      outcome: Outcome | null;
      workingDirectory: string;
      ending: Ending;
      tokens: Tokens;
    };
    output: { saved: number };
  };
}

// ---- What a run tells: the lines of `gyre run --json` -------------------------------------------------------------

/** How the box differs from what it was at the start of the run. Paths are relative to the box and cleaned. */
export interface BoxChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** There were more entries than are looked at, so something may be missing here. */
  readonly isPartial: boolean;
}

/** What went wrong, with the next thing to type. */
export interface Problem {
  readonly message: string;
  readonly hint?: string;
}

/** One line of the run's story, without the `time` and `runId` that every line carries. The contract is in cli.md. */
export type RunEvent =
  | {
      readonly type: 'run.started';
      readonly goal: string;
      /** Null: not known when the run ended. */
      readonly model: {
        readonly name: string;
        readonly file: string;
        /** By name. Null: none is used. */
        readonly adapter: string | null;
        readonly summary: string;
      } | null;
      readonly sandbox: string | null;
      readonly sandboxSummary: string | null;
      readonly sandboxDir: string;
      readonly limits: Limits;
      /** Null: there is none, because the run ended before. */
      readonly journal: string | null;
    }
  | { readonly type: 'iteration.started'; readonly iteration: number }
  | {
      readonly type: 'decision.made';
      readonly iteration: number;
      readonly action: 'RUN' | 'SLEEP' | 'STOP';
      readonly command?: string;
      readonly sleepMs?: number;
      readonly note: string;
      readonly verdict?: 'allow' | 'deny';
      readonly reason?: string;
      readonly rule?: string;
    }
  | {
      readonly type: 'iteration.saved';
      readonly iteration: number;
      readonly outcome: Outcome & Output;
      readonly message: string | null;
    }
  | {
      readonly type: 'watchdog.moved';
      readonly iteration: number;
      readonly level: WatchdogLevel;
      readonly repeats: number;
    }
  | { readonly type: 'notice'; readonly message: string }
  /** Whoever has the address may watch and steer the run. */
  | { readonly type: 'inspector.opened'; readonly url: string; readonly statelyUrl: string | null }
  | ({
      readonly type: 'run.ended';
      readonly exitCode: number;
      readonly iterations: number;
      readonly durationMs: number;
      readonly tokens: Tokens;
      readonly changes: BoxChanges;
      readonly journal: string | null;
      readonly problem: Problem | null;
    } & Ending);

/** A line as it is printed: when it was (ISO 8601), and in which run. */
export type RunLine = RunEvent & { readonly time: string; readonly runId: string };

/** What a person watches and nobody keeps. */
export type RunProgress =
  | { readonly type: 'opening'; readonly what: 'sandbox' | 'model'; readonly fraction: number | null }
  /** The chart moved. `label` says in one word what the agent is at. */
  | {
      readonly type: 'moved';
      readonly label: string;
      readonly tags: readonly AgentTag[];
      readonly context: AgentContext;
    }
  | { readonly type: 'text'; readonly text: string };

/** The decision that a model is writing: all of its text until now. */
export interface Writing {
  readonly iteration: number;
  readonly text: string;
}

/** The exit code of `run` and `resume`. */
export function exitCodeOf({ status, cause }: Ending): number {
  switch (status) {
    case 'completed':
      return 0;
    case 'failed':
      return 1;
    case 'exhausted':
      return 3;
    case 'stuck':
      return 4;
    case 'stopped':
      return cause === 'sigterm' ? 143 : 130;
  }
}

/** Exhaustiveness: a `switch` that reaches this at run time has met a value its types said could not be. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value ${JSON.stringify(value)}.`);
}
