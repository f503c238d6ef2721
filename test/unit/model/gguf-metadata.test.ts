import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readGgufMetadata } from '../../../src/services/model/gguf-metadata.ts';
import { ggufWith } from './gguf-file.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'gyre-gguf-'));
afterAll(() => rmSync(dir, { recursive: true }));

const words = Array.from({ length: 5000 }, (_, index) => `word ${index}`);

test('texts, numbers and short lists are read, and word lists are read past', async () => {
  const content = ggufWith({ a: 'text', words, b: 7, list: ['x', ''] });
  expect(await read(content)).toEqual({ a: 'text', b: 7, list: ['x', ''] });
});

test('a word list that is asked for is read', async () => {
  expect(await read(ggufWith({ words, b: 7 }), (key) => key === 'words')).toEqual({ words, b: 7 });
});

test('texts longer than what is read at once are whole', async () => {
  const long = 'é'.repeat(1_000_000);
  expect(await read(ggufWith({ a: long, b: 'end' }))).toEqual({ a: long, b: 'end' });
});

test('each type of number is read', async () => {
  const values: [type: number, bytes: Buffer, value: unknown][] = [
    [0, Buffer.from([255]), 255],
    [1, Buffer.from([255]), -1],
    [2, Buffer.from([1, 2]), 513],
    [3, Buffer.from([255, 255]), -1],
    [4, Buffer.from([1, 0, 0, 128]), 2_147_483_649],
    [5, Buffer.from([255, 255, 255, 255]), -1],
    [6, Buffer.from([0, 0, 128, 63]), 1],
    [7, Buffer.from([1]), true],
    [10, Buffer.from([1, 0, 0, 0, 1, 0, 0, 0]), 4_294_967_297],
    [11, Buffer.alloc(8, 255), -1],
    [12, Buffer.from([0, 0, 0, 0, 0, 0, 240, 63]), 1],
  ];
  for (const [type, bytes, value] of values) expect(await read(withOne(type, bytes))).toEqual({ k: value });
});

test.each([
  ['an unknown type', withOne(13, Buffer.alloc(8)), 'it has a value of the unknown type 13'],
  [
    'a text that is too long',
    withOne(8, Buffer.alloc(8, 255)),
    'it counts 18446744073709551615 of something in 57 bytes',
  ],
  ['an endless list', withOne(9, Buffer.concat([u32(4), u64(50n)])), 'it ends in the middle'],
  [
    'lists in lists',
    withOne(9, Buffer.concat(Array.from({ length: 9 }, () => Buffer.concat([u32(9), u64(1n)])))),
    'it has lists in lists in lists',
  ],
])('%s is told', async (_, content, complaint) => {
  await expect(read(content)).rejects.toThrow(complaint);
});

test('whatever stands in a file, it is read or told in the end', async () => {
  const good = ggufWith({ a: 'text', words: words.slice(0, 20), b: 7, list: ['x', ''] });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }),
      fc.nat(good.length),
      async (changes, end) => {
        const content = Buffer.from(good.subarray(0, Math.max(end, 8)));
        for (const [at, byte] of changes) if (at >= 8 && at < content.length) content[at] = byte;
        const answer = await read(content).catch((error: unknown) => error);
        expect(answer instanceof Error ? answer.message : answer).toBeDefined();
      },
    ),
  );
});

async function read(content: Buffer, keepsList?: (key: string) => boolean) {
  const file = path.join(dir, 'file.gguf');
  writeFileSync(file, content);
  const handle = await open(file);
  try {
    return Object.fromEntries(await readGgufMetadata(handle, content.length, keepsList));
  } finally {
    await handle.close();
  }
}

/** A file with the one value `k`. */
function withOne(type: number, bytes: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(0n), u64(1n)]);
  return Buffer.concat([head, u64(1n), Buffer.from('k'), u32(type), bytes, Buffer.alloc(12)]);
}

function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function u64(number: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(number);
  return bytes;
}
