import { toErrorRecord } from '../errors.ts';
import type { Model } from '../services/model/model.ts';
import { createQueue } from './queue.ts';

/** How a model is loaded. */
export type OpenModel = (signal: AbortSignal) => Promise<Model>;

/**
 * The models of a host. So many are loaded at the same time, and each thinks one thought at a time; whoever wants more
 * waits in turn. Runs with the same key share one.
 */
export interface ModelPool {
  /**
   * Loads the model, to see that it can be, and answers one to think with: closing that one closes nothing.
   * @throws AgentError as `open` does
   */
  open(key: string, open: OpenModel, signal: AbortSignal): Promise<Model>;
  close(): Promise<void>;
}

interface Loaded {
  readonly model: Promise<Model>;
  users: number;
}

export function createModelPool(places: number): ModelPool {
  const queue = createQueue(places);
  // In the order of their last use.
  const loaded = new Map<string, Loaded>();

  async function lease<T>(key: string, open: OpenModel, signal: AbortSignal, use: (model: Model) => Promise<T>) {
    const entry = loaded.get(key) ?? (await load(key, open, signal));
    entry.users += 1;
    loaded.delete(key);
    loaded.set(key, entry);
    try {
      return await use(await entry.model);
    } catch (error) {
      // A thought never rejects, so it is the model that could not be loaded: whoever comes next tries again.
      if (loaded.get(key) === entry) loaded.delete(key);
      throw error;
    } finally {
      entry.users -= 1;
    }
  }

  async function load(key: string, open: OpenModel, signal: AbortSignal): Promise<Loaded> {
    const idle = [...loaded].filter(([, { users }]) => users === 0).slice(0, Math.max(0, loaded.size - places + 1));
    for (const [old] of idle) loaded.delete(old);
    await Promise.all(idle.map(([, { model }]) => model.then((its) => its.close()).catch(() => {})));
    // Another one may have loaded it meanwhile.
    const known = loaded.get(key);
    if (known) return known;
    const entry: Loaded = { model: open(signal), users: 0 };
    loaded.set(key, entry);
    return entry;
  }

  return {
    async open(key, open, signal) {
      const description = await queue.take(() => lease(key, open, signal, async (model) => model.description), signal);
      return {
        description,
        think: (request, options) =>
          queue
            .take(() => lease(key, open, options.signal, (model) => model.think(request, options)), options.signal)
            .catch((error: unknown) => ({
              ok: false,
              message: toErrorRecord(error).message,
              tokens: { evaluated: 0, generated: 0 },
            })),
        close: async () => {},
      };
    },
    async close() {
      const models = [...loaded.values()];
      loaded.clear();
      await Promise.all(models.map(({ model }) => model.then((its) => its.close()).catch(() => {})));
    },
  };
}
