import { describe, expect, test } from 'vitest';
import type { ChartEvent } from '../../src/testing/agent/chart-events.ts';
import { allow, deny, inputWith, ok, run, sleep, stop } from './settings.ts';
import {
  checked,
  closed,
  commanded,
  kept,
  nobodyAnswered,
  observed,
  opened,
  outOfTime,
  planned,
  ran,
  read,
  rested,
  saved,
  slept,
  thought,
  user,
  userStop,
  walk,
} from './walk.ts';

const everything = inputWith({ hasCheck: true, checkEach: true, approve: true, isPersonThere: true });
const begun = [opened, checked(false)];
const approved = { type: 'user.approve', iteration: 1 } as const;
const asked = [...begun, ...planned(run('ls'), allow)];
const climbed = [9, 9, 9, 9].flatMap((repeats, index) => [
  ...planned(run('ls'), deny),
  ...kept(repeats),
  ...(index < 3 ? [rested] : []),
]);

/** A way to every state that lasts. */
const ways: Record<string, readonly ChartEvent[]> = {
  'starting.opening': [],
  'starting.prechecking': [opened],
  'planning.reading': begun,
  'planning.thinking': [...begun, read],
  'planning.validating': [...begun, read, thought],
  approving: asked,
  'acting.executing': [...asked, approved],
  'acting.sleeping': [...begun, ...planned(sleep(5))],
  'acting.checking': [...asked, approved, ran(ok)],
  observing: [...begun, ...planned(run('ls'), deny)],
  storing: [...begun, ...planned(run('ls'), deny), observed()],
  'resting.waiting': [...begun, ...planned(run('ls'), deny), ...kept()],
  askingPerson: [...begun, ...climbed],
  'paused in planning.thinking': [...begun, read, user('pause')],
};

describe.each(Object.entries(ways))('in %s', (state, way) => {
  test('the walk arrives', () => {
    expect(walk(everything, way).state).toBe(state);
  });

  test('a stop ends the run as stopped', () => {
    const stopping = walk(everything, way, userStop);
    expect([stopping.state, stopping.context.ending]).toEqual(['stopping', { status: 'stopped', cause: 'person' }]);
    expect(walk(everything, way, userStop, closed(0)).state).toBe('stopped');
  });

  test('the deadline ends the run as exhausted', () => {
    const stopping = walk(everything, way, outOfTime);
    expect([stopping.state, stopping.context.ending]).toEqual([
      'stopping',
      { status: 'exhausted', cause: 'max-duration' },
    ]);
    expect(walk(everything, way, outOfTime, closed(0)).state).toBe('exhausted');
  });
});

