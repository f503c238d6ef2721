import { describe, expect, test } from 'vitest';
import type { ChartEvent } from '../../src/testing/agent/chart-events.ts';
import { allow, deny, inputWith, ok, run, setback, sleep, stop, timeout } from './settings.ts';
import {
  checked,
  closed,
  commanded,
  kept,
  noThought,
  observed,
  opened,
  planned,
  ran,
  read,
  rested,
  saved,
  slept,
  user,
  walk,
} from './walk.ts';

describe('counting failures', () => {
  const input = inputWith({ hasCheck: true, approve: true });
  const yes = { type: 'user.approve', iteration: 1 } as const;
  const kinds: Record<
    string,
    { events: (iteration: number) => readonly ChartEvent[]; count: (before: number) => number }
  > = {
    'exit 0': { events: asked(ok), count: () => 0 },
    'a sleep': { events: () => [...planned(sleep(5)), slept], count: () => 0 },
    'exit 1': { events: asked(setback), count: (before) => before },
    "a person's no": {
      events: (iteration) => [...planned(run('ls'), allow), { type: 'user.deny', iteration }],
      count: (before) => before,
    },
    'a timeout': { events: asked(timeout), count: (before) => before + 1 },
    'a denied command': { events: () => planned(run('curl'), deny), count: (before) => before + 1 },
    'a command without a verdict': { events: () => planned(run('ls'), null), count: (before) => before + 1 },
    'a malformed decision': { events: () => planned(null), count: (before) => before + 1 },
    'a model error': { events: () => [read, noThought], count: (before) => before + 1 },
    'a refused STOP': { events: () => [...planned(stop), checked(false)], count: (before) => before + 1 },
  };
  const pairs = Object.keys(kinds).flatMap((first) => Object.keys(kinds).map((second) => [first, second] as const));

  test('adds up failures, forgets them after a success, and leaves the count alone otherwise, in every order', () => {
    const counts = pairs.map(([first, second]) => {
      const [one, two] = [kindOf(first), kindOf(second)];
      const begun = [...asked(timeout)(1), ...kept(), rested];
      const events = [...begun, ...one.events(2), ...kept(), rested, ...two.events(3), observed()];
      return [first, second, walk(input, opened, checked(false), events).context.failures];
    });
    expect(counts).toEqual(
      pairs.map(([first, second]) => [first, second, kindOf(second).count(kindOf(first).count(1))]),
    );
  });

  test('forgets them after an accepted STOP too', () => {
    const events = [read, noThought, ...kept(), rested, ...planned(stop), checked(true), observed()];
    expect(walk(inputWith({ hasCheck: true }), opened, checked(false), events).context.failures).toBe(0);
    expect(walk(inputWith(), opened, read, noThought, kept(), rested, planned(stop), observed()).context.failures).toBe(
      0,
    );
  });

  test('happens on the way to storing and nowhere else', () => {
    const way = [opened, ...commanded(timeout), observed(), user('pause'), saved(), user('goOn'), rested];
    const counts = way.map((_, index) => walk(inputWith(), way.slice(0, index + 1)).context.failures);
    expect(counts).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  test('names what went wrong', () => {
    const outcomes = [
      'a denied command',
      'a command without a verdict',
      'a malformed decision',
      'a model error',
      'a refused STOP',
      "a person's no",
    ].map((name) => walk(input, opened, checked(false), kindOf(name).events(1)).context.outcome);
    const bare = { kind: 'failure', exitCode: null, truncated: false, durationMs: 0 };
    expect(outcomes).toEqual([
      { ...bare, code: 'command-denied' },
      { ...bare, code: 'command-denied' },
      { ...bare, code: 'malformed-decision' },
      { ...bare, code: 'model-error' },
      { ...bare, code: 'check-failed' },
      { ...bare, code: 'command-denied', byPerson: true },
    ]);
  });

  test('ends the run at the limit, and not before', () => {
    const limited = inputWith({ limits: { maxConsecutiveFailures: 2 } });
    const failure = [read, noThought, ...kept()];
    expect(walk(limited, opened, failure).state).toBe('resting.waiting');
    expect(walk(limited, opened, failure, rested, failure).context.ending).toEqual({
      status: 'failed',
      cause: 'consecutive-failures',
    });
    expect(walk(limited, opened, failure, rested, commanded(), kept(), rested, failure).state).toBe('resting.waiting');
    expect(walk(limited, opened, failure, rested, commanded(setback), kept(), rested, failure).state).toBe('stopping');
  });

  function asked(outcome: typeof ok) {
    return (iteration: number) => [...planned(run('ls'), allow), { ...yes, iteration }, ran(outcome)];
  }

  function kindOf(name: string) {
    const kind = kinds[name];
    if (kind === undefined) throw new Error(`No kind ${name}.`);
    return kind;
  }
});

describe('the check', () => {
  const input = inputWith({ hasCheck: true });
  const start = [opened, checked(false)];

  test('accepts a STOP only when it passes', () => {
    const asked = walk(input, start, planned(stop));
    expect([asked.state, asked.started]).toEqual(['acting.checking', { runCheck: { iteration: 1 } }]);
    const accepted = walk(input, start, planned(stop), checked(true), kept(), closed(1));
    expect([accepted.output, accepted.context.outcome?.kind]).toEqual([
      { status: 'completed', cause: 'check-passed', iterations: 1, tokens: { evaluated: 10, generated: 2 } },
      'ok',
    ]);
    const refused = walk(input, start, planned(stop), checked(false), kept());
    expect([refused.state, refused.context.failures, refused.context.outcome?.code]).toEqual([
      'resting.waiting',
      1,
      'check-failed',
    ]);
  });

  test('is not tried after a command unless that was asked for', () => {
    expect(walk(input, start, commanded()).state).toBe('observing');
  });

  test.each([ok, setback, timeout])(
    'tried after a command that ended $kind says nothing about the command',
    (outcome) => {
      const each = inputWith({ hasCheck: true, checkEach: true });
      const passed = walk(each, start, commanded(outcome), checked(true), observed());
      const refused = walk(each, start, commanded(outcome), checked(false), observed());
      expect([passed.context.outcome, passed.context.ending]).toEqual([
        outcome,
        { status: 'completed', cause: 'check-passed' },
      ]);
      expect([refused.context.outcome, refused.context.ending]).toEqual([outcome, null]);
      const failures = outcome.kind === 'failure' ? 1 : 0;
      expect([passed.context.failures, refused.context.failures]).toEqual([failures, failures]);
    },
  );
});
