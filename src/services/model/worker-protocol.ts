import type { ErrorRecord } from '../../errors.ts';
import type { Tokens } from '../../machine/types.ts';
import type { Prompt } from './prompt.ts';

/** What a worker needs to load a model; it loads one, once. */
export interface LoadOptions {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  /** Tokens of prompt and answer together. */
  readonly contextSize: number;
  /** Layers on the graphics card; 0 stays on the processor, a negative number means all. */
  readonly gpuLayers: number;
}

export interface LoadedModel {
  readonly fileBytes: number;
  readonly threads: number;
}

export interface ThinkOrder {
  readonly id: number;
  readonly prompt: Prompt;
  /** Bounds what is sampled for one answer. */
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Null leaves it to the clock. */
  readonly seed: number | null;
}

export type ThoughtAnswer =
  | { readonly ok: true; readonly answer: string; readonly tokens: Tokens }
  | { readonly ok: false; readonly message: string; readonly tokens: Tokens };

/** From gyre to its worker. */
export type WorkerOrder =
  | { readonly type: 'load'; readonly options: LoadOptions }
  | { readonly type: 'think'; readonly order: ThinkOrder }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close' };

/** From the worker to gyre. */
export type WorkerReport =
  | { readonly type: 'progress'; readonly fraction: number }
  | { readonly type: 'loaded'; readonly model: LoadedModel }
  | { readonly type: 'refused'; readonly error: ErrorRecord }
  | { readonly type: 'text'; readonly id: number; readonly text: string }
  | { readonly type: 'thought'; readonly id: number; readonly thought: ThoughtAnswer };
