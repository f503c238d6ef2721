import type { ObjectContext, RestatePromise, RestateSdk } from './sdk.ts';
import type { Came, Letter, Pending, Steps } from './steps.ts';

export interface RestateSteps extends Steps {
  /** How many letters the run has taken since it began. */
  taken(): number;
}

/**
 * The driver's engine is one invocation of Restate: work is `ctx.run`, letters come by an awakeable that the mailbox
 * resolves, moments by `ctx.sleep`. It waits for no other invocation: one that did could wait for a place that it holds.
 */
export function openSteps(options: {
  readonly sdk: RestateSdk;
  readonly ctx: ObjectContext;
  /** The object whose `listen` takes the awakeable. */
  readonly mailbox: string;
  /** Letters that were taken before. */
  readonly taken: number;
}): RestateSteps {
  const { sdk, ctx, mailbox } = options;
  let taken = options.taken;
  let mail = listen();
  let alarm: { readonly untilMs: number; readonly promise: RestatePromise<void> } | null = null;

  function listen(): RestatePromise<readonly Letter[]> {
    const { id, promise } = ctx.awakeable<readonly Letter[]>();
    ctx.objectSendClient({ name: mailbox }, ctx.key)['listen']?.({ after: taken, waiter: id });
    return promise;
  }

  /** In an object: a function that answered the promise itself would wait for it. */
  async function alarmAt(untilMs: number): Promise<{ readonly promise: RestatePromise<void> }> {
    if (alarm?.untilMs === untilMs) return alarm;
    const leftMs = Math.max(0, untilMs - (await ctx.date.now()));
    alarm = { untilMs, promise: ctx.sleep(leftMs) };
    return alarm;
  }

  return {
    taken: () => taken,
    begin: <T>(name: string, work: () => Promise<T>): Pending<T> => ({ name, handle: ctx.run(name, work) }),
    async first<T>(pending: Pending<T>, untilMs: number | null): Promise<Came<T>> {
      // What `begin` has put there.
      const work = pending.handle as RestatePromise<T>;
      const racing: RestatePromise<Came<T>>[] = [
        work.map((result, failure) => {
          if (failure !== undefined) throw failure;
          return { what: 'result', result: result as T } satisfies Came<T>;
        }),
        mail.map((letters) => ({ what: 'letters', letters: letters ?? [] }) satisfies Came<T>),
      ];
      if (untilMs !== null) racing.push((await alarmAt(untilMs)).promise.map(() => ({ what: 'time' })));
      const came = await sdk.RestatePromise.race(racing);
      if (came.what === 'letters') {
        taken += came.letters.length;
        mail = listen();
      }
      // It has rung.
      if (came.what === 'time') alarm = null;
      return came;
    },
    now: () => ctx.date.now(),
  };
}
