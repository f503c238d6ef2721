import { open } from 'node:fs/promises';
import { type GgufFileInfo, readGgufFileInfo } from 'node-llama-cpp';
import { AgentError } from '../../errors.ts';
import { type ChatFormat, recogniseChatFormat } from './chat-format.ts';
import { findHeaderProblem, HEADER_BYTES } from './gguf-header.ts';
import { estimateMemoryBytes, type ModelShape, readAvailableMemoryBytes } from './memory.ts';
import type { LoadOptions } from './worker-protocol.ts';

/** What must be known of a model file before its weights are read. */
export interface ModelFile {
  readonly bytes: number;
  readonly format: ChatFormat;
  readonly shape: ModelShape;
}

/** Reads the head of a model file. Rejects with `model-unavailable` when gyre cannot think with it. */
export async function readModelFile({ file, name }: LoadOptions): Promise<ModelFile> {
  const bytes = await readSize(file);
  const info = await readGgufFileInfo(file, {
    sourceType: 'filesystem',
    readTensorInfo: false,
    logWarnings: false,
    ignoreKeys: [
      'tokenizer.ggml.tokens',
      'tokenizer.ggml.merges',
      'tokenizer.ggml.token_type',
      'tokenizer.ggml.scores',
    ],
  }).catch((error: unknown) => {
    throw unavailable(`${file} is damaged: its header cannot be read (${describe(error)}).`, fetchAgain, error);
  });
  // The library reads zeros behind the end of a file that was cut short.
  if (!info.metadata.general?.architecture) {
    throw unavailable(`${file} is damaged: its header names no architecture.`, fetchAgain);
  }
  const recognised = recogniseChatFormat(info.metadata.tokenizer?.chat_template);
  if (!recognised.ok) {
    throw unavailable(`gyre does not know how to talk to ${name} (${file}): ${recognised.reason}.`, nameAnother);
  }
  return { bytes, format: recognised.format, shape: readShape(info) };
}

/** Throws `model-unavailable` with the numbers when the model would take more memory than there is. */
export function assertFitsMemory({ file, name, contextSize, gpuLayers }: LoadOptions, model: ModelFile): void {
  // With layers on a graphics card only the library knows what goes where, and it checks for itself.
  if (gpuLayers !== 0) return;
  const needed = estimateMemoryBytes(model.shape, model.bytes, contextSize);
  const available = readAvailableMemoryBytes();
  if (needed <= available) return;
  throw unavailable(
    `${name} (${file}) needs about ${gigabytes(needed)} of memory with a context of ${contextSize} tokens, and ${gigabytes(available)} are available.`,
    'Run "gyre models list" to choose a smaller model for --model, or give a smaller --context-size.',
  );
}

const fetchAgain = 'Run "gyre models pull NAME" to fetch it again, or name another file with --model.';
const nameAnother = 'Run "gyre models list" to see what can be used, and name it with --model.';

/** The file's size in bytes, when it begins like a GGUF file. */
async function readSize(file: string): Promise<number> {
  const handle = await open(file).catch((error: unknown) => {
    throw unavailable(`The model ${file} cannot be read (${describe(error)}).`, nameAnother, error);
  });
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    // A directory opens, and cannot be read.
    const { bytesRead } = await handle.read(head, 0, HEADER_BYTES, 0).catch(() => ({ bytesRead: 0 }));
    const problem = findHeaderProblem(head.subarray(0, bytesRead));
    if (problem !== null) throw unavailable(`${file} is not a usable model: ${problem}.`, fetchAgain);
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

function readShape({ architectureMetadata: metadata }: GgufFileInfo): ModelShape {
  const heads = firstNumber(metadata.attention?.head_count) ?? 1;
  const headLength = (firstNumber(metadata.embedding_length) ?? 0) / heads;
  const keyValueHeads = metadata.attention?.head_count_kv;
  return {
    layers: firstNumber(metadata.block_count) ?? 0,
    keyValueHeads: Array.isArray(keyValueHeads) ? keyValueHeads : (firstNumber(keyValueHeads) ?? heads),
    keyLength: firstNumber(metadata.attention?.key_length) ?? headLength,
    valueLength: firstNumber(metadata.attention?.value_length) ?? headLength,
  };
}

function firstNumber(value: unknown): number | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' && Number.isFinite(first) ? first : undefined;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 200);
}

function unavailable(message: string, hint: string, cause?: unknown): AgentError {
  return new AgentError('model-unavailable', message, { hint, cause });
}
