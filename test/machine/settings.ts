import type { AgentActors, AgentInput, Decision, Limits, Outcome, Verdict } from '../../src/machine/types.ts';
import type { ActorName } from '../../src/testing/agent/chart-events.ts';

type Answers = { readonly [TName in ActorName]: readonly AgentActors[TName]['output'][] };

/** A run without a limit and without a wish; a test names what it changes. */
export function inputWith({
  limits,
  ...rest
}: Partial<Omit<AgentInput, 'limits'>> & { limits?: Partial<Limits> } = {}): AgentInput {
  return {
    runId: 'run',
    goal: 'Tidy up.',
    limits: { maxIterations: null, maxConsecutiveFailures: null, maxDurationMs: null, maxTotalTokens: null, ...limits },
    patience: { nudgeAfter: 3, diversifyAfter: 5, giveUpAfter: 8 },
    loopIntervalMs: 100,
    hasCheck: false,
    checkEach: false,
    approve: false,
    isPersonThere: false,
    startedAtMs: 1_000,
    ...rest,
  };
}

export const allow: Verdict = { kind: 'allow' };
export const deny: Verdict = { kind: 'deny', rule: 'denied-program', reason: 'No.', advice: 'Do not.' };

export const run = (command: string): Decision => ({ action: 'RUN', command, note: '' });
export const sleep = (sleepMs: number | null): Decision => ({ action: 'SLEEP', sleepMs, note: '' });
export const stop: Decision = { action: 'STOP', note: '' };

export const ok: Outcome = { kind: 'ok', exitCode: 0, truncated: false, durationMs: 5 };
export const setback: Outcome = { kind: 'setback', exitCode: 1, truncated: false, durationMs: 5 };
export const timeout: Outcome = {
  kind: 'failure',
  code: 'timeout',
  exitCode: null,
  signal: 'SIGKILL',
  truncated: false,
  durationMs: 5,
};

const noTokens = { evaluated: 0, generated: 0 };

/** One answer for each branch of the chart. Times and token counts stand still, so that the configurations are finite. */
export const everyAnswer = {
  openRun: [{ ok: true }, { ok: false, ending: { status: 'failed', cause: 'model-unavailable' } }],
  runCheck: [{ passed: true }, { passed: false }],
  readSurroundings: [null],
  think: [
    { ok: true, answer: 'an answer', tokens: noTokens },
    { ok: false, message: 'The model is gone.', tokens: noTokens },
  ],
  validate: [
    { decision: run('ls'), verdict: allow, atMs: 2_000 },
    { decision: run('curl example.org'), verdict: deny, atMs: 2_000 },
    { decision: run('ls'), verdict: null, atMs: 2_000 },
    { decision: sleep(null), verdict: null, atMs: 2_000 },
    { decision: stop, verdict: null, atMs: 2_000 },
    { decision: null, verdict: null, atMs: 2_000, problem: 'No action.' },
  ],
  runCommand: [
    { ok: true, outcome: ok, workingDirectory: '' },
    { ok: true, outcome: setback, workingDirectory: '' },
    { ok: true, outcome: timeout, workingDirectory: '' },
    { ok: false },
  ],
  sleepUntil: [null],
  observe: [{ repeats: 0 }],
  saveIteration: [{ ok: true, atMs: 3_000 }, { ok: false }],
  awaitRest: [null],
  awaitDeadline: [null],
  awaitPerson: [null],
  closeRun: [{ saved: 0 }],
} satisfies Answers;

/** A run in which every command works and nothing is ever finished. */
export const smoothAnswers = {
  ...everyAnswer,
  openRun: [{ ok: true }],
  runCheck: [{ passed: false }],
  think: [{ ok: true, answer: 'an answer', tokens: noTokens }],
  validate: [{ decision: run('ls'), verdict: allow, atMs: 2_000 }],
  runCommand: [{ ok: true, outcome: ok, workingDirectory: '' }],
  saveIteration: [{ ok: true, atMs: 3_000 }],
} satisfies Answers;

const small = { maxIterations: 2, maxConsecutiveFailures: 2 };
const repeating = { ...smoothAnswers, observe: [{ repeats: 0 }, { repeats: 1 }, { repeats: 9 }] } satisfies Answers;
const thoughts = [
  { ok: true, answer: 'an answer', tokens: { evaluated: 1, generated: 0 } },
  { ok: false, message: 'The model is gone.', tokens: { evaluated: 0, generated: 1 } },
] satisfies Answers['think'];

/** The runs whose every configuration is looked at. Together they take every transition of the chart. */
export const settings: readonly { name: string; input: AgentInput; answers: Answers }[] = [
  { name: 'plain', input: inputWith({ limits: small }), answers: everyAnswer },
  { name: 'check', input: inputWith({ limits: small, hasCheck: true }), answers: everyAnswer },
  { name: 'check each', input: inputWith({ limits: small, hasCheck: true, checkEach: true }), answers: everyAnswer },
  { name: 'approve', input: inputWith({ limits: small, approve: true }), answers: everyAnswer },
  {
    name: 'approve and check each',
    input: inputWith({ limits: { maxIterations: 1 }, approve: true, hasCheck: true, checkEach: true }),
    answers: everyAnswer,
  },
  { name: 'going in circles', input: inputWith({ limits: { maxIterations: 5 } }), answers: repeating },
  {
    name: 'going in circles, watched',
    input: inputWith({ limits: { maxIterations: 5 }, isPersonThere: true }),
    answers: { ...smoothAnswers, observe: [{ repeats: 9 }] },
  },
  {
    name: 'no iteration limit, but one of tokens',
    input: inputWith({ limits: { maxTotalTokens: 2 } }),
    answers: { ...smoothAnswers, think: thoughts },
  },
  {
    name: 'no iteration limit, but one of failures',
    input: inputWith({ limits: { maxConsecutiveFailures: 2 } }),
    answers: { ...everyAnswer, think: thoughts.slice(1) },
  },
];
