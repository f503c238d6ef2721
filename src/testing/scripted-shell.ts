import type { CommandRequest, CommandResult, Shell } from '../services/shell/shell.ts';

/** What a command comes to. What is left out is as if it had gone well: exit code 0, nothing printed, 1 ms. */
export type ScriptedResult = Partial<CommandResult>;

export interface ScriptedShell extends Shell {
  /** The commands that were run, in order. */
  readonly commands: readonly string[];
}

/**
 * A shell that runs nothing: each command comes to what the script says of it. A command that the script does not know
 * fails as it does in bash, with exit code 127.
 */
export function openScriptedShell(
  results: Readonly<Record<string, ScriptedResult>> | ((command: string) => ScriptedResult | undefined),
): ScriptedShell {
  const commands: string[] = [];
  const resultOf = typeof results === 'function' ? results : (command: string) => results[command];
  return {
    kind: 'simulated',
    summary: 'script (no command is run)',
    commands,
    async run({ command, workingDirectory }: CommandRequest) {
      commands.push(command);
      const usual = { ending: 'exited', signal: null, truncated: false, durationMs: 1, workingDirectory } as const;
      const known = resultOf(command);
      if (known !== undefined) return { ...usual, exitCode: 0, stdout: '', stderr: '', ...known };
      return { ...usual, exitCode: 127, stdout: '', stderr: `bash: ${command}: not in the script\n` };
    },
    async close() {},
  };
}
