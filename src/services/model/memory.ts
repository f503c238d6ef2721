import { readFileSync } from 'node:fs';
import os from 'node:os';

/** What a model file says of its shape. */
export interface ModelShape {
  readonly layers: number;
  /** Key and value heads, of each layer or of all. */
  readonly keyValueHeads: number | readonly number[];
  readonly keyLength: number;
  readonly valueLength: number;
}

/**
 * Bytes that a model takes on the processor once it thinks: the weights (they are read, not mapped), keys and values
 * of the whole window in 16 bits, and what computing takes. Within about 15 % of what was measured on three models.
 *
 * @param contextSize of all sequences together
 */
export function estimateMemoryBytes(shape: ModelShape, fileBytes: number, contextSize: number): number {
  const heads =
    typeof shape.keyValueHeads === 'number'
      ? shape.keyValueHeads * shape.layers
      : shape.keyValueHeads.reduce((sum, count) => sum + count, 0);
  return fileBytes + contextSize * heads * (shape.keyLength + shape.valueLength) * 2 + overheadBytes;
}

/** The most tokens of context with which the model still fits, in steps of 256; 0 when its weights alone are too many. */
export function largestContextSize(shape: ModelShape, fileBytes: number, availableBytes: number): number {
  const free = availableBytes - estimateMemoryBytes(shape, fileBytes, 0);
  const perToken = estimateMemoryBytes(shape, 0, 1) - estimateMemoryBytes(shape, 0, 0);
  return free <= 0 || perToken <= 0 ? 0 : Math.floor(free / perToken / 256) * 256;
}

/** How many sequences of `contextSize` tokens fit the memory: at most `wanted`, and 1 also where not even that one fits. */
export function fitSequences(
  shape: ModelShape,
  fileBytes: number,
  { wanted, contextSize, availableBytes }: { wanted: number; contextSize: number; availableBytes: number },
): number {
  const fitting = Math.floor(largestContextSize(shape, fileBytes, availableBytes) / contextSize);
  return Math.min(wanted, Math.max(1, fitting));
}

/** Bytes that this process can still take, also inside of a container. */
export function readAvailableMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  const available = process.availableMemory();
  if (constrained === 0 || constrained >= os.totalmem()) return available;
  // In a container the cache of files counts as used. It is given back when memory is needed.
  return Math.min(constrained, available + readFileCacheBytes());
}

const overheadBytes = 250e6;

function readFileCacheBytes(): number {
  try {
    const group = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    const stat = readFileSync(`/sys/fs/cgroup${group === '/' ? '' : group}/memory.stat`, 'utf8');
    return Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0) + Number(/^active_file (\d+)$/m.exec(stat)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
