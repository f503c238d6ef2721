import type { AgentActors, AgentInput, Decision, Outcome, Verdict } from '../../machine/types.ts';
import type { ActorName, AgentSnapshot, ChartEvent } from './chart-events.ts';

/** What each actor may answer. An exploration tries every one of them wherever that actor is alive. */
export type Answers = {
  readonly [TName in ActorName]:
    | readonly AgentActors[TName]['output'][]
    | ((snapshot: AgentSnapshot) => readonly AgentActors[TName]['output'][]);
};

/**
 * One answer for each thing the chart can make of it: every decision with every ruling, every kind of outcome, and for the
 * watchdog a number of repeats below and at each of its levels. Times stand still, because no guard reads them.
 */
export function answersFor({ limits, patience }: AgentInput): Answers {
  const spent = { evaluated: limits.maxTotalTokens ?? 0, generated: 0 };
  const none = { evaluated: 0, generated: 0 };
  return {
    openRun: [
      { ok: true },
      { ok: false, ending: { status: 'failed', cause: 'model-unavailable' } },
      { ok: false, ending: { status: 'stopped', cause: 'stop-file' } },
    ],
    runCheck: [{ passed: true }, { passed: false }],
    readSurroundings: [null],
    think: [
      { ok: true, answer: 'an answer', tokens: none },
      { ok: false, message: 'The model is gone.', tokens: none },
      ...(limits.maxTotalTokens === null ? [] : [{ ok: true, answer: 'an answer', tokens: spent } as const]),
    ],
    validate: [
      { decision: run, verdict: { kind: 'allow' }, atMs: RULED_AT_MS },
      { decision: run, verdict: deny, atMs: RULED_AT_MS },
      { decision: run, verdict: null, atMs: RULED_AT_MS },
      { decision: { action: 'SLEEP', sleepMs: null, note: '' }, verdict: null, atMs: RULED_AT_MS },
      { decision: { action: 'STOP', note: '' }, verdict: null, atMs: RULED_AT_MS },
      { decision: null, verdict: null, atMs: RULED_AT_MS, problem: 'No action.' },
    ],
    runCommand: [
      ...([ok, setback, timeout] as const).map((outcome) => ({ ok: true, outcome, workingDirectory: '' }) as const),
      { ok: false },
    ],
    sleepUntil: [null],
    observe: [...new Set([0, 1, 2, patience.nudgeAfter, patience.diversifyAfter, patience.giveUpAfter ?? 2])].map(
      (repeats) => ({ repeats }),
    ),
    saveIteration: [{ ok: true, atMs: SAVED_AT_MS }, { ok: false }],
    awaitRest: [null],
    // Without a limit of time it waits until its state is left.
    awaitDeadline: limits.maxDurationMs === null ? [] : [null],
    awaitPerson: [null],
    // It may have saved the iteration at work, or not.
    closeRun: ({ context: { saved, iteration } }) =>
      [...new Set([saved, iteration])].map((count) => ({ saved: count })),
  };
}

/** What people can send, at the right moment and at the wrong one. */
export function eventsOfPeople({ context: { iteration } }: AgentSnapshot): readonly ChartEvent[] {
  return [
    { type: 'user.stop', cause: 'sigint' },
    { type: 'user.pause' },
    { type: 'user.goOn' },
    { type: 'user.approve', iteration },
    { type: 'user.approve', iteration: iteration + 1 },
    { type: 'user.deny', iteration },
    { type: 'user.deny', iteration: iteration - 1 },
  ];
}

const RULED_AT_MS = 2_000;
const SAVED_AT_MS = 3_000;

const run: Decision = { action: 'RUN', command: 'ls', note: '' };
const deny: Verdict = { kind: 'deny', rule: 'denied-program', reason: 'No.', advice: 'Do not.' };
const ok: Outcome = { kind: 'ok', exitCode: 0, truncated: false, durationMs: 5 };
const setback: Outcome = { ...ok, kind: 'setback', exitCode: 1 };
const timeout: Outcome = { ...ok, kind: 'failure', code: 'timeout', exitCode: null, signal: 'SIGKILL' };
