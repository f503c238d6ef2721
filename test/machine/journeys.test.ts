import { describe, expect, test } from 'vitest';
import { createActor, waitFor } from 'xstate';
import { agentMachine } from '../../src/machine/agent.machine.ts';
import type { Ending } from '../../src/machine/types.ts';
import { done } from '../../src/testing/agent/chart-events.ts';
import { allow, inputWith, ok, run, setback, sleep, stop, timeout } from './settings.ts';
import {
  type Arrival,
  checked,
  closed,
  commanded,
  kept,
  notSaved,
  observed,
  opened,
  planned,
  ran,
  read,
  rested,
  saved,
  slept,
  thought,
  unwritten,
  userStop,
  walk,
} from './walk.ts';

describe('a whole run', () => {
  test('acts, then says STOP, and ends completed', () => {
    const input = inputWith({ limits: { maxIterations: 3, maxDurationMs: 60_000 } });
    const first = [...planned(run('cd src'), allow), ran(ok, 'src'), observed(), saved(4_000), rested];
    const second = [...planned(stop), observed(), saved(5_000), closed(2)];
    expect(walk(input, opened, first, second)).toEqual({
      state: 'completed',
      context: {
        ...input,
        iteration: 2,
        saved: 2,
        failures: 0,
        tokens: { evaluated: 20, generated: 4 },
        workingDirectory: 'src',
        answer: null,
        decision: stop,
        outcome: { kind: 'ok', exitCode: null, truncated: false, durationMs: 0 },
        waitUntilMs: 5_100,
        ending: { status: 'completed', cause: 'agent-stop' },
        pauseAsked: false,
        watchdogLevel: 'calm',
      },
      started: {},
      output: { status: 'completed', cause: 'agent-stop', iterations: 2, tokens: { evaluated: 20, generated: 4 } },
    });
  });

  test('begins every iteration with nothing of the one before but counts and the working directory', () => {
    const input = inputWith();
    const { state, context, started } = walk(
      input,
      opened,
      planned(run('cd src'), allow),
      ran(timeout, 'src'),
      kept(),
      rested,
    );
    expect(state).toBe('planning.reading');
    expect(started).toEqual({ readSurroundings: { iteration: 2, workingDirectory: 'src', level: 'calm' } });
    expect(context).toEqual({
      ...input,
      iteration: 2,
      saved: 1,
      failures: 1,
      tokens: { evaluated: 10, generated: 2 },
      workingDirectory: 'src',
      answer: null,
      decision: null,
      outcome: null,
      waitUntilMs: null,
      ending: null,
      pauseAsked: false,
      watchdogLevel: 'calm',
    });
  });

  test('tells each actor what it needs', () => {
    const input = inputWith();
    const ways = [[], [opened], [opened, read], [opened, read, thought], [opened, planned(run('ls'), allow)]];
    expect(ways.map((events) => walk(input, ...events).started)).toEqual([
      { awaitDeadline: { untilMs: null, atMostMs: null }, openRun: { runId: 'run' } },
      {
        awaitDeadline: { untilMs: null, atMostMs: null },
        readSurroundings: { iteration: 1, workingDirectory: '', level: 'calm' },
      },
      { think: { iteration: 1, level: 'calm' } },
      { validate: { iteration: 1, answer: 'an answer' } },
      { runCommand: { iteration: 1, command: 'ls', workingDirectory: '' } },
    ]);
    expect(walk(input, opened, commanded(setback)).started).toEqual({
      observe: { iteration: 1, decision: run('ls'), outcome: setback, workingDirectory: '', level: 'calm' },
    });
    expect(walk(input, opened, commanded(setback), observed()).started).toEqual({
      saveIteration: { iteration: 1, decision: run('ls'), outcome: setback, workingDirectory: '' },
    });
  });
});

describe('opening', () => {
  test.each<Ending>([
    { status: 'stopped', cause: 'autonomy-disabled' },
    { status: 'stopped', cause: 'stop-file' },
    { status: 'failed', cause: 'journal-unwritable' },
    { status: 'failed', cause: 'sandbox-unavailable' },
    { status: 'failed', cause: 'model-unavailable' },
  ])('that fails ends the run with its own ending and no iteration: $cause', (ending) => {
    const { state, output } = walk(inputWith(), done('openRun', { ok: false, ending }), closed(0));
    expect([state, output]).toEqual([
      ending.status,
      { ...ending, iterations: 0, tokens: { evaluated: 0, generated: 0 } },
    ]);
  });

  test('finds the goal reached already: completed with no iteration', () => {
    const input = inputWith({ hasCheck: true });
    expect(walk(input, opened).started).toEqual({ runCheck: { iteration: 0 } });
    expect(walk(input, opened, checked(true), closed(0)).output).toEqual({
      status: 'completed',
      cause: 'check-passed',
      iterations: 0,
      tokens: { evaluated: 0, generated: 0 },
    });
    expect(walk(input, opened, checked(false)).state).toBe('planning.reading');
  });
});

