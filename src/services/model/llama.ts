import { AgentError } from '../../errors.ts';
import { chooseDemonstrations } from './demonstrations.ts';
import type { Model, Thought, ThoughtRequest } from './model.ts';
import { buildPrompt } from './prompt.ts';
import { startWorker, type Worker } from './worker-client.ts';
import type { LoadedModel } from './worker-protocol.ts';

export interface LlamaModelOptions {
  /** A GGUF file, absolute. */
  readonly file: string;
  /** What the person calls it. */
  readonly name: string;
  /** Tokens of prompt and answer together. */
  readonly contextSize: number;
  /** Tokens of one answer. */
  readonly maxTokens: number;
  /** 0 always takes the likeliest token. */
  readonly temperature: number;
  /** With it, the same run thinks the same thoughts; null leaves it to the clock. */
  readonly seed: number | null;
  /** Layers on the graphics card: 0 uses the processor only, a negative number means all. */
  readonly gpuLayers: number;
  readonly memoryContextSize: number;
  /** Demonstrations are chosen for it, once. */
  readonly goal: string;
  /** From 4 to 8; default 6. */
  readonly demonstrationCount?: number;
  /** From 0 to 1, while the weights are read. */
  readonly onProgress?: (fraction: number) => void;
  /** Aborted while the model is loading: the loading is given up, and the promise rejects. */
  readonly signal?: AbortSignal;
}

/**
 * Loads a GGUF model into a process of its own. Rejects with `model-unavailable` when the file is missing, no GGUF, too
 * big for the memory or of an unknown chat format; nothing is left running then.
 *
 * When the process dies, or has to be killed because it did not let go of a thought within 500 ms, that thought is
 * `ok: false`, and the next one starts a new process.
 */
export async function openLlamaModel(options: LlamaModelOptions): Promise<Model> {
  const { file, name } = options;
  const demonstrations = chooseDemonstrations(options.goal, options.demonstrationCount ?? 6);
  let worker = startWorker();
  const loaded = await loadInto(worker, options);
  let isClosed = false;
  let count = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const think: Model['think'] = async (request, { signal, timeoutMs, onText }) => {
    const limit = watch(signal, timeoutMs);
    try {
      if (isClosed) return failure('The model is closed.');
      if (signal.aborted) return failure(givenUp);
      if (!worker.isAlive()) {
        worker = startWorker();
        const problem = await reload(worker, options, limit.reached);
        if (problem !== null) return failure(problem);
      }
      count += 1;
      const { temperature, maxTokens, memoryContextSize } = options;
      const prompt = buildPrompt({ ...request, demonstrations, memoryContextSize });
      const seed = seedFor(request, options.seed);
      return await worker.think({ id: count, prompt, maxTokens, temperature, seed }, { giveUp: limit.reached, onText });
    } finally {
      limit.dismiss();
    }
  };

  return {
    description: { name, file, summary: summarise(name, loaded) },
    think(request, thinkOptions) {
      const thought = queue.then(() => think(request, thinkOptions));
      queue = thought;
      return thought;
    },
    async close() {
      isClosed = true;
      await worker.close();
    },
  };
}

const givenUp = 'The thought was given up.';

async function loadInto(worker: Worker, options: LlamaModelOptions): Promise<LoadedModel> {
  const { file, name, contextSize, gpuLayers, onProgress, signal } = options;
  const onAbort = (): void => {
    void worker.kill();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted) throw new AgentError('model-unavailable', `Loading ${name} was given up.`);
    return await worker.load({ file, name, contextSize, gpuLayers }, onProgress ?? (() => {}));
  } catch (error) {
    await worker.kill();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Loads the model again into a new process. Null when it is there, else what is wrong; then nothing is left running. */
async function reload(worker: Worker, options: LlamaModelOptions, giveUp: Promise<string>): Promise<string | null> {
  const { file, name, contextSize, gpuLayers } = options;
  const loading = worker
    .load({ file, name, contextSize, gpuLayers }, () => {})
    .then(
      () => null,
      (error: Error) => error.message,
    );
  const problem = await Promise.race([loading, giveUp]);
  if (problem !== null) await worker.kill();
  return problem;
}

/** Resolves with the reason when the signal is aborted or the time is over, whichever comes first. */
function watch(signal: AbortSignal, timeoutMs: number): { readonly reached: Promise<string>; dismiss(): void } {
  let dismiss = (): void => {};
  const reached = new Promise<string>((resolve) => {
    const onAbort = (): void => resolve(givenUp);
    const timer = setTimeout(() => resolve(`The model took longer than ${timeoutMs} ms.`), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    dismiss = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  return { reached, dismiss: () => dismiss() };
}

/** Each iteration has its own seed, and the same one when it is thought again. */
function seedFor({ iteration }: ThoughtRequest, seed: number | null): number | null {
  return seed === null ? null : (seed + iteration) >>> 0;
}

function summarise(name: string, { fileBytes, threads }: LoadedModel): string {
  const size = fileBytes >= 1e9 ? `${(fileBytes / 1e9).toFixed(1)} GB` : `${Math.round(fileBytes / 1e6)} MB`;
  return `${name} (${size}, ${threads} ${threads === 1 ? 'thread' : 'threads'})`;
}

function failure(message: string): Thought {
  return { ok: false, message, tokens: { evaluated: 0, generated: 0 } };
}
