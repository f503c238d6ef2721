import { describe, expect, test } from 'vitest';
import { createMachine, fromPromise } from 'xstate';
import { startOnCommand } from '../../../src/testing/commanded-actor.ts';
import { createCoverage, noteExploration } from '../../../src/testing/coverage.ts';
import { explore } from '../../../src/testing/explore.ts';
import { coveringPaths, shortestPaths, simplePaths } from '../../../src/testing/paths.ts';
import { checkRandomWalks } from '../../../src/testing/random-walks.ts';
import { runPath } from '../../../src/testing/run-path.ts';
import { liftMachine, liftWorld } from './lift.ts';

const lift = explore(liftMachine, liftWorld);
/** The same lift, whose door opens again when it is clear and closes on whoever stands in it. */
const brokenLift = liftMachine.provide({ guards: { isClear: (_, isClear) => !isClear } });

describe('paths', () => {
  test('shortest: one to each configuration, the nearest first', () => {
    const lengths = shortestPaths(lift).map((path) => path.length);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(lengths.length).toBe(lift.configurations.length - 1);
  });

  test('simple: every one to an end, none through one configuration twice', () => {
    const ends = simplePaths(lift).map((path) => path.map(({ to }) => to.snapshot.value).join(' '));
    const trip = 'open looking driving';
    expect(ends).toEqual([`${trip} waiting ${trip} worn`, `${trip} waiting ${trip} stuck`, `${trip} stuck`]);
    expect(simplePaths(lift, { atMost: 1 })).toHaveLength(1);
  });

  test('covering: together they take every transition, and run as they were explored', async () => {
    const coverage = createCoverage(liftMachine);
    for (const path of coveringPaths(lift)) {
      const taken = await runPath(liftMachine, path);
      for (const { landed } of path) coverage.note(landed, taken);
    }
    coverage.assertFull({ 'lift.open|xstate.after.60000.lift.open|0': 'The other timer ends first.' });
  });

  test('that another machine does not go fail at the first difference, with the way up to there', async () => {
    const [path = []] = coveringPaths(lift).filter((steps) => steps.some(({ landed }) => landed.value === 'driving'));
    await expect(runPath(brokenLift, path)).rejects.toThrow(
      /^state is "open", and should be "driving"\.\n {2}1 {2}call → open\n {2}2 {2}after 5000 in lift\.open → looking\n {2}3 {2}look answered true → driving$/,
    );
  });

  test('can be asked after each step', async () => {
    const [path = []] = coveringPaths(lift);
    const check = ({ snapshot }: { snapshot: () => { value: unknown } }) => {
      if (snapshot().value === 'looking') throw new Error('I do not like it.');
    };
    await expect(runPath(liftMachine, path, { check })).rejects.toThrow('I do not like it.\n  1  call → open');
  });
});

describe('coverage', () => {
  test('names what was not met', () => {
    const coverage = createCoverage(liftMachine);
    noteExploration(coverage, explore(liftMachine, { answers: { look: [], drive: [] }, events: [{ type: 'call' }] }));
    expect(coverage.missing().states).toEqual(['lift.driving', 'lift.stuck', 'lift.worn']);
    expect(() => coverage.assertFull()).toThrow('Never met: lift.driving, lift.stuck, lift.worn, lift.waiting||0');
  });

  test('takes no exception for what was met', () => {
    const coverage = createCoverage(liftMachine);
    noteExploration(coverage, lift);
    const timer = 'lift.open|xstate.after.60000.lift.open|0';
    expect(() => coverage.assertFull({ [timer]: 'late', 'lift.open': 'never' })).toThrow(
      'Excepted, and met all the same: lift.open.',
    );
  });
});

describe('an actor on command', () => {
  test('does nothing by itself, and what it is told', async () => {
    const actor = startOnCommand(liftMachine);
    await actor.happen({ type: 'call' });
    await actor.happen({ type: 'xstate.after.5000.lift.open' });
    expect([actor.snapshot().value, actor.alive()]).toEqual(['looking', ['look']]);
    await actor.happen({ type: 'xstate.error.actor.look', error: new Error('dark') });
    expect([actor.snapshot().value, actor.alive()]).toEqual(['open', []]);
    expect(actor.taken()).toEqual([
      'lift.waiting|call|0',
      'lift.open|xstate.after.5000.lift.open|0',
      'lift.looking|xstate.error.actor.look|0',
    ]);
  });

  test('refuses an answer of nobody, and the end of a timer that does not run', async () => {
    const actor = startOnCommand(liftMachine);
    await expect(actor.happen({ type: 'xstate.done.actor.look', output: true })).rejects.toThrow(
      'The actor "look" is not alive. Alive are: none.',
    );
    await expect(actor.happen({ type: 'xstate.after.5000.lift.open' })).rejects.toThrow('does not run in "waiting"');
  });

  test('leaves nobody behind', async () => {
    const actor = startOnCommand(liftMachine);
    await actor.happen({ type: 'call' });
    await actor.happen({ type: 'xstate.after.5000.lift.open' });
    actor.stop();
    expect(actor.alive()).toEqual([]);
  });

  test('cannot replace an actor without a name', () => {
    const inline = createMachine({ id: 'inline', invoke: { src: fromPromise(async () => null) } });
    expect(() => startOnCommand(inline)).toThrow('The actor that inline invokes is written inline. Give it a name');
  });
});

describe('random walks', () => {
  test('pass where nothing is wrong', async () => {
    await checkRandomWalks(liftMachine, {
      ...liftWorld,
      withActors: true,
      runs: 30,
      isRight: ({ landed }) => landed.context.trips <= 2,
    });
  });

  test('shrink to the shortest trace', async () => {
    const isRight = ({ landed }: { landed: { context: { trips: number } } }) => landed.context.trips < 1 || 'A trip.';
    await expect(checkRandomWalks(liftMachine, { ...liftWorld, seed: 1, isRight })).rejects.toThrow(
      [
        'A trip. Make this walk again with the seed 1.',
        '  1  call → open',
        '  2  after 5000 in lift.open → looking',
        '  3  look answered true → driving',
        '  4  drive answered → waiting',
      ].join('\n'),
    );
  });
});
