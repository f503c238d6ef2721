import type { Output } from '../../machine/types.ts';

export type SandboxKind = 'bubblewrap' | 'seatbelt' | 'simulated' | 'none';

export interface CommandRequest {
  /** Text for bash. Nothing about it is trusted. */
  readonly command: string;
  /** Relative to the box; '' is the box itself, which is also used when the directory is gone. */
  readonly workingDirectory: string;
  /** After this the whole process tree is killed. */
  readonly timeoutMs: number;
  /** Aborted: the whole process tree is killed, at once. */
  readonly signal: AbortSignal;
  /**
   * A directory to mount read-only for this command alone: at `/check`, and at its own path where the jail has nothing
   * of its own. Absolute.
   */
  readonly checkDir?: string;
  /** Another command is likely to follow: what that one needs may be started while this one runs. */
  readonly expectsMore?: boolean;
  /** The command is a person's own: programs that are denied may run. The jail is the same. */
  readonly isPersons?: boolean;
}

/** Success, failure and violence share one shape. */
export interface CommandResult extends Output {
  /** `exited`: by itself. Else gyre killed it: out of time, over a limit, or because the signal was aborted. */
  readonly ending: 'exited' | 'timeout' | 'limit' | 'interrupted';
  /** 128 + N when it died by signal N by itself; null when it did not end by itself, or went over a limit. */
  readonly exitCode: number | null;
  /** The signal gyre killed it with, also when it was interrupted before it was started; null otherwise. */
  readonly signal: string | null;
  /** With `limit`: which one, as a sentence for the model. */
  readonly reason?: string;
  /** `stdout` or `stderr` was cut. */
  readonly truncated: boolean;
  readonly durationMs: number;
  /**
   * Where the next command starts, relative to the box. Unchanged after a kill, when the command ended outside of the
   * box, and when its shell did not live to tell (`exec`). It may be any text: a command chooses its directories' names.
   */
  readonly workingDirectory: string;
}

/** A shell in a jail. Runs one command at a time; nothing of a command is alive once its result is there. */
export interface Shell {
  readonly kind: SandboxKind;
  /** For the person: what this jail promises, in one line. */
  readonly summary: string;
  /** Never throws: a jail that cannot start a command answers `limit` with the reason on `stderr`. */
  run(request: CommandRequest): Promise<CommandResult>;
  /** Kills what is running. Never throws; may be called twice. */
  close(): Promise<void>;
}
