import type { Settings } from './config.ts';
import type { Decision, Limits, Outcome, RunEvent, Verdict } from './machine/types.ts';
import type { CommandResult } from './services/shell/shell.ts';

/** The line that tells a decision. */
export function describeDecision(
  iteration: number,
  decision: Decision,
  verdict: Verdict | null,
  { loopIntervalMs }: Settings,
): RunEvent {
  const { action, note } = decision;
  const common = { type: 'decision.made', iteration, action, note } as const;
  switch (decision.action) {
    case 'STOP':
      return common;
    case 'SLEEP':
      return { ...common, sleepMs: decision.sleepMs ?? loopIntervalMs };
    case 'RUN':
      return {
        ...common,
        command: decision.command,
        verdict: verdict?.kind ?? 'deny',
        ...(verdict?.kind === 'deny' ? { reason: verdict.reason, rule: verdict.rule } : {}),
      };
  }
}

/** What a command's result counts as. */
export function outcomeOf({ ending, exitCode, signal, truncated, durationMs }: CommandResult): Outcome {
  const killed = signal === null ? {} : { signal };
  const common = { exitCode, ...killed, truncated, durationMs: Math.round(durationMs) };
  if (ending !== 'exited') return { kind: 'failure', code: ending, ...common };
  return { kind: exitCode === 0 ? 'ok' : 'setback', ...common };
}

/** The outcome of an iteration that the end of the run has cut off. */
export function outcomeAtTheEnd(command: CommandResult | null): Outcome {
  if (command) return outcomeOf(command);
  return { kind: 'failure', code: 'interrupted', exitCode: null, truncated: false, durationMs: 0 };
}

/** What the model is told of a check that failed: how it ended and what it printed, never its files. */
export function describeFailedCheck({ ending, exitCode, stdout, stderr, reason = '' }: CommandResult): string {
  const how = ending === 'exited' ? `it exited with ${exitCode}` : `it was ended: ${ending}`;
  return [`The check says that the goal is not reached yet: ${how}.`, reason, stdout.trim(), stderr.trim()]
    .filter((part) => part !== '')
    .join('\n');
}

/** How much of its limits a run has used; what it had used before it was resumed does not count. */
export interface Spent {
  /** The current one included. */
  readonly iterations: number;
  readonly durationMs: number;
  readonly tokens: number;
}

/**
 * What is left of the run, in words for the model; null when it is not told. Iterations are always told, time and tokens
 * when four fifths of them are gone; then the end is near, and it is told that too.
 */
export function describeBudget(limits: Limits, spent: Spent): string | null {
  const left = (limit: number | null, used: number) => (limit === null ? null : Math.max(0, limit - used));
  const isScarce = (limit: number | null, used: number) => limit !== null && used >= limit * NEARLY_SPENT;
  const iterations = left(limits.maxIterations, spent.iterations - 1);
  const seconds = left(limits.maxDurationMs, spent.durationMs);
  const tokens = left(limits.maxTotalTokens, spent.tokens);
  const hasLittleTime = isScarce(limits.maxDurationMs, spent.durationMs);
  const hasFewTokens = isScarce(limits.maxTotalTokens, spent.tokens);
  const parts = [
    ...(iterations === null ? [] : [`${iterations} iterations left`]),
    ...(seconds !== null && hasLittleTime ? [`${Math.round(seconds / 1000)} seconds left`] : []),
    ...(tokens !== null && hasFewTokens ? [`${tokens} tokens left`] : []),
  ];
  if (parts.length === 0) return null;
  const isNearEnd = hasLittleTime || hasFewTokens || isScarce(limits.maxIterations, spent.iterations - 1);
  return `${parts.join(', ')}${isNearEnd ? '. Finish what matters most' : ''}`;
}

const NEARLY_SPENT = 0.8;
