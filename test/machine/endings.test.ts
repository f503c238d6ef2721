import { describe, expect, test } from 'vitest';
import { inputWith, stop, timeout } from './settings.ts';
import {
  checked,
  closed,
  commanded,
  kept,
  noThought,
  observed,
  opened,
  outOfTime,
  planned,
  read,
  rested,
  user,
  userStop,
  walk,
} from './walk.ts';

describe('when several reasons to end meet', () => {
  const climbed = [5, 5, 5].flatMap((repeats) => [...commanded(), ...kept(repeats), rested]);
  const climbedAndFailed = [...climbed, read, noThought, ...kept(8)];
  const limits = { maxIterations: 4, maxTotalTokens: 1_000 };

  test('completed comes before failed', () => {
    const input = inputWith({
      hasCheck: true,
      checkEach: true,
      limits: { maxConsecutiveFailures: 1, maxIterations: 1 },
    });
    const { context } = walk(input, opened, checked(false), commanded(timeout), checked(true), kept());
    expect([context.failures, context.ending]).toEqual([1, { status: 'completed', cause: 'check-passed' }]);
  });

  test('failed comes before stuck', () => {
    const input = inputWith({ limits: { ...limits, maxConsecutiveFailures: 1 } });
    const { context } = walk(input, opened, climbedAndFailed);
    expect([context.watchdogLevel, context.ending]).toEqual([
      'givingUp',
      { status: 'failed', cause: 'consecutive-failures' },
    ]);
  });

  test('stuck comes before exhausted', () => {
    expect(walk(inputWith({ limits }), opened, climbedAndFailed).context.ending).toEqual({
      status: 'stuck',
      cause: 'watchdog',
    });
  });

  test('iterations come before tokens', () => {
    const input = inputWith({ limits: { maxIterations: 1, maxTotalTokens: 1 } });
    expect(walk(input, opened, commanded(), kept()).context.ending?.cause).toBe('max-iterations');
  });

  test('what was decided first stays', () => {
    const decided = [opened, ...planned(stop)];
    const ways = [[userStop], [outOfTime], [observed(), userStop], [observed(), outOfTime], [internalError('observe')]];
    expect(ways.map((way) => walk(inputWith(), decided, way).context.ending)).toEqual(
      ways.map(() => ({ status: 'completed', cause: 'agent-stop' })),
    );
  });
});

describe('limits', () => {
  test('of iterations: the last one is not followed by a rest', () => {
    const arrival = walk(inputWith({ limits: { maxIterations: 1 } }), opened, commanded(), kept());
    expect([arrival.state, arrival.context.ending]).toEqual([
      'stopping',
      { status: 'exhausted', cause: 'max-iterations' },
    ]);
  });

  test('of tokens: evaluated and generated add up, also those of a thought that failed', () => {
    const oneIteration = [...commanded(), ...kept()];
    expect(walk(inputWith({ limits: { maxTotalTokens: 13 } }), opened, oneIteration).state).toBe('resting.waiting');
    expect(walk(inputWith({ limits: { maxTotalTokens: 12 } }), opened, oneIteration).context.ending).toEqual({
      status: 'exhausted',
      cause: 'max-total-tokens',
    });
    const failed = walk(
      inputWith({ limits: { maxTotalTokens: 22 } }),
      opened,
      oneIteration,
      rested,
      read,
      noThought,
      kept(),
    );
    expect([failed.state, failed.context.tokens]).toEqual(['stopping', { evaluated: 20, generated: 2 }]);
  });

  test('of time: the moment is reckoned from the start of the run', () => {
    const input = inputWith({ limits: { maxDurationMs: 60_000 }, startedAtMs: 1_000 });
    const wait = { untilMs: 61_000, atMostMs: 60_000 };
    const later = [opened, ...commanded(), ...kept(), rested, user('pause')];
    expect(walk(input).started).toMatchObject({ awaitDeadline: wait });
    expect(walk(input, opened).started).toMatchObject({ awaitDeadline: wait });
    expect(walk(input, later).started).toEqual({ awaitDeadline: wait });
  });
});

describe('the watchdog', () => {
  test('climbs one level an iteration, each at its own count, and not before', () => {
    expect(levelsOf([1, 2, 2, 3, 4, 5, 7])).toEqual([
      'calm',
      'suspicious',
      'suspicious',
      'nudged',
      'nudged',
      'diversifying',
      'diversifying',
    ]);
    expect(levelsOf([9, 9, 9, 9])).toEqual(['suspicious', 'nudged', 'diversifying', 'givingUp']);
  });

  test('is calm again once something moves, and only then', () => {
    expect(levelsOf([9, 1, 9, 0, 2])).toEqual(['suspicious', 'suspicious', 'nudged', 'calm', 'suspicious']);
  });

  test('that gives up ends the run when nobody can be asked', () => {
    const climbed = [9, 9, 9].flatMap((repeats) => [...commanded(), ...kept(repeats), rested]);
    const arrival = walk(inputWith(), opened, climbed, commanded(), kept(9), closed(4));
    expect([arrival.state, arrival.output]).toEqual([
      'stuck',
      { status: 'stuck', cause: 'watchdog', iterations: 4, tokens: { evaluated: 40, generated: 8 } },
    ]);
  });

  test('that gives up lets the run go on when the last iteration moved', () => {
    expect(levelsOf([9, 9, 9, 0])).toEqual(['suspicious', 'nudged', 'diversifying', 'calm']);
  });

  function levelsOf(repeats: readonly number[]) {
    return repeats.map((_, index) => {
      const before = repeats.slice(0, index).flatMap((count) => [...commanded(), ...kept(count), rested]);
      return walk(inputWith(), opened, before, commanded(), observed(repeats[index])).context.watchdogLevel;
    });
  }
});

function internalError(name: 'observe' | 'closeRun') {
  return { type: `xstate.error.actor.${name}`, error: new Error('A bug.') } as const;
}
