import { shellOptionsOf, validatorOf } from '../agent-services.ts';
import { AgentError } from '../errors.ts';
import type { Verdict } from '../machine/types.ts';
import { showUnseen } from '../protocol/untrusted.ts';
import { openShell } from '../services/shell/open-shell.ts';
import type { CommandResult } from '../services/shell/shell.ts';
import { boxOf, checkApproval } from './box.ts';
import { type Command, type Invocation, type Io, jsonFlag } from './command.ts';

export const exec: Command = {
  name: 'exec',
  usage: '[FLAGS] -- COMMAND',
  about:
    "Shows what the agent would see of one command. Exit codes: the command's own; 124 on a timeout, 125 when a limit was\n" +
    'hit or there is no jail, 126 when the policy denies it; --json tells them apart.',
  settings: ['sandboxDir', 'stateDir', 'modelsDir', 'sandbox', 'approve', 'shellTimeout', 'allow', 'deny'],
  flags: [jsonFlag, { name: 'no-policy', about: 'Leaves the jail as the only wall.' }],
  examples: [
    ['gyre exec -- ls -la', 'what is in ./sandbox'],
    ["gyre exec --no-policy -- 'cat /etc/shadow'", 'what the jail alone lets through'],
  ],
  maxWords: Number.POSITIVE_INFINITY,
  takesCommandLine: true,
  run: execCommand,
};

async function execCommand(invocation: Invocation): Promise<number> {
  const { config, io, isJson, words, flags } = invocation;
  const { settings } = config;
  const command = words.join(' ');
  if (command.trim() === '') {
    throw new AgentError('usage', 'There is no command.', { hint: 'Type it after two dashes: gyre exec -- ls -la' });
  }
  checkApproval(invocation);
  const boxDir = await boxOf(invocation);
  const verdict = flags.has('no-policy') ? null : validatorOf(settings, boxDir).check(command);
  if (verdict?.kind === 'deny') return tell({ verdict, result: null, sandbox: null, problem: null }, isJson, io);
  if ((settings.approve || settings.sandbox === 'none') && !(await isApproved(command, io))) return 126;
  const stopped = new AbortController();
  let signalCode = 0;
  const forget = io.onSignal((signal) => {
    signalCode ||= signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 129;
    stopped.abort();
  });
  try {
    const shell = await openShell({
      ...shellOptionsOf(settings),
      boxDir,
      onNotice: (sentence) => io.err.write(`${sentence}\n`),
    });
    const request = { command, workingDirectory: '', timeoutMs: settings.shellTimeout, signal: stopped.signal };
    const result = await shell.run(request);
    await shell.close();
    return signalCode || tell({ verdict, result, sandbox: shell.kind, problem: null }, isJson, io);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return tell({ verdict, result: null, sandbox: null, problem: error }, isJson, io);
  } finally {
    forget();
  }
}

interface Told {
  readonly verdict: Verdict | null;
  readonly result: CommandResult | null;
  readonly sandbox: string | null;
  readonly problem: AgentError | null;
}

function tell(told: Told, isJson: boolean, io: Io): number {
  const { verdict, result, problem } = told;
  if (isJson) io.out.write(`${JSON.stringify(asJson(told))}\n`);
  else if (result) {
    io.out.write(result.stdout);
    io.err.write(result.stderr);
  }
  if (problem) io.err.write(`${problem.message}\n${problem.hint ? `  ${problem.hint}\n` : ''}`);
  if (verdict?.kind === 'deny') {
    io.err.write(`denied by rule ${verdict.rule}: ${verdict.reason}\n`);
    if (verdict.part !== undefined) io.err.write(`  it fired on: ${showUnseen(JSON.stringify(verdict.part))}\n`);
    io.err.write(`  the model is told: ${verdict.advice}\n`);
    return 126;
  }
  switch (result?.ending) {
    case 'exited':
      return result.exitCode ?? 125;
    case 'timeout':
      io.err.write('The command was killed: it ran longer than --shell-timeout allows.\n');
      return 124;
    default:
      if (result?.reason !== undefined) io.err.write(`${result.reason}\n`);
      return 125;
  }
}

function asJson({ verdict, result, sandbox, problem }: Told) {
  const denied = verdict?.kind === 'deny' ? verdict : null;
  return {
    verdict: verdict?.kind ?? null,
    reason: denied?.reason ?? result?.reason ?? problem?.message ?? null,
    rule: denied?.rule ?? null,
    part: denied?.part ?? null,
    exitCode: result?.exitCode ?? null,
    signal: result?.signal ?? null,
    code: codeOf(denied !== null, result, problem),
    stdout: result?.stdout ?? '',
    stderr: result?.stderr ?? '',
    truncated: result?.truncated ?? false,
    durationMs: result?.durationMs ?? 0,
    sandbox,
  };
}

/** Null when the command ran to its end: then `exitCode` is its own. */
function codeOf(isDenied: boolean, result: CommandResult | null, problem: AgentError | null): string | null {
  if (isDenied) return 'command-denied';
  if (problem) return problem.code;
  return result === null || result.ending === 'exited' ? null : result.ending;
}

async function isApproved(command: string, io: Io): Promise<boolean> {
  io.err.write(`$ ${showUnseen(JSON.stringify(command))}\nRun this command? y / n\n`);
  return new Promise((resolve) => {
    const stop = io.keyboard?.listen((key) => {
      if (key !== 'y' && key !== 'n') return;
      stop?.();
      resolve(key === 'y');
    });
  });
}
