import { type FileHandle, open } from 'node:fs/promises';
import { AgentError } from '../../errors.ts';
import { CATALOGUE, formatBytes, typedName } from './catalogue.ts';
import { type ChatFormat, needsBeginOfText, recogniseChatFormat } from './chat-format.ts';
import { findHeaderProblem, HEADER_BYTES } from './gguf-header.ts';
import { type GgufMetadata, type GgufValue, readGgufMetadata, textOf } from './gguf-metadata.ts';
import { estimateMemoryBytes, largestContextSize, type ModelShape, readAvailableMemoryBytes } from './memory.ts';
import type { LoadOptions } from './worker-protocol.ts';

/** What must be known of a model file before its weights are read. */
export interface ModelFile {
  readonly bytes: number;
  /** Such as `llama`. */
  readonly architecture: string;
  readonly format: ChatFormat;
  readonly shape: ModelShape;
  /** Its tokeniser puts a space before each text that it is given. What is tokenised piece by piece must lose it again. */
  readonly addsSpace: boolean;
}

/** What a model file says of itself, for people. */
export interface ModelFacts {
  /** Such as `1.5 B`. */
  readonly parameters: string | null;
  /** As the file has it. */
  readonly licence: string | null;
  readonly contextTokens: number | null;
  /** At a context of 8192 tokens. */
  readonly memoryBytes: number;
}

/** Reads the head of a model file. Rejects with `model-unavailable` when gyre cannot think with it. */
export async function readModelFile({ file, name }: Pick<LoadOptions, 'file' | 'name'>): Promise<ModelFile> {
  const handle = await open(file).catch((error: unknown) => {
    throw unavailable(`The model ${file} cannot be read (${describe(error)}).`, nameAnother, error);
  });
  try {
    const problem = findHeaderProblem(await readHead(handle));
    if (problem !== null) throw unavailable(`${file} is not a usable model: ${problem}.`, FETCH_AGAIN);
    const bytes = (await handle.stat()).size;
    const metadata = await readGgufMetadata(handle, bytes).catch((error: unknown) => {
      throw unavailable(`${file} is damaged: its header cannot be read: ${describe(error)}.`, FETCH_AGAIN, error);
    });
    const architecture = textOf(metadata, 'general.architecture');
    if (architecture === undefined) {
      throw unavailable(`${file} is damaged: its header names no architecture.`, FETCH_AGAIN);
    }
    const template = textOf(metadata, 'tokenizer.chat_template');
    const beginOfText = needsBeginOfText(template) ? await readBeginOfText(handle, bytes) : null;
    const recognised = recogniseChatFormat(template, beginOfText);
    if (!recognised.ok) {
      throw unavailable(`gyre does not know how to talk to ${name} (${file}): ${recognised.reason}.`, nameAnother);
    }
    const addsSpace = readAddsSpace(metadata);
    return { bytes, architecture, format: recognised.format, shape: readShape(metadata), addsSpace };
  } finally {
    await handle.close();
  }
}

/** Reads what a model file says of itself; null when it is none that can be read. Never rejects. */
export async function readModelFacts(file: string): Promise<ModelFacts | null> {
  const handle = await open(file).catch(() => null);
  try {
    if (handle === null || findHeaderProblem(await readHead(handle)) !== null) return null;
    const bytes = (await handle.stat()).size;
    const metadata = await readGgufMetadata(handle, bytes);
    const [, count, unit] = /^(\d{1,4}(?:\.\d{1,2})?)([MB])$/.exec(textOf(metadata, 'general.size_label') ?? '') ?? [];
    const licence = textOf(metadata, 'general.license') ?? '';
    return {
      parameters: count === undefined ? null : `${count} ${unit}`,
      licence: /^[\w.+-]{1,20}$/.test(licence) ? licence : null,
      contextTokens: firstNumber(ofArchitecture(metadata, 'context_length')) ?? null,
      memoryBytes: estimateMemoryBytes(readShape(metadata), bytes, 8192),
    };
  } catch {
    return null;
  } finally {
    await handle?.close();
  }
}

/** Whether the model fits the memory beside what is there, with one sequence. A file that cannot be read does: loading it says more. */
export async function hasRoomFor(options: Parameters<typeof assertFitsMemory>[0]): Promise<boolean> {
  const file = await readModelFile(options).catch(() => null);
  if (file === null) return true;
  try {
    assertFitsMemory(options, file);
    return true;
  } catch {
    return false;
  }
}

