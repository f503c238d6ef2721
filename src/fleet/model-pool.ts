import { AgentError, toErrorRecord } from '../errors.ts';
import { openSharedModel, type SharedModel } from '../services/model/llama.ts';
import type { Model, Thought } from '../services/model/model.ts';
import { hasRoomFor } from '../services/model/model-file.ts';
import { type FoundModel, findModel, type OpenModelOptions, openScript } from '../services/model/open-model.ts';
import { createQueue } from '../services/model/queue.ts';

/**
 * The models of a host. Runs with the same model share it, whatever their goals. One that does not fit the memory beside
 * those that think waits until they have thought, and takes their place; who comes later waits behind it.
 */
export interface ModelPool {
  /**
   * Loads the model, to see that it can be, and answers one to think with. It is loaded again when it had to give way.
   * @throws AgentError `model-unavailable`
   */
  open(options: OpenModelOptions): Promise<Model>;
  close(): Promise<void>;
}

export interface ModelPoolOptions {
  /** Thoughts at the same time that are wanted of each model. */
  readonly sequences: number;
  readonly onNotice: (sentence: string) => void;
  readonly find?: typeof findModel;
  readonly load?: typeof openSharedModel;
  readonly hasRoom?: typeof hasRoomFor;
}

type Weights = Extract<FoundModel, { kind: 'gguf' }>['weights'];

interface Loaded {
  readonly shared: SharedModel;
  /** Thoughts that are under way, or wait for a sequence. */
  thoughts: number;
}

export function createModelPool(options: ModelPoolOptions): ModelPool {
  const { sequences, onNotice, find = findModel, load = openSharedModel, hasRoom = hasRoomFor } = options;
  // One at a time looks for its model, loads it, or waits for room.
  const entrance = createQueue(1);
  const loaded = new Map<string, Loaded>();
  let onThought = (): void => {};

  async function using<T>(weights: Weights, signal: AbortSignal, use: (its: Loaded) => Promise<T>): Promise<T> {
    const its = await entrance.take(() => enter(weights, signal), signal);
    try {
      return await use(its);
    } finally {
      its.thoughts -= 1;
      onThought();
    }
  }

  async function enter(weights: Weights, signal: AbortSignal): Promise<Loaded> {
    assertWanted(signal);
    const key = keyOf(weights);
    const known = loaded.get(key);
    if (known !== undefined) {
      known.thoughts += 1;
      return known;
    }
    await makeRoom(weights, signal);
    const shared = await load({ ...weights, signal, sequences });
    if (shared.sequences < sequences) {
      onNotice(
        `${shared.description.name} thinks ${shared.sequences} of ${sequences} thoughts at the same time: the memory allows no more.`,
      );
    }
    const its = { shared, thoughts: 1 };
    loaded.set(key, its);
    return its;
  }

  async function makeRoom(weights: Weights, signal: AbortSignal): Promise<void> {
    while (loaded.size > 0 && !(await hasRoom(weights))) {
      const idle = [...loaded].find(([, { thoughts }]) => thoughts === 0);
      if (idle !== undefined) {
        loaded.delete(idle[0]);
        await idle[1].shared.close();
        continue;
      }
      await new Promise<void>((resolve) => {
        onThought = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      assertWanted(signal);
    }
  }

  return {
    async open(asked) {
      const found = await find(asked);
      if (found.kind === 'script') return openScript(found.file);
      const { weights } = found;
      let of: SharedModel | null = null;
      let mind: Model | null = null;
      const mindOf = async ({ shared }: Loaded): Promise<Model> => {
        if (mind !== null && of === shared) return mind;
        of = shared;
        mind = shared.mind(asked);
        return mind;
      };
      const { description } = await using(weights, asked.signal, mindOf);
      return {
        description,
        think: (request, how) =>
          using(weights, how.signal, async (its) => (await mindOf(its)).think(request, how)).catch(failure),
        close: async () => mind?.close(),
      };
    },
    async close() {
      const all = [...loaded.values()];
      loaded.clear();
      await Promise.all(all.map(({ shared }) => shared.close()));
    },
  };
}

/** All that the weights and their context depend on. */
function keyOf({ file, adapter, contextSize, gpuLayers, prefixDir }: Weights): string {
  return JSON.stringify([file, adapter?.sha256 ?? null, contextSize, gpuLayers, prefixDir]);
}

function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new AgentError('model-unavailable', 'The thought was given up.');
}

/** A thought never rejects, so it is the model that could not be loaded: the next thought tries again. */
function failure(error: unknown): Thought {
  return { ok: false, message: toErrorRecord(error).message, tokens: { evaluated: 0, generated: 0 } };
}
