import { assign, fromPromise, setup } from 'xstate';

/** A lift: it opens its door on request, looks whether somebody stands in it, and closes it by itself after a while. */
export const liftMachine = setup({
  types: { context: {} as { trips: number }, events: {} as { type: 'call' } | { type: 'hold' } },
  actors: { look: fromPromise<boolean>(async () => true), drive: fromPromise<null>(async () => null) },
  guards: { isClear: (_, isClear: boolean) => isClear, isWorn: ({ context }) => context.trips >= 2 },
  actions: { countTrip: assign({ trips: ({ context }) => context.trips + 1 }) },
}).createMachine({
  id: 'lift',
  context: { trips: 0 },
  initial: 'waiting',
  states: {
    waiting: { on: { call: 'open' }, always: { guard: 'isWorn', target: 'worn' } },
    open: { on: { hold: { target: 'open', reenter: true } }, after: { 5000: 'looking', 60000: 'waiting' } },
    looking: {
      invoke: {
        id: 'look',
        src: 'look',
        onDone: [{ guard: { type: 'isClear', params: ({ event }) => event.output }, target: 'driving' }, 'open'],
        onError: 'open',
      },
    },
    driving: {
      invoke: { id: 'drive', src: 'drive', onDone: { target: 'waiting', actions: 'countTrip' }, onError: 'stuck' },
    },
    stuck: {},
    worn: { type: 'final' },
  },
});

export const liftWorld = {
  answers: { look: [true, false], drive: [null] },
  events: [{ type: 'call' }, { type: 'hold' }],
};
