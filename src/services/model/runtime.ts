import os from 'node:os';
import {
  getLlama,
  getModuleVersion,
  type Llama,
  type LlamaContextSequence,
  LlamaLogLevel,
  type LlamaModel,
} from 'node-llama-cpp';
import { AgentError } from '../../errors.ts';
import { OTHER_ADAPTER } from './adapter-file.ts';
import { fitSequences, readAvailableMemoryBytes } from './memory.ts';
import { assertFitsMemory, FETCH_AGAIN, type ModelFile } from './model-file.ts';
import { describeFiles } from './saved-prefix.ts';
import type { Graphics, LoadOptions } from './worker-protocol.ts';

/** The library, set up for one model: one context and its sequences for the life of the process. */
export interface Runtime {
  readonly llama: Llama;
  readonly model: LlamaModel;
  /** They throw where the library by default would drop the beginning of the prompt. */
  readonly sequences: readonly LlamaContextSequence[];
  readonly threads: number;
  readonly graphics: Graphics;
  /** All that an evaluated state depends on besides its tokens. */
  describe(): Promise<readonly (string | number)[]>;
}

/** Loads the weights. Rejects with `model-unavailable`, before they are read where the memory forbids it. */
export async function openRuntime(
  options: LoadOptions,
  file: ModelFile,
  onProgress: (fraction: number) => void,
): Promise<Runtime> {
  // Without maxThreads the library takes four threads on two cores, and is 76 times slower.
  const threads = os.availableParallelism();
  let complaint = '';
  const llama = await getLlama({
    gpu: options.gpuLayers === 0 ? false : 'auto',
    build: 'never',
    skipDownload: true,
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
    logger: (_level, message) => {
      complaint = message;
    },
  });
  const onProcessor = llama.gpu === false;
  // With layers on a graphics card only the library knows what goes where, and it checks for itself.
  if (onProcessor) assertFitsMemory(options, file);
  const sequences = onProcessor ? fitSequencesOf(options, file) : options.sequences;
  const named = `${options.name} (${options.file})`;
  const model = await llama
    .loadModel({
      modelPath: options.file,
      gpuLayers: onProcessor ? 0 : options.gpuLayers,
      useMmap: false,
      onLoadProgress: onProgress,
    })
    .catch((error: unknown) => {
      throw unloadable(named, FETCH_AGAIN, error, complaint);
    });
  const { adapter } = options;
  const context = await model
    .createContext({
      // The library's context size is that of one sequence: it allocates as many times as much.
      contextSize: options.contextSize,
      sequences,
      threads,
      batchSize,
      ...(onProcessor ? { flashAttention: false } : {}),
      ...(adapter === null ? {} : { lora: { adapters: [{ filePath: adapter.file }] } }),
    })
    .catch((error: unknown) => {
      throw adapter === null
        ? unloadable(named, FETCH_AGAIN, error, complaint)
        : unloadable(`${named} with the adapter ${adapter.file}`, OTHER_ADAPTER, error, complaint);
    });
  return {
    llama,
    model,
    sequences: Array.from({ length: sequences }, () =>
      context.getSequence({ contextShift: { strategy: refuseToShift } }),
    ),
    threads,
    graphics: onProcessor
      ? { asked: options.gpuLayers !== 0, found: null }
      : { asked: true, found: { name: await nameGraphics(llama), layers: model.gpuLayers } },
    async describe() {
      const library = [await getModuleVersion(), String(llama.gpu), model.gpuLayers, options.contextSize];
      return [...(await describeFiles(options)), ...library];
    },
  };
}

const batchSize = 128;

function fitSequencesOf({ sequences, contextSize, adapter }: LoadOptions, { shape, bytes }: ModelFile): number {
  const availableBytes = readAvailableMemoryBytes();
  return fitSequences(shape, bytes + (adapter?.bytes ?? 0), { wanted: sequences, contextSize, availableBytes });
}

async function nameGraphics(llama: Llama): Promise<string> {
  const names = await llama.getGpuDeviceNames().catch(() => []);
  return [...new Set([String(llama.gpu), ...names])].join(' ').slice(0, 80);
}

function refuseToShift(): never {
  throw new AgentError('internal', 'The prompt grew beyond the window of the model.');
}

function unloadable(what: string, hint: string, error: unknown, complaint: string): AgentError {
  const reason = [error instanceof Error ? error.message : String(error), complaint.replace(/\s+/g, ' ').trim()]
    .filter((text) => text !== '')
    .join(': ');
  return new AgentError('model-unavailable', `${what} could not be loaded: ${reason.slice(0, 400)}.`, {
    hint,
    cause: error,
  });
}
