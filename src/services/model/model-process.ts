import { AgentError } from '../../errors.ts';
import { startWorker, type Worker } from './worker-client.ts';
import { createHealthWatch } from './worker-health.ts';
import type { LoadedModel, LoadOptions, ThinkOrder, ThoughtAnswer, WarmOrder } from './worker-protocol.ts';

export interface ModelProcessOptions {
  readonly load: LoadOptions;
  /** From 0 to 1, while the weights are read for the first time. */
  readonly onProgress?: (fraction: number) => void;
  /** Aborted during the first loading: it is given up. */
  readonly signal?: AbortSignal;
  /** A new process has taken over, and none of its sequences has read anything. */
  readonly onRestarted: () => void;
  readonly start?: typeof startWorker;
}

/** One thought of the process; never rejects. What is given up settles soon. */
export type Ask = (
  order: Omit<ThinkOrder, 'id'>,
  options: { readonly giveUp: Promise<string>; readonly onText: (text: string) => void },
) => Promise<ThoughtAnswer>;

/** A loaded model in a process of its own, which several minds share, and the next process when that one has died. */
export interface ModelProcess {
  readonly loaded: LoadedModel;
  /** Reads the beginning of a prompt before the rest is known. The next thought of its sequence waits for it. */
  warm(order: WarmOrder): void;
  /**
   * Lets `work` think while a process is there: a dead one is replaced first, and a planned restart waits for the work.
   * Resolves with what is wrong when there is none. Never rejects, unless `work` does.
   */
  use<T>(work: (ask: Ask) => Promise<T>, giveUp: Promise<string>): Promise<T | { readonly problem: string }>;
  /** Ends it, by force if need be; thoughts that are under way fail. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a process and loads a model into it. Rejects with `model-unavailable`, and nothing is left running then.
 *
 * A process that dies fails the thoughts that are under way, and the next thought starts another one. A process that has
 * grown or become slow is replaced when nobody thinks; thoughts that come meanwhile wait for the new one.
 */
export async function openModelProcess(options: ModelProcessOptions): Promise<ModelProcess> {
  const health = createHealthWatch();
  const start = options.start ?? startWorker;
  let worker = start();
  const loaded = await loadInto(worker, options);
  const load = { ...options.load, sequences: loaded.sequences };
  let isClosed = false;
  let count = 0;
  let thinking = 0;
  let waiting = 0;
  let onIdle = (): void => {};
  let restarting: Promise<string | null> | null = null;

  const ask: Ask = async (order, how) => {
    count += 1;
    const { thought, health: sample } = await worker.think({ ...order, id: count }, how);
    if (sample !== null && health.note(sample) !== null) void restart();
    return thought;
  };

  /** What is wrong, or null when a new process is there. Several that ask at the same time get the same one. */
  function restart(): Promise<string | null> {
    restarting ??= replace().finally(() => {
      restarting = null;
    });
    return restarting;
  }

  async function replace(): Promise<string | null> {
    if (thinking > 0) {
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    }
    await worker.close();
    if (isClosed) return closed;
    worker = start();
    const problem = await loadAgain(worker, load);
    if (problem !== null) {
      await worker.kill();
      return problem;
    }
    health.restarted();
    options.onRestarted();
    return null;
  }

  async function waitForRestart(giveUp: Promise<string>): Promise<string | null> {
    waiting += 1;
    const problem = await Promise.race([restart(), giveUp]);
    waiting -= 1;
    // Else a loading that hangs would hang for ever.
    if (problem !== null && waiting === 0 && thinking === 0) await worker.kill();
    return problem;
  }

  return {
    loaded,
    warm: (order) => worker.warm(order),
    async use(work, giveUp) {
      if (isClosed) return { problem: closed };
      // Nothing may come between the last look and the count: a planned restart begins when nobody thinks.
      while (restarting !== null || !worker.isAlive()) {
        const problem = await waitForRestart(giveUp);
        if (problem !== null) return { problem };
      }
      thinking += 1;
      try {
        return await work(ask);
      } finally {
        thinking -= 1;
        if (thinking === 0) onIdle();
      }
    },
    async close() {
      isClosed = true;
      await worker.close();
    },
  };
}

const closed = 'The model is closed.';

async function loadInto(worker: Worker, { load, onProgress, signal }: ModelProcessOptions): Promise<LoadedModel> {
  const onAbort = (): void => {
    void worker.kill();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted) throw new AgentError('model-unavailable', `Loading ${load.name} was given up.`);
    return await worker.load(load, onProgress ?? (() => {}));
  } catch (error) {
    await worker.kill();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** What is wrong, or null when the process has all the sequences that the one before had. */
async function loadAgain(worker: Worker, load: LoadOptions): Promise<string | null> {
  try {
    const { sequences } = await worker.load(load, () => {});
    if (sequences === load.sequences) return null;
    return `The memory has room for ${sequences} thoughts of ${load.name} at the same time, no longer for ${load.sequences}.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
