import { describe, expect, test } from 'vitest';
import { assign, createMachine, fromPromise, setup } from 'xstate';
import { createTestModel } from 'xstate/graph';
import { explore, isMove } from '../../../src/testing/explore.ts';
import { always, assertHolds, eventually, never, noCircle } from '../../../src/testing/invariants.ts';
import { describeTrace } from '../../../src/testing/trace.ts';
import { liftMachine, liftWorld } from './lift.ts';

const lift = explore(liftMachine, liftWorld);

describe('an exploration', () => {
  test('works where createTestModel refuses', () => {
    expect(() => createTestModel(liftMachine)).toThrow();
    expect(new Set(lift.configurations.map(({ snapshot }) => snapshot.value))).toEqual(
      new Set(['waiting', 'open', 'looking', 'driving', 'stuck', 'worn']),
    );
  });

  test('tries every answer, rejections, timers and events, and starts nothing', () => {
    const [open] = lift.configurations.filter(({ snapshot }) => snapshot.value === 'looking');
    const events = lift.steps.filter(({ from }) => from === open).map(({ event }) => event.type);
    expect(events).toEqual([
      'xstate.done.actor.look',
      'xstate.done.actor.look',
      'xstate.error.actor.look',
      'call',
      'hold',
    ]);
  });

  test('of two timers in one state tries the one that ends first', () => {
    const timers = lift.steps.map(({ event }) => event.type).filter((type) => type.startsWith('xstate.after'));
    expect(new Set(timers)).toEqual(new Set(['xstate.after.5000.lift.open']));
  });

  test('says what each step starts, stops and takes', () => {
    const [step] = lift.steps.filter(
      ({ from, event }) => from.snapshot.value === 'looking' && event.type === 'xstate.done.actor.look',
    );
    expect(step?.effects.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['stop look', 'start drive']);
    expect(step?.taken).toEqual(['lift.looking|xstate.done.actor.look|0']);
  });

  test('stops at an actor of which nothing is said, and says what to type', () => {
    expect(() => explore(liftMachine, { ...liftWorld, answers: { look: [] } })).not.toThrow();
    expect(() => explore(liftMachine, { ...liftWorld, answers: { look: [true] } })).toThrow(
      'The actor "drive" is alive in "driving", and nobody has said what it may answer. Add it to "answers": { "drive": [an example for each branch] }',
    );
  });

  test('stops when something grows for ever, and can be told what to put in its place', () => {
    const counter = createMachine({
      context: { count: 0 },
      on: { more: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
    });
    const events = [{ type: 'more' }];
    expect(() => explore(counter, { events, atMost: 50 })).toThrow('More than 50 configurations');
    const { configurations } = explore(counter, {
      events,
      abstract: (snapshot) => [{ ...snapshot, context: { count: Math.min(snapshot.context.count, 3) } }],
    });
    expect(configurations.map(({ snapshot }) => snapshot.context.count)).toEqual([0, 1, 2, 3]);
  });

  test('tells configurations apart by what is to be remembered', () => {
    const { configurations } = explore(liftMachine, {
      ...liftWorld,
      remember: {
        start: false,
        after: (wasHeld: boolean, { event, before }) => wasHeld || (event.type === 'hold' && before.value === 'open'),
      },
    });
    expect(configurations.length).toBeGreaterThan(lift.configurations.length);
    expect(new Set(configurations.map(({ memory }) => memory))).toEqual(new Set([false, true]));
  });

  test('tells a history that can still be read apart', () => {
    const player = setup({ actors: { load: fromPromise(async () => null) } }).createMachine({
      initial: 'on',
      states: {
        on: {
          initial: 'a',
          states: { a: { on: { next: 'b' } }, b: {}, here: { type: 'history' } },
          on: { off: 'off' },
        },
        off: { on: { on: 'on.here' } },
      },
    });
    const { configurations } = explore(player, { events: [{ type: 'next' }, { type: 'off' }, { type: 'on' }] });
    expect(configurations.map(({ snapshot }) => JSON.stringify(snapshot.value))).toEqual([
      '{"on":"a"}',
      '{"on":"b"}',
      '"off"',
      '"off"',
    ]);
  });
});

describe('an invariant', () => {
  test('that holds says no more', () => {
    expect(always(lift, ({ snapshot }) => snapshot.context.trips <= 2)).toEqual({ holds: true });
    const isJump = ({ from, landed }: (typeof lift.steps)[number]) =>
      from.snapshot.value === 'waiting' && landed.value === 'driving';
    expect(never(lift, isJump)).toEqual({ holds: true });
  });

  test('that is broken is shown by a shortest way', () => {
    const finding = always(lift, ({ snapshot }) => snapshot.value !== 'stuck', 'It is stuck.');
    expect(finding).toMatchObject({ holds: false, reason: 'It is stuck.' });
    expect(() => assertHolds(finding)).toThrow(
      [
        'It is stuck.',
        '  1  call → open',
        '  2  after 5000 in lift.open → looking',
        '  3  look answered true → driving',
        '  4  drive rejected → stuck',
      ].join('\n'),
    );
  });

  test('of steps can say itself what is wrong', () => {
    const finding = never(lift, ({ landed }) => (landed.context.trips === 1 ? 'A trip.' : null));
    expect(finding).toMatchObject({ holds: false, reason: 'A trip.' });
    if (!finding.holds)
      expect(describeTrace(finding.trace).map(({ state }) => state)).toEqual(['open', 'looking', 'driving', 'waiting']);
  });

  test('that something comes in the end is refuted by a dead end, and by a circle', () => {
    const isWorn = ({ snapshot }: (typeof lift.configurations)[number]) => snapshot.value === 'worn';
    expect(eventually(lift, isWorn)).toMatchObject({ reason: 'Nothing that can be relied on leads on from here.' });
    const isLucky = ({ event }: (typeof lift.steps)[number]) => !event.type.startsWith('xstate.error');
    const withoutStuck = explore(liftMachine, { ...liftWorld, rejecting: [] });
    const circling = eventually(withoutStuck, isWorn, isLucky);
    expect(circling).toMatchObject({ holds: false, reason: 'From here the way can go in a circle for ever.' });
    if (!circling.holds)
      expect(describeTrace(circling.trace).map(({ state }) => state)).toEqual([
        'open',
        'looking',
        'driving',
        'waiting',
        'open',
        'looking',
        'open',
      ]);
    const isClear = ({ event }: (typeof lift.steps)[number]) =>
      !('output' in event && event.output === false) && event.type !== 'hold';
    expect(eventually(withoutStuck, isWorn, isClear)).toEqual({ holds: true });
  });

  test('a circle is one of moves: an event that changes nothing makes none', () => {
    expect(lift.steps.some((step) => !isMove(step))).toBe(true);
    expect(noCircle(lift, ({ event }) => event.type === 'call')).toEqual({ holds: true });
  });
});
