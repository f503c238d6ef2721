import type { ErrorRecord } from '../../errors.ts';
import type { ThoughtEffort, Tokens } from '../../machine/types.ts';
import type { Adapter } from './adapter-file.ts';
import type { Prompt } from './prompt.ts';

/** What a worker needs to load a model; it loads one, once. */
export interface LoadOptions {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  /** Tokens of prompt and answer together, in each sequence. */
  readonly contextSize: number;
  /** Thoughts at the same time, as many as the memory allows; at least 1. */
  readonly sequences: number;
  /** Layers on the graphics card: 0 stays on the processor, `max` means all, `auto` as many as fit. */
  readonly gpuLayers: number | 'auto' | 'max';
  /** Where evaluated beginnings of prompts are kept, absolute. Null: nowhere. */
  readonly prefixDir: string | null;
  /** Null: the model as it is. */
  readonly adapter: Adapter | null;
}

export interface LoadedModel {
  readonly fileBytes: number;
  readonly threads: number;
  readonly graphics: Graphics;
  /** From 1 to what was asked for; they are numbered from 0. */
  readonly sequences: number;
}

/** Whether a graphics card was asked for, and which one was found. */
export interface Graphics {
  readonly asked: boolean;
  readonly found: { readonly name: string; readonly layers: number } | null;
}

export interface WarmOrder {
  readonly sequence: number;
  /** The beginning of one. */
  readonly prompt: Prompt;
  /** Of the answer that will follow. */
  readonly maxTokens: number;
}

export interface ThinkOrder {
  /** No other thought of this process has it. */
  readonly id: number;
  readonly sequence: number;
  readonly prompt: Prompt;
  /** Bounds what is sampled for one answer. */
  readonly maxTokens: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Null leaves it to the clock. */
  readonly seed: number | null;
  /** The action is RUN, and its command begins so. Null: the model chooses the action. */
  readonly commandStart: string | null;
  /** What a model that can think may think before it answers; 0 for none. */
  readonly thoughtTokens: number;
}

export type ThoughtAnswer =
  | { readonly ok: true; readonly answer: string; readonly tokens: Tokens; readonly effort: ThoughtEffort }
  | { readonly ok: false; readonly message: string; readonly tokens: Tokens };

export interface WorkerHealth {
  /** Memory of the whole process. */
  readonly residentBytes: number;
  /** Of the last answer that was written while nothing else went on; null before the first. */
  readonly msPerToken: number | null;
}

/** From gyre to its worker. Orders for one sequence are carried out one after the other; `abort` and `close` at once. */
export type WorkerOrder =
  | { readonly type: 'load'; readonly options: LoadOptions }
  | { readonly type: 'warm'; readonly order: WarmOrder }
  | { readonly type: 'think'; readonly order: ThinkOrder }
  | { readonly type: 'abort'; readonly order: Pick<ThinkOrder, 'id' | 'sequence'> }
  | { readonly type: 'close' };

/** From the worker to gyre. */
export type WorkerReport =
  | { readonly type: 'progress'; readonly fraction: number }
  | { readonly type: 'loaded'; readonly model: LoadedModel }
  | { readonly type: 'refused'; readonly error: ErrorRecord }
  | { readonly type: 'text'; readonly id: number; readonly text: string }
  | { readonly type: 'thought'; readonly id: number; readonly thought: ThoughtAnswer; readonly health: WorkerHealth };
