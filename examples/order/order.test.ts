import {
  always,
  assertHolds,
  checkRandomWalks,
  coveringPaths,
  createCoverage,
  eventually,
  explore,
  never,
  runPath,
} from 'gyre/testing';
import { describe, expect, test } from 'vitest';
import { orderMachine } from './order.machine.ts';

// What the world can do: one answer of each actor for each branch, and what customers send. Timers are found by themselves.
const world = {
  answers: { charge: [{ ok: true, receipt: 'r1' }, { ok: false }], ship: [null], refund: [null] },
  events: [{ type: 'order.place' }, { type: 'order.cancel' }],
};
const exploration = explore(orderMachine, world);

describe('in every configuration', () => {
  test('what is shipped is paid, and what is cancelled is not', () => {
    assertHolds(
      always(exploration, ({ snapshot }) => !snapshot.matches('shipped') || snapshot.context.receipt !== null),
    );
    assertHolds(
      always(exploration, ({ snapshot }) => !snapshot.matches('cancelled') || snapshot.context.receipt === null),
    );
  });

  test('nobody is charged a fourth time, or after the order is paid', () => {
    const isCharging = ({ effects }: (typeof exploration.steps)[number]) =>
      effects.some(({ kind, id }) => kind === 'start' && id === 'charge');
    assertHolds(never(exploration, (step) => isCharging(step) && step.landed.context.tries > 3));
    assertHolds(never(exploration, (step) => isCharging(step) && step.from.snapshot.context.receipt !== null));
  });

  test('the order comes to an end, if actors settle and timers run, whatever the customer does', () => {
    const isPlaced = ({ from }: (typeof exploration.steps)[number]) => !from.snapshot.matches('cart');
    assertHolds(
      eventually(
        exploration,
        ({ snapshot }) => snapshot.status === 'done',
        (step) => isPlaced(step) || step.event.type === 'order.place',
      ),
    );
  });
});

describe('a running machine', () => {
  const paths = coveringPaths(exploration);

  test('goes where the exploration says, on paths that take every transition', async () => {
    const coverage = createCoverage(orderMachine);
    for (const path of paths) {
      const taken = await runPath(orderMachine, path);
      for (const { landed } of path) coverage.note(landed, taken);
    }
    coverage.assertFull();
    expect(paths.length).toBeLessThan(20);
  });

  test('does so on random walks too, which shrink when they fail', async () => {
    await checkRandomWalks(orderMachine, {
      ...world,
      withActors: true,
      seed: 9,
      isRight: ({ landed }) => landed.context.tries <= 3 || 'A fourth try.',
    });
  });
});
