import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '../../errors.ts';
import { findAdapter } from './adapter.ts';
import type { Adapter } from './adapter-file.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { ChooseDemonstrations } from './demonstrations.ts';
import { openLlamaModel, type WeightsOptions } from './llama.ts';
import { readAvailableMemoryBytes } from './memory.ts';
import type { Model } from './model.ts';
import { resolveModel } from './resolve-model.ts';
import { openScriptedModel } from './scripted.ts';
import { verifyModel } from './verify-model.ts';

export interface OpenModelOptions {
  /** What the person named, or null for the default. */
  readonly model: string | null;
  /** A file, absolute, or `none`; null: the one that comes with the model, where one does. */
  readonly adapter: string | null;
  readonly modelsDir: string;
  readonly stateDir: string;
  /** Relative paths start here. */
  readonly workingDir: string;
  readonly goal: string;
  readonly contextSize: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number | null;
  readonly gpuLayers: number | 'auto' | 'max';
  readonly memoryContextSize: number;
  /** The model will be told what is left of the run's limits. */
  readonly hasBudget: boolean;
  /** A check tries each STOP, and the model is told so. */
  readonly hasCheck: boolean;
  /** Default: from the bank that comes with gyre, and none with an adapter. */
  readonly demonstrations?: ChooseDemonstrations;
  /** From 0 to 1, for what takes long: hashing a new file, then reading the weights. */
  readonly onFraction: (fraction: number) => void;
  readonly signal: AbortSignal;
  readonly catalogue?: readonly CatalogueEntry[];
}

/** A model whose files are there and verified. Nothing is loaded yet. */
export type FoundModel =
  | { readonly kind: 'script'; readonly file: string }
  | { readonly kind: 'gguf'; readonly weights: WeightsOptions & { readonly adapter: Adapter | null } };

/**
 * Finds the model and its adapter, verifies their files and loads them.
 * @throws AgentError `model-unavailable`
 */
export async function openModel(options: OpenModelOptions): Promise<Model> {
  const found = await findModel(options);
  if (found.kind === 'script') return openScript(found.file);
  return openLlamaModel({ ...options, ...found.weights });
}

/**
 * Finds the model and its adapter, and verifies their files.
 * @throws AgentError `model-unavailable`
 */
export async function findModel(options: OpenModelOptions): Promise<FoundModel> {
  const { stateDir, signal, onFraction, contextSize, gpuLayers } = options;
  const resolved = await resolveModel({
    ...options,
    cwd: options.workingDir,
    availableMemoryBytes: readAvailableMemoryBytes(),
  });
  if (resolved.kind === 'script') return resolved;
  const { name, file, pinned } = resolved;
  await verifyModel({
    file,
    pinned,
    stateDir,
    signal,
    onProgress: ({ doneBytes, totalBytes }) => onFraction(doneBytes / totalBytes),
  });
  const adapter = await findAdapter({ adapter: options.adapter, model: resolved, stateDir, signal });
  const prefixDir = join(stateDir, 'prefixes');
  const weights = { name, file, adapter, prefixDir, contextSize, gpuLayers, onProgress: onFraction };
  return { kind: 'gguf', weights };
}

/** @throws AgentError `model-unavailable` */
export async function openScript(file: string): Promise<Model> {
  return openScriptedModel(file, await readScript(file));
}

async function readScript(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new AgentError('model-unavailable', `The script ${file} cannot be read: ${error.message}.`, { cause: error });
  });
}
