import type { Sequence } from './sequence.ts';
import type { ThinkOrder, ThoughtAnswer, WarmOrder } from './worker-protocol.ts';

/** The orders for one sequence, carried out one after the other. */
export interface Lane {
  warm(order: WarmOrder): void;
  /** Never rejects. */
  think(order: ThinkOrder, onText: (text: string) => void): Promise<ThoughtAnswer>;
  /** Gives up the thought, and whatever stands before it. */
  abort(id: number): void;
  /** Gives up what is under way. */
  abortAll(): void;
}

export function createLane(sequence: Sequence): Lane {
  let queue: Promise<unknown> = Promise.resolve();
  let controller = new AbortController();
  let isGivenUp = (_id: number): boolean => false;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(() => {
      if (controller.signal.aborted) controller = new AbortController();
      return work();
    });
    queue = done;
    return done;
  }

  return {
    warm: (order) => void inTurn(() => sequence.warm(order, controller.signal)),
    think: (order, onText) =>
      inTurn(() => {
        // It may have been given up while it waited for its turn.
        if (isGivenUp(order.id)) controller.abort();
        return sequence.think(order, { signal: controller.signal, onText });
      }),
    abort(id) {
      isGivenUp = (other) => other === id;
      controller.abort();
    },
    abortAll: () => controller.abort(),
  };
}
