/**
 * A goal of everyday shell work and the decisions that reach it, one after another. What one step prints is what the
 * next one is shown. The test in test/security runs every command and compares each listing and each output.
 */
export interface Scene {
  readonly goal: string;
  /** What went wrong before the first step: shown as its last result, and never as an answer to copy. */
  readonly before?: Failure;
  readonly steps: readonly Step[];
}

/**
 * `files` is the listing that the step sees, names separated by `, `. A command without a word about it prints nothing
 * and exits with 0. Outputs leave out their final newline.
 */
export type Step =
  | readonly [files: string, action: 'RUN', command: string, note: string, stdout?: string, exitCode?: number]
  | readonly [files: string, action: 'SLEEP', sleepMs: number, note: string]
  | readonly [files: string, action: 'STOP', note: string];

export type Failure = { readonly run: string } & (
  | { readonly exitCode: number; readonly stderr: string }
  /** What the policy said, or how it began. */
  | { readonly denied: string }
  /** What it had printed when it was killed. */
  | { readonly timeout: string }
);
