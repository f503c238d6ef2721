import { expect, test } from 'vitest';
import { estimateMemoryBytes, fitSequences, largestContextSize } from '../../../src/services/model/memory.ts';

test('a model takes its file, the keys and values of its window, and something to compute with', () => {
  const shape = { layers: 28, keyValueHeads: 2, keyLength: 128, valueLength: 128 };
  expect(estimateMemoryBytes(shape, 1_117_320_768, 8192)).toBe(1_117_320_768 + 8192 * 28 * 2 * 256 * 2 + 250e6);
});

test('layers may have different numbers of heads', () => {
  const shape = { layers: 3, keyLength: 64, valueLength: 64 };
  expect(estimateMemoryBytes({ ...shape, keyValueHeads: [1, 2, 3] }, 0, 100)).toBe(
    estimateMemoryBytes({ ...shape, keyValueHeads: 2 }, 0, 100),
  );
});

test('the largest context that fits comes in steps of 256 tokens, and is 0 when the weights alone are too many', () => {
  const shape = { layers: 28, keyValueHeads: 2, keyLength: 128, valueLength: 128 };
  const needed = estimateMemoryBytes(shape, 1e9, 8192);
  expect([needed + 1, needed, needed - 1].map((available) => largestContextSize(shape, 1e9, available))).toEqual([
    8192, 8192, 7936,
  ]);
  expect([1.25e9, 1.2e9, 0].map((available) => largestContextSize(shape, 1e9, available))).toEqual([0, 0, 0]);
});

test('as many sequences as the memory allows, at most those that are wanted, and one where there is no room at all', () => {
  const shape = { layers: 28, keyValueHeads: 2, keyLength: 128, valueLength: 128 };
  const fitting = (availableBytes: number, wanted = 4) =>
    fitSequences(shape, 1e9, { wanted, contextSize: 8192, availableBytes });
  const forThree = estimateMemoryBytes(shape, 1e9, 3 * 8192);
  expect([fitting(forThree), fitting(forThree - 1), fitting(forThree, 2), fitting(64e9), fitting(0)]).toEqual([
    3, 2, 2, 4, 1,
  ]);
});
