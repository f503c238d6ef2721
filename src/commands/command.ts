import type { Config, SettingName } from '../config.ts';

/** Where text goes: a terminal, a file, a pipe, or a test. */
export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Of the terminal, at this moment. */
  readonly columns: number;
  /** Calls back after each change of `columns`. Returns a function that ends it. */
  onResize?(listener: () => void): () => void;
}

/** The keyboard of the person at the terminal. */
export interface Keyboard {
  /** Calls back with each key: a character, or a name such as `escape`. Returns a function that stops. */
  listen(onKey: (key: string) => void): () => void;
}

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Everything a command may touch of the process it runs in. */
export interface Io {
  /** For data. */
  readonly out: Sink;
  /** For people, when standard output holds data. */
  readonly err: Sink;
  /** Null without a terminal. */
  readonly keyboard: Keyboard | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly workingDir: string;
  readonly useColor: boolean;
  /** Takes over what a signal does. Returns a function that gives it back. */
  onSignal(handler: (signal: SignalName) => void): () => void;
  /** Ends the process at once, without order. */
  exit(code: number): never;
}

export interface Invocation {
  readonly words: readonly string[];
  /** Flags that are no settings, such as `json`, with their text; one without a value holds ''. */
  readonly flags: ReadonlyMap<string, string>;
  readonly isJson: boolean;
  readonly config: Config;
  /** The settings file that was named, and the directory of the usual one. */
  readonly configDirs: readonly string[];
  readonly io: Io;
}

export interface Command {
  readonly name: string;
  /** What follows `gyre NAME` on the usage line. */
  readonly usage: string;
  /** More than the summary, for `--help`. */
  readonly about: string;
  readonly settings: readonly SettingName[];
  readonly flags: readonly CommandFlag[];
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** At most so many words besides flags. */
  readonly maxWords: number;
  /** Words are taken after `--` only, and all of them. */
  readonly takesCommandLine?: true;
  /** Answers the exit code. */
  run(invocation: Invocation): Promise<number>;
}

export interface CommandFlag {
  readonly name: string;
  /** The name of its value; without one it is a switch. */
  readonly value?: string;
  readonly about: string;
}

export const plainFlag: CommandFlag = {
  name: 'plain',
  about: 'Words instead of signs, no colour and no line that changes: for screen readers.',
};

export const jsonFlag: CommandFlag = {
  name: 'json',
  about: 'JSON on standard output, everything for people on standard error.',
};
