import { assign, fromPromise, raise, setup } from 'xstate';
import type {
  AgentActors,
  AgentContext,
  AgentEvent,
  AgentInput,
  AgentOutput,
  AgentTag,
  Decision,
  Ending,
  FailureCode,
  Outcome,
  Patience,
  RunStatus,
  Tokens,
  Verdict,
  WatchdogLevel,
} from './types.ts';

/**
 * Every name the chart uses, with its types. The actors reject until somebody provides real ones, so a chart that was
 * wired wrongly ends at once, as `failed` with cause `internal`.
 */
export const agentSetup = setup({
  types: {
    context: {} as AgentContext,
    events: {} as AgentEvent,
    input: {} as AgentInput,
    output: {} as AgentOutput,
    tags: {} as AgentTag,
  },
  actors: {
    openRun: notProvided('openRun'),
    runCheck: notProvided('runCheck'),
    readSurroundings: notProvided('readSurroundings'),
    think: notProvided('think'),
    validate: notProvided('validate'),
    runCommand: notProvided('runCommand'),
    sleepUntil: notProvided('sleepUntil'),
    observe: notProvided('observe'),
    saveIteration: notProvided('saveIteration'),
    awaitRest: notProvided('awaitRest'),
    awaitDeadline: notProvided('awaitDeadline'),
    awaitPerson: notProvided('awaitPerson'),
    closeRun: notProvided('closeRun'),
  },
  actions: {
    decideEnd: assign({ ending: ({ context }, ending: Ending) => context.ending ?? ending }),
    replaceEnd: assign({ ending: (_, ending: Ending) => ending }),
    beginIteration: assign(({ context }) => ({
      iteration: context.iteration + 1,
      answer: null,
      decision: null,
      outcome: null,
      waitUntilMs: null,
    })),
    noteAnswer: assign(({ context }, params: { answer: string | null; tokens: Tokens }) => ({
      answer: params.answer,
      tokens: {
        evaluated: context.tokens.evaluated + params.tokens.evaluated,
        generated: context.tokens.generated + params.tokens.generated,
      },
    })),
    noteDecision: assign(({ context }, params: { decision: Decision | null; atMs: number }) => ({
      answer: null,
      decision: params.decision,
      waitUntilMs:
        params.decision?.action === 'SLEEP' ? params.atMs + (params.decision.sleepMs ?? context.loopIntervalMs) : null,
    })),
    noteSuccess: assign({ outcome: (): Outcome => ({ ...withoutCommand, kind: 'ok' }) }),
    noteFailure: assign({
      outcome: (_, params: { code: FailureCode; byPerson?: true }): Outcome => ({
        ...withoutCommand,
        kind: 'failure',
        ...params,
      }),
    }),
    noteOutcome: assign((_, { outcome, workingDirectory }: { outcome: Outcome; workingDirectory: string }) => ({
      outcome,
      workingDirectory,
    })),
    countOutcome: assign({ failures: ({ context }) => failuresAfter(context) }),
    judgeProgress: raise((_, params: { repeats: number }) => ({
      type: 'progress.judged' as const,
      repeats: params.repeats,
    })),
    noteSaved: assign(({ context }, params: { atMs: number }) => ({
      saved: context.iteration,
      waitUntilMs: params.atMs + context.loopIntervalMs,
    })),
    noteClosed: assign((_, params: { saved: number }) => params),
    notePause: assign({ pauseAsked: true }),
    clearPause: assign({ pauseAsked: false }),
    setWatchdogLevel: assign({ watchdogLevel: (_, params: { level: WatchdogLevel }) => params.level }),
  },
  guards: {
    isSuccess: (_, params: { ok: boolean }) => params.ok,
    isSuccessWithCheck: ({ context }, params: { ok: boolean }) => params.ok && context.hasCheck,
    isPassed: (_, params: { passed: boolean }) => params.passed,
    isPassedAfterCommand: ({ context }, params: { passed: boolean }) =>
      params.passed && context.decision?.action === 'RUN',
    isRunAllowed: (_, params: Ruling) => params.decision?.action === 'RUN' && params.verdict?.kind === 'allow',
    isRunAllowedButAsked: ({ context }, params: Ruling) =>
      context.approve && params.decision?.action === 'RUN' && params.verdict?.kind === 'allow',
    isSleep: (_, params: Ruling) => params.decision?.action === 'SLEEP',
    isStopToCheck: ({ context }, params: Ruling) => params.decision?.action === 'STOP' && context.hasCheck,
    isStop: (_, params: Ruling) => params.decision?.action === 'STOP',
    isRun: (_, params: Ruling) => params.decision?.action === 'RUN',
    isAfterCommand: ({ context }) => context.decision?.action === 'RUN',
    isCommandToCheck: ({ context }, params: { ok: boolean }) => params.ok && context.hasCheck && context.checkEach,
    isForThisCommand: ({ context }, params: { iteration: number }) => params.iteration === context.iteration,
    hasEnding: ({ context }) => context.ending !== null,
    hasFailedTooOften: ({ context }) => isReached(context.failures, context.limits.maxConsecutiveFailures),
    isGivingUp: ({ context }) => context.watchdogLevel === 'givingUp',
    isGivingUpWithPerson: ({ context }) => context.watchdogLevel === 'givingUp' && context.isPersonThere,
    isOutOfIterations: ({ context }) =>
      isReached(context.iteration - (context.before?.iterations ?? 0), context.limits.maxIterations),
    isOutOfTokens: ({ context }) =>
      isReached(sumOf(context.tokens) - sumOf(context.before?.tokens), context.limits.maxTotalTokens),
    isPauseAsked: ({ context }) => context.pauseAsked,
    isMoving: (_, params: { repeats: number }) => params.repeats === 0,
    hasRepeated: ({ context, event }, params: { level: Exclude<WatchdogLevel, 'calm'> }) =>
      event.type === 'progress.judged' && isReached(event.repeats, repeatsFor(params.level, context.patience)),
    isEnding: ({ context }, params: { status: RunStatus }) => context.ending?.status === params.status,
  },
});

/** What the validator found, as far as the chart needs it to choose the next state. */
export interface Ruling {
  readonly decision: Decision | null;
  readonly verdict: Verdict | null;
}

const withoutCommand = { exitCode: null, truncated: false, durationMs: 0 } as const;

function failuresAfter({ failures, outcome }: AgentContext): number {
  if (outcome?.kind === 'ok') return 0;
  return outcome?.kind === 'failure' && outcome.byPerson !== true ? failures + 1 : failures;
}

function repeatsFor(level: Exclude<WatchdogLevel, 'calm'>, patience: Patience): number | null {
  switch (level) {
    case 'suspicious':
      return 2;
    case 'nudged':
      return patience.nudgeAfter;
    case 'diversifying':
      return patience.diversifyAfter;
    case 'givingUp':
      return patience.giveUpAfter;
  }
}

function sumOf(tokens: Tokens | undefined): number {
  return tokens === undefined ? 0 : tokens.evaluated + tokens.generated;
}

function isReached(count: number, limit: number | null): boolean {
  return limit !== null && count >= limit;
}

function notProvided<TName extends keyof AgentActors>(name: TName) {
  return fromPromise<AgentActors[TName]['output'], AgentActors[TName]['input']>(async () => {
    throw new Error(`Actor "${name}" is not provided. Pass it to agentMachine.provide({ actors: { ${name} } }).`);
  });
}
