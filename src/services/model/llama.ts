import type { Adapter } from './adapter-file.ts';
import { createMind, type Mind, type MindOptions } from './mind.ts';
import type { Model, ModelDescription } from './model.ts';
import { openModelProcess } from './model-process.ts';
import { createSeats } from './seats.ts';
import type { LoadedModel } from './worker-protocol.ts';

/** What a model is loaded with, whatever it will be asked. */
export interface WeightsOptions {
  /** A GGUF file, absolute. */
  readonly file: string;
  /** What the person calls it. */
  readonly name: string;
  /** Tokens of prompt and answer together. */
  readonly contextSize: number;
  /** Layers on the graphics card: 0 uses the processor only, `max` means all, `auto` as many as fit. */
  readonly gpuLayers: number | 'auto' | 'max';
  /** Loaded with the model. Default: none. */
  readonly adapter?: Adapter | null;
  /** Where the evaluated beginning of a prompt is kept for the next start, absolute. Default: nowhere. */
  readonly prefixDir?: string;
  /** From 0 to 1, while the weights are read. */
  readonly onProgress?: (fraction: number) => void;
  /** Aborted while the model is loading: the loading is given up, and the promise rejects. */
  readonly signal?: AbortSignal;
}

export interface LlamaModelOptions extends WeightsOptions, MindOptions {}

/** A loaded model that thinks for several goals. */
export interface SharedModel {
  readonly description: ModelDescription;
  /** How many thoughts it thinks at the same time. */
  readonly sequences: number;
  /** A model for one goal; closing it leaves the others theirs. Where there is a sequence for it, it begins to read. */
  mind(options: MindOptions): Model;
  /** Ends the process, by force if need be: all minds are closed. May be called twice. */
  close(): Promise<void>;
}

/**
 * Loads a GGUF model into a process of its own, and lets it read rules and demonstrations while the caller does something
 * else. Rejects with `model-unavailable` when the file is missing, no GGUF, too big for the memory or of an unknown chat
 * format; nothing is left running then.
 *
 * When the process dies, that thought is `ok: false`, and the next one starts a new process. A process that has grown or
 * become slow is replaced between two thoughts.
 */
export async function openLlamaModel(options: LlamaModelOptions): Promise<Model> {
  const shared = await openSharedModel({ ...options, sequences: 1 });
  return { ...shared.mind(options), close: shared.close };
}

/**
 * The same for several goals: the weights are loaded once. Each thought needs one of the sequences, of which there are as
 * many as wanted or as the memory allows; a mind that finds all of them busy waits in turn. A process that dies fails the
 * thoughts that are under way, and one new process serves all.
 */
export async function openSharedModel(
  options: WeightsOptions & {
    /** How many thoughts at the same time are wanted; at least 1. */
    readonly sequences: number;
  },
): Promise<SharedModel> {
  const { file, name, contextSize, gpuLayers, sequences, prefixDir = null, adapter = null } = options;
  const minds = new Set<Mind>();
  const process = await openModelProcess({
    ...options,
    load: { file, name, contextSize, gpuLayers, sequences, prefixDir, adapter },
    onRestarted: () => {
      for (const mind of minds) mind.readAhead();
    },
  });
  const { loaded } = process;
  const seats = createSeats<Mind>(loaded.sequences);
  const description = { name, file, adapter: adapter?.name ?? null, summary: summarise(name, adapter, loaded) };
  return {
    description,
    sequences: loaded.sequences,
    mind(mindOptions) {
      const mind = createMind(mindOptions, { process, seats, description });
      minds.add(mind);
      if (seats.enter(mind) !== null) mind.readAhead();
      return {
        description,
        think: mind.think,
        async close() {
          minds.delete(mind);
          await mind.close();
        },
      };
    },
    close: () => process.close(),
  };
}

function summarise(name: string, adapter: Adapter | null, { fileBytes, threads, graphics }: LoadedModel): string {
  const size = fileBytes >= 1e9 ? `${(fileBytes / 1e9).toFixed(1)} GB` : `${Math.round(fileBytes / 1e6)} MB`;
  const facts = [
    size,
    ...(adapter === null ? [] : [`with the adapter ${adapter.name}`]),
    ...(graphics.found === null ? [] : [`${graphics.found.layers} layers on ${graphics.found.name}`]),
    `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    ...(graphics.asked && graphics.found === null ? ['no graphics card that can be used was found'] : []),
  ];
  return `${name} (${facts.join(', ')})`;
}
