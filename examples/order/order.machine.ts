import { assign, fromPromise, setup } from 'xstate';

type Charge = { ok: true; receipt: string } | { ok: false };

/** An order in a shop: pay, pack, ship. It invokes three actors and has two timers. */
export const orderMachine = setup({
  types: {
    context: {} as { tries: number; receipt: string | null },
    events: {} as { type: 'order.place' } | { type: 'order.cancel' },
  },
  actors: {
    charge: fromPromise<Charge>(async () => ({ ok: false })),
    ship: fromPromise<null>(async () => null),
    refund: fromPromise<null>(async () => null),
  },
  guards: {
    isPaid: (_, charge: Charge) => charge.ok,
    hasTriesLeft: ({ context }) => context.tries < 3,
  },
  actions: {
    countTry: assign({ tries: ({ context }) => context.tries + 1 }),
    keepReceipt: assign({ receipt: (_, charge: Charge) => (charge.ok ? charge.receipt : null) }),
    dropReceipt: assign({ receipt: null }),
  },
}).createMachine({
  id: 'order',
  context: { tries: 0, receipt: null },
  initial: 'cart',
  states: {
    cart: { on: { 'order.place': 'paying', 'order.cancel': 'cancelled' } },
    paying: {
      entry: 'countTry',
      invoke: {
        id: 'charge',
        src: 'charge',
        onDone: [
          {
            guard: { type: 'isPaid', params: ({ event }) => event.output },
            target: 'packing',
            actions: { type: 'keepReceipt', params: ({ event }) => event.output },
          },
          { guard: 'hasTriesLeft', target: 'declined' },
          { target: 'cancelled' },
        ],
        onError: 'needsHelp',
      },
      after: { 30000: 'needsHelp' },
    },
    declined: { on: { 'order.place': 'paying', 'order.cancel': 'cancelled' }, after: { 600000: 'cancelled' } },
    packing: { invoke: { id: 'ship', src: 'ship', onDone: 'shipped', onError: 'refunding' } },
    refunding: {
      invoke: {
        id: 'refund',
        src: 'refund',
        onDone: { target: 'cancelled', actions: 'dropReceipt' },
        onError: 'needsHelp',
      },
    },
    needsHelp: { type: 'final' },
    cancelled: { type: 'final' },
    shipped: { type: 'final' },
  },
});
