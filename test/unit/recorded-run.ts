import { type ChartInput, type IterationRecord, JOURNAL_SCHEMA, type JournalRecord } from '../../src/journal/format.ts';
import { hashState, moveChart, startChart } from '../../src/journal/replay.ts';
import { MACHINE_VERSION } from '../../src/machine/agent.machine.ts';
import type { AgentInput } from '../../src/machine/types.ts';

export const input: AgentInput = {
  runId: 'abc',
  goal: 'try',
  limits: { maxIterations: 2, maxConsecutiveFailures: 5, maxDurationMs: null, maxTotalTokens: null },
  patience: { nudgeAfter: 3, diversifyAfter: 5, giveUpAfter: 8 },
  loopIntervalMs: 0,
  hasCheck: false,
  checkEach: false,
  approve: false,
  isPersonThere: false,
  startedAtMs: 0,
};

export const done = (actor: string, output: unknown): ChartInput => ({ type: `xstate.done.actor.${actor}`, output });

export const time = '2026-01-01T00:00:00.000Z';

/** A journal whose chart took these events. */
export function recordedRun(events: readonly ChartInput[], machineVersion = MACHINE_VERSION): JournalRecord[] {
  let snapshot = startChart(input);
  const header: JournalRecord = {
    ...{
      type: 'run.opened',
      schema: JOURNAL_SCHEMA,
      machineVersion,
      gyreVersion: '0',
      runId: 'abc',
      time,
      goal: 'try',
    },
    ...{ sandboxDir: '/box', limits: input.limits, settings: {}, input, state: hashState(snapshot) },
  };
  const moves = events.map((event): JournalRecord => {
    snapshot = moveChart(snapshot, event);
    return { type: 'chart.moved', time, event, state: hashState(snapshot) };
  });
  return [header, ...moves];
}

/** Once around the loop: a command that ends well. */
export const oneIteration: readonly ChartInput[] = [
  done('openRun', { ok: true }),
  done('readSurroundings', null),
  done('think', {
    ok: true,
    answer: '<action>RUN</action><command>ls</command>',
    tokens: { evaluated: 10, generated: 5 },
    effort: { promptTokens: 100, tokensPerSecond: 20 },
  }),
  done('validate', {
    decision: { action: 'RUN', command: 'ls', note: '' },
    verdict: { kind: 'allow' },
    atMs: 5,
  }),
  done('runCommand', {
    ok: true,
    outcome: { kind: 'ok', exitCode: 0, truncated: false, durationMs: 3 },
    workingDirectory: '',
  }),
  done('observe', { repeats: 0 }),
  done('saveIteration', { ok: true, atMs: 9 }),
];

export const savedRecord: IterationRecord = {
  type: 'iteration.saved',
  time: '2026-01-01T00:00:02.000Z',
  iteration: 1,
  surroundings: { workingDirectory: '', files: ['a.txt'], filesOmitted: 0, last: null },
  decision: { action: 'RUN', command: 'ls', note: '' },
  answer: null,
  verdict: { kind: 'allow' },
  outcome: { kind: 'ok', exitCode: 0, truncated: false, durationMs: 3 },
  output: { stdout: 'a.txt\n', stderr: '' },
  message: null,
  changes: { added: [], changed: [], removed: [], isPartial: false },
  workingDirectory: '',
  tokens: { evaluated: 10, generated: 5 },
};
