import type { ObjectContext, RestatePromise, RestateSdk } from './sdk.ts';
import type { Came, Letter, Pending, Steps } from './steps.ts';

export interface RestateSteps extends Steps {
  /** Letters that have come until now and nobody has been told of; they count as taken. */
  waiting(): readonly Letter[];
  /** How many letters the run has been told of since it began. */
  taken(): number;
}

/**
 * The driver's engine is one invocation of Restate: work is `ctx.run`, letters come by an awakeable that the mailbox
 * resolves, moments by `ctx.sleep`.
 */
export async function openSteps(options: {
  readonly sdk: RestateSdk;
  readonly ctx: ObjectContext;
  /** The object whose `listen` takes the awakeable. */
  readonly mailbox: string;
  /** Letters that were taken before. */
  readonly taken: number;
}): Promise<RestateSteps> {
  const { sdk, ctx, mailbox } = options;
  let taken = options.taken;
  let waiting: readonly Letter[] = [];
  let mail: RestatePromise<readonly Letter[]> | null = null;
  let alarm: { readonly untilMs: number; readonly promise: RestatePromise<void> } | null = null;

  async function listen(): Promise<void> {
    const { id, promise } = ctx.awakeable<readonly Letter[]>();
    const client = ctx.objectClient({ name: mailbox }, ctx.key);
    // The mailbox's answer is what `listen` of objects.ts returns.
    waiting = (await client['listen']?.({ after: taken, waiter: id })) as readonly Letter[];
    mail = waiting.length === 0 ? promise : null;
  }

  /** In an object: a function that answered the promise itself would wait for it. */
  async function alarmAt(untilMs: number): Promise<{ readonly promise: RestatePromise<void> }> {
    if (alarm?.untilMs === untilMs) return alarm;
    const leftMs = Math.max(0, untilMs - (await ctx.date.now()));
    alarm = { untilMs, promise: ctx.sleep(leftMs) };
    return alarm;
  }

  function take(letters: readonly Letter[]): readonly Letter[] {
    taken += letters.length;
    waiting = [];
    mail = null;
    return letters;
  }

  await listen();
  return {
    waiting: () => (waiting.length === 0 ? [] : take(waiting)),
    taken: () => taken,
    begin: <T>(name: string, work: () => Promise<T>): Pending<T> => ({ name, handle: ctx.run(name, work) }),
    async first<T>(pending: Pending<T>, untilMs: number | null): Promise<Came<T>> {
      if (mail === null && waiting.length === 0) await listen();
      if (waiting.length > 0) return { what: 'letters', letters: take(waiting) };
      // What `begin` has put there.
      const work = pending.handle as RestatePromise<T>;
      const racing: RestatePromise<Came<T>>[] = [
        work.map((result, failure) => {
          if (failure !== undefined) throw failure;
          return { what: 'result', result: result as T } satisfies Came<T>;
        }),
      ];
      const letters = mail as RestatePromise<readonly Letter[]> | null;
      if (letters !== null) racing.push(letters.map((its) => ({ what: 'letters', letters: its ?? [] })));
      if (untilMs !== null) racing.push((await alarmAt(untilMs)).promise.map(() => ({ what: 'time' })));
      const came = await sdk.RestatePromise.race(racing);
      if (came.what === 'letters') take(came.letters);
      // It has rung.
      if (came.what === 'time') alarm = null;
      return came;
    },
    now: () => ctx.date.now(),
  };
}