/** Throws `model-unavailable` with the numbers when the model on the processor would take more memory than there is. */
export function assertFitsMemory(
  { file, name, contextSize, adapter }: Pick<LoadOptions, 'file' | 'name' | 'contextSize' | 'adapter'>,
  { shape, bytes }: ModelFile,
  available: number = readAvailableMemoryBytes(),
): void {
  const weightBytes = bytes + (adapter?.bytes ?? 0);
  const needed = estimateMemoryBytes(shape, weightBytes, contextSize);
  if (needed <= available) return;
  throw unavailable(
    `${name} (${file}) needs about ${formatBytes(needed)} of memory with a context of ${contextSize} tokens, and ${formatBytes(available)} are available.`,
    adviseSmaller(shape, weightBytes, available),
  );
}

/** Less context than this leaves no room for rules, demonstrations and an answer. */
const leastContextSize = 2048;

function adviseSmaller(shape: ModelShape, weightBytes: number, available: number): string {
  const contextSize = largestContextSize(shape, weightBytes, available);
  if (contextSize >= leastContextSize) {
    return `It fits with --context-size ${contextSize}. Or name a smaller model with --model.`;
  }
  const fitting = CATALOGUE.filter((entry) => entry.memoryBytes <= available).toSorted((a, b) => b.bytes - a.bytes)[0];
  if (fitting === undefined) return 'Free some memory: no model of the catalogue fits ("gyre models list").';
  return `Name a smaller model with --model: ${typedName(fitting)} needs ${formatBytes(fitting.memoryBytes)} with 8192 tokens.`;
}

/** What to do about a model that cannot be read. */
export const FETCH_AGAIN = 'Run "gyre models pull NAME" to fetch it again, or name another file with --model.';
const nameAnother = 'Run "gyre models list" to see what can be used, and name it with --model.';

async function readHead(handle: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(HEADER_BYTES);
  // A directory opens, and cannot be read.
  const { bytesRead } = await handle.read(head, 0, HEADER_BYTES, 0).catch(() => ({ bytesRead: 0 }));
  return head.subarray(0, bytesRead);
}

async function readBeginOfText(handle: FileHandle, bytes: number): Promise<string | null> {
  const metadata = await readGgufMetadata(handle, bytes, (key) => key === 'tokenizer.ggml.tokens');
  const id = firstNumber(metadata.get('tokenizer.ggml.bos_token_id'));
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const text = id !== undefined && Array.isArray(tokens) ? tokens[id] : undefined;
  return typeof text === 'string' ? text : null;
}

/** SentencePiece does it unless the file says otherwise. */
function readAddsSpace(metadata: GgufMetadata): boolean {
  return (
    textOf(metadata, 'tokenizer.ggml.model') === 'llama' && metadata.get('tokenizer.ggml.add_space_prefix') !== false
  );
}

function readShape(metadata: GgufMetadata): ModelShape {
  const heads = firstNumber(ofArchitecture(metadata, 'attention.head_count')) ?? 1;
  const headLength = (firstNumber(ofArchitecture(metadata, 'embedding_length')) ?? 0) / heads;
  const keyValueHeads = ofArchitecture(metadata, 'attention.head_count_kv');
  return {
    layers: firstNumber(ofArchitecture(metadata, 'block_count')) ?? 0,
    keyValueHeads: Array.isArray(keyValueHeads)
      ? keyValueHeads.filter((count) => typeof count === 'number')
      : (firstNumber(keyValueHeads) ?? heads),
    keyLength: firstNumber(ofArchitecture(metadata, 'attention.key_length')) ?? headLength,
    valueLength: firstNumber(ofArchitecture(metadata, 'attention.value_length')) ?? headLength,
  };
}

function ofArchitecture(metadata: GgufMetadata, key: string): GgufValue | undefined {
  return metadata.get(`${textOf(metadata, 'general.architecture')}.${key}`);
}

function firstNumber(value: GgufValue | undefined): number | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' && Number.isFinite(first) ? first : undefined;
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 200);
}

function unavailable(message: string, hint: string, cause?: unknown): AgentError {
  return new AgentError('model-unavailable', message, { hint, cause });
}