describe('waits', () => {
  test('of a SLEEP last as long as the model chose, or the loop interval when it did not', () => {
    const input = inputWith({ loopIntervalMs: 100 });
    const inputs = [0, 600_000, null].map((sleepMs) => walk(input, opened, planned(sleep(sleepMs))).started);
    expect(inputs).toEqual([
      { sleepUntil: { untilMs: 2_000, atMostMs: 0 } },
      { sleepUntil: { untilMs: 602_000, atMostMs: 600_000 } },
      { sleepUntil: { untilMs: 2_100, atMostMs: 100 } },
    ]);
  });

  test('between iterations are reckoned from the save, after a SLEEP too', () => {
    const input = inputWith({ loopIntervalMs: 100 });
    const wait = { awaitRest: { untilMs: 4_100, atMostMs: 100 } };
    expect(walk(input, opened, commanded(), observed(), saved(4_000)).started).toEqual(wait);
    expect(walk(input, opened, planned(sleep(50)), slept, observed(), saved(4_000)).started).toEqual(wait);
  });
});

describe('a journal that cannot be written', () => {
  const ending = { status: 'failed', cause: 'journal-unwritable' };

  test('before a command ends the run, and the command is not run', () => {
    const { state, context } = walk(inputWith(), opened, planned(run('ls'), allow), unwritten);
    expect([state, context.ending, context.outcome, context.saved]).toEqual(['stopping', ending, null, 0]);
  });

  test('after an iteration ends the run, and the iteration is not counted', () => {
    expect(walk(inputWith(), opened, commanded(), observed(), notSaved, closed(0)).output).toEqual({
      ...ending,
      iterations: 0,
      tokens: { evaluated: 10, generated: 2 },
    });
  });

  test('replaces an ending that was decided before', () => {
    expect(walk(inputWith(), opened, planned(stop), observed(), notSaved).context.ending).toEqual(ending);
  });
});

describe('closing', () => {
  test('is told all that is half open', () => {
    const nothing = { decision: null, outcome: null, workingDirectory: '', tokens: { evaluated: 0, generated: 0 } };
    const ending = { status: 'stopped', cause: 'person' };
    expect(closing(walk(inputWith(), userStop))).toEqual({ ...nothing, iteration: 0, saved: 0, ending });
    const open = {
      iteration: 1,
      saved: 0,
      decision: run('ls'),
      workingDirectory: '',
      ending,
      tokens: { evaluated: 10, generated: 2 },
    };
    expect(closing(walk(inputWith(), opened, planned(run('ls'), allow), userStop))).toEqual({ ...open, outcome: null });
    expect(closing(walk(inputWith(), opened, commanded(), observed(), userStop))).toEqual({ ...open, outcome: ok });
    expect(closing(walk(inputWith(), opened, commanded(), kept(), userStop))).toEqual({
      ...open,
      saved: 1,
      outcome: ok,
    });
  });

  test('has the last word on how many iterations were saved', () => {
    const stopped = [opened, ...planned(run('ls'), allow), userStop];
    expect(walk(inputWith(), stopped, closed(1)).output?.iterations).toBe(1);
    expect(walk(inputWith(), stopped, internalError('closeRun')).output?.iterations).toBe(0);
  });

  function closing({ started }: Arrival) {
    return started['closeRun'];
  }
});

describe('the chart without services', () => {
  test('ends failed, internal', async () => {
    const actor = createActor(agentMachine, { input: inputWith() });
    actor.start();
    const { output } = await waitFor(actor, ({ status }) => status !== 'active');
    expect(output).toEqual({
      status: 'failed',
      cause: 'internal',
      iterations: 0,
      tokens: { evaluated: 0, generated: 0 },
    });
  });
});

function internalError(name: 'observe' | 'closeRun') {
  return { type: `xstate.error.actor.${name}`, error: new Error('A bug.') } as const;
}
