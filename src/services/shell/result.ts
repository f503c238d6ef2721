import { cleanText } from '../../protocol/untrusted.ts';
import { nextDirectory } from './prelude.ts';
import type { ProcessResult } from './process.ts';
import type { CommandRequest, CommandResult } from './shell.ts';

/** What the port promises, from what became of the process. */
export function resultOf(result: ProcessResult, request: CommandRequest, box: string): CommandResult {
  const { ending, exitCode, signal, stdout, stderr, truncated, durationMs } = result;
  if (ending === 'exited' && !result.hasBegun) {
    const reason = result.problem ?? (stderr.trim() || `the shell ended with exit code ${exitCode} before it began`);
    return refuse(request, reason, durationMs);
  }
  const before = request.workingDirectory;
  const workingDirectory = ending === 'exited' ? nextDirectory(result.report, box, before) : before;
  const common = { ending, exitCode, signal, stdout, stderr, truncated, durationMs, workingDirectory };
  return result.reason === null ? common : { ...common, reason: result.reason };
}

/** The answer for a command that could not be started. */
export function refuse(request: CommandRequest, reason: string, durationMs = 0): CommandResult {
  const stderr = `The command could not be started: ${cleanText(reason)}\n`;
  return { ...interrupted(request), ending: 'limit', signal: null, stderr, durationMs };
}

/** The answer for a command that was stopped before it was started. */
export function interrupted({ workingDirectory }: CommandRequest): CommandResult {
  return {
    ending: 'interrupted',
    exitCode: null,
    signal: 'SIGKILL',
    stdout: '',
    stderr: '',
    truncated: false,
    durationMs: 0,
    workingDirectory,
  };
}
