import type { BoundObject, ObjectContext, RestatePromise, RestateSdk } from '../../src/fleet/sdk.ts';

type Handler = (ctx: ObjectContext, input: unknown) => Promise<unknown>;
interface Definition {
  readonly name: string;
  readonly handlers: Readonly<Record<string, Handler>>;
}

/** Virtual objects without an engine: one call at a time for each key, in order; what is sent with a delay comes later. */
export interface RestateInMemory {
  readonly sdk: RestateSdk;
  bind(objects: readonly BoundObject[]): void;
  call(object: string, key: string, handler: string, input: unknown): Promise<unknown>;
  /** What stands in an object's state. */
  state(object: string, key: string): Readonly<Record<string, unknown>>;
  /** Resolves when nothing is under way and nothing is delayed. */
  untilQuiet(): Promise<void>;
  /** Calls of that handler so far. */
  callsOf(handler: string): number;
  /** Delays that were asked for, in milliseconds. */
  readonly delays: readonly number[];
}

/** A longer delay is cut to this, so that tests need not wait … */
const MAX_DELAY_MS = 20;
/** … and what is longer than any test never comes. */
const NEVER_MS = 30_000;

export function createRestateInMemory(): RestateInMemory {
  const definitions = new Map<string, Definition>();
  const states = new Map<string, Map<string, string>>();
  const tails = new Map<string, Promise<unknown>>();
  const awakeables = new Map<string, (value: unknown) => void>();
  const counts = new Map<string, number>();
  const delays: number[] = [];
  let underWay = 0;
  let ids = 0;

  function stateOf(object: string, key: string): Map<string, string> {
    const place = `${object}/${key}`;
    const state = states.get(place) ?? new Map<string, string>();
    states.set(place, state);
    return state;
  }

  function call(object: string, key: string, handler: string, input: unknown): Promise<unknown> {
    const place = `${object}/${key}`;
    const text = JSON.stringify(input);
    underWay += 1;
    const before = tails.get(place) ?? Promise.resolve();
    const work = before.then(() => {
      counts.set(handler, (counts.get(handler) ?? 0) + 1);
      const run = definitions.get(object)?.handlers[handler];
      if (run === undefined) throw new Error(`There is no ${object}/${handler}.`);
      return run(contextOf(object, key), JSON.parse(text));
    });
    const settled = work.finally(() => {
      underWay -= 1;
    });
    tails.set(
      place,
      settled.catch(() => {}),
    );
    return settled;
  }

  function contextOf(object: string, key: string): ObjectContext {
    const state = stateOf(object, key);
    return {
      key,
      date: { now: async () => Date.now() },
      run: (_, action) => promised(action().then((value) => JSON.parse(JSON.stringify(value)))),
      sleep: (ms) => promised(new Promise((resolve) => setTimeout(resolve, Math.min(ms, MAX_DELAY_MS)))),
      awakeable() {
        ids += 1;
        const id = `awakeable-${ids}`;
        return { id, promise: promised(new Promise((resolve) => awakeables.set(id, resolve as never))) };
      },
      resolveAwakeable: (id, payload) => awakeables.get(id)?.(payload),
      get: async (name) => JSON.parse(state.get(name) ?? 'null'),
      set: (name, value) => void state.set(name, JSON.stringify(value)),
      clear: (name) => void state.delete(name),
      clearAll: () => state.clear(),
      objectClient: (its, other) => proxy((handler, input) => call(its.name, other, handler, input)),
      objectSendClient: (its, other) =>
        proxy((handler, input, options) => {
          const { delay } = (options ?? { delay: 0 }) as { delay: number };
          if (delay === 0) return void call(its.name, other, handler, input).catch(() => {});
          delays.push(delay);
          if (delay > NEVER_MS) return;
          underWay += 1;
          setTimeout(
            () => {
              underWay -= 1;
              void call(its.name, other, handler, input).catch(() => {});
            },
            Math.min(delay, MAX_DELAY_MS),
          );
        }),
    };
  }

  return {
    sdk: {
      object: (definition) => definition as unknown as BoundObject,
      createEndpointHandler: () => () => {},
      rpc: { sendOpts: (options) => options },
      RestatePromise: { race: (promises) => promised(Promise.race(promises)) },
    },
    bind(objects) {
      for (const object of objects as unknown as readonly Definition[]) definitions.set(object.name, object);
    },
    call,
    state: (object, key) =>
      Object.fromEntries([...stateOf(object, key)].map(([name, text]) => [name, JSON.parse(text)])),
    async untilQuiet() {
      for (let quiet = 0; quiet < 3; quiet = underWay === 0 ? quiet + 1 : 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    callsOf: (handler) => counts.get(handler) ?? 0,
    delays,
  };
}

function promised<T>(promise: Promise<T>): RestatePromise<T> {
  const map = <U>(mapper: (value: T | undefined, failure: Error | undefined) => U) =>
    promised(
      promise.then(
        (value) => mapper(value, undefined),
        (error: Error) => mapper(undefined, error),
      ),
    );
  return Object.assign(promise, { map });
}

function proxy<T>(answer: (handler: string, input: unknown, options?: unknown) => T) {
  return new Proxy({} as Record<string, (input: unknown, options?: unknown) => T>, {
    get: (_, handler) => (input: unknown, options?: unknown) => answer(String(handler), input, options),
  });
}