describe('a pause', () => {
  test.each([
    'planning.reading',
    'planning.thinking',
    'planning.validating',
    'approving',
    'acting.sleeping',
    'resting.waiting',
  ])('in %s holds at once, and going on leads back there', (state) => {
    const way = ways[state] ?? [];
    const paused = walk(everything, way, user('pause'));
    expect([paused.state, Object.keys(paused.started)]).toEqual([`paused in ${state}`, ['awaitDeadline']]);
    const before = walk(everything, way);
    const after = walk(everything, way, user('pause'), user('goOn'));
    expect([after.state, after.context]).toEqual([before.state, before.context]);
    expect(after.started).toEqual({ ...paused.started, ...before.started });
  });

  test.each(['acting.executing', 'acting.checking', 'observing', 'storing'])('in %s waits for judging', (state) => {
    const way = ways[state] ?? [];
    const noted = walk(everything, way, user('pause'));
    expect([noted.state, noted.context.pauseAsked, noted.started]).toEqual([state, true, {}]);
    const rest: Record<string, readonly ChartEvent[]> = {
      'acting.executing': [ran(ok), checked(false), ...kept()],
      'acting.checking': [checked(false), ...kept()],
      observing: kept(),
      storing: [saved()],
    };
    const paused = walk(everything, way, user('pause'), rest[state] ?? []);
    expect([paused.state, paused.context.saved]).toEqual(['paused in resting.judging', 1]);
    const gone = walk(everything, way, user('pause'), rest[state] ?? [], user('goOn'));
    expect([gone.state, gone.context.pauseAsked]).toEqual(['resting.waiting', false]);
    expect(gone.started).toMatchObject({ awaitRest: { untilMs: 3_100, atMostMs: 100 } });
  });

  test.each(['starting.opening', 'starting.prechecking'])('in %s waits for the first judging', (state) => {
    const rest = [opened, checked(false)].slice(state === 'starting.opening' ? 0 : 1);
    const way = [...(ways[state] ?? []), user('pause'), ...rest, ...planned(run('ls'), deny)];
    expect(walk(everything, way).state).toBe('observing');
    expect(walk(everything, way, kept()).state).toBe('paused in resting.judging');
  });

  test.each(['starting.opening', 'acting.executing'])('asked for in %s is taken back by going on in time', (state) => {
    const way = [...(ways[state] ?? []), user('pause'), user('goOn')];
    const before = walk(everything, ways[state] ?? []);
    expect(walk(everything, way)).toEqual({ ...before, started: {} });
  });

  test('gives up a thought and thinks it again', () => {
    const again = walk(everything, begun, read, user('pause'), user('goOn'));
    expect([again.state, again.started]).toEqual([
      'planning.thinking',
      { awaitDeadline: { untilMs: null, atMostMs: null }, think: { iteration: 1, level: 'calm' } },
    ]);
    expect(walk(everything, begun, read, user('pause'), user('goOn'), thought).state).toBe('planning.validating');
  });

  test('does not lengthen a sleep', () => {
    const way = [...begun, ...planned(sleep(5_000)), user('pause'), user('goOn')];
    expect(walk(everything, way).started).toMatchObject({ sleepUntil: { untilMs: 7_000, atMostMs: 5_000 } });
  });

  test('does not take the run past its end', () => {
    const input = inputWith({ limits: { maxIterations: 1 } });
    const way = [opened, ...planned(run('ls'), allow), user('pause'), ran(ok), ...kept()];
    expect(walk(input, way).context.ending).toEqual({ status: 'exhausted', cause: 'max-iterations' });
  });

  test('keeps the level of the watchdog', () => {
    const way = [opened, ...commanded(), ...kept(9), user('pause'), user('goOn')];
    const { state, context } = walk(inputWith(), way, rested, commanded(), observed(9));
    expect([state, context.watchdogLevel]).toEqual(['storing', 'nudged']);
  });
});

describe('approving', () => {
  test('asks about an allowed command only', () => {
    expect(walk(everything, asked).state).toBe('approving');
    expect(walk(everything, begun, planned(run('curl'), deny)).state).toBe('observing');
    expect(walk(everything, begun, planned(stop)).state).toBe('acting.checking');
    expect(walk(everything, begun, planned(sleep(5)), slept).state).toBe('observing');
  });

  test('takes a yes for this iteration', () => {
    const { state, started } = walk(everything, asked, approved);
    expect([state, started]).toEqual([
      'acting.executing',
      { runCommand: { iteration: 1, command: 'ls', workingDirectory: '' } },
    ]);
  });

  test.each(['user.approve', 'user.deny'] as const)('does not take a %s for another iteration', (type) => {
    expect(() => walk(everything, asked, { type, iteration: 0 })).toThrow('changes nothing');
    expect(() => walk(everything, asked, { type, iteration: 2 })).toThrow('changes nothing');
  });

  test('takes a no as a failure that does not count', () => {
    const { context } = walk(everything, asked, { type: 'user.deny', iteration: 1 }, kept());
    expect([context.failures, context.decision, context.outcome]).toEqual([
      0,
      run('ls'),
      { kind: 'failure', code: 'command-denied', byPerson: true, exitCode: null, truncated: false, durationMs: 0 },
    ]);
  });
});

describe('asking a person who is there', () => {
  const way = [...begun, ...climbed];

  test('waits ten minutes, then the run is stuck', () => {
    const { state, started } = walk(everything, way);
    expect([state, started]).toEqual([
      'askingPerson',
      { awaitPerson: { untilMs: null, atMostMs: 600_000 }, awaitDeadline: { untilMs: null, atMostMs: null } },
    ]);
    expect(walk(everything, way, nobodyAnswered).context.ending).toEqual({ status: 'stuck', cause: 'watchdog' });
  });

  test('goes on with a calm watchdog and without a pause that was asked for before', () => {
    const gone = walk(everything, way.slice(0, -1), user('pause'), saved(), user('goOn'));
    expect([gone.state, gone.context.watchdogLevel, gone.context.pauseAsked]).toEqual([
      'resting.waiting',
      'calm',
      false,
    ]);
    const next = walk(everything, way, user('goOn'), rested, planned(run('ls'), deny), observed(9));
    expect([next.context.iteration, next.context.watchdogLevel]).toEqual([5, 'suspicious']);
  });
});
