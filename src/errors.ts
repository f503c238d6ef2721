/**
 * Everything gyre can refuse or fail at before or outside the chart. Inside the chart, actors resolve values instead.
 *
 * - `usage`: the command line cannot be understood (exit code 2)
 * - `settings`: one or more settings have a bad value (exit code 2)
 * - `sandbox-dir`: the box is refused (exit code 2)
 * - `unknown-run`: no run, or more than one, answers to the given name (exit code 2)
 * - `model-unavailable`: missing, damaged, unknown or too big
 * - `sandbox-unavailable`: no jail of the asked kind works here
 * - `journal-unwritable`: the state directory does not take what must be kept
 * - `journal-unreadable`: a journal is damaged, foreign or of another version
 * - `fleet-unavailable`: the engine of a fleet, or one of its packages, is not there
 * - `internal`: a bug of ours
 */
export type AgentErrorCode =
  | 'usage'
  | 'settings'
  | 'sandbox-dir'
  | 'unknown-run'
  | 'model-unavailable'
  | 'sandbox-unavailable'
  | 'journal-unwritable'
  | 'journal-unreadable'
  | 'fleet-unavailable'
  | 'internal';

/** The one error class of gyre. `message` says what happened, with the value; `hint` is the next thing to type. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;
  readonly hint: string | undefined;

  constructor(code: AgentErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'AgentError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The plain-JSON form in which an error crosses a process, the chart or the journal. */
export interface ErrorRecord {
  readonly code: AgentErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** Turns whatever was thrown into a record. Anything that is not an AgentError is `internal`. */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof AgentError) {
    return { code: thrown.code, message: thrown.message, ...(thrown.hint === undefined ? {} : { hint: thrown.hint }) };
  }
  return { code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown) };
}
