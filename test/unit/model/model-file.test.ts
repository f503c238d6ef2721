import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertFitsMemory, readModelFile } from '../../../src/services/model/model-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gyre-model-file-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

test('a file that is not there is refused by its name', async () => {
  const file = join(directory, 'missing.gguf');
  await expect(readModelFile(optionsFor(file))).rejects.toMatchObject({
    code: 'model-unavailable',
    message: expect.stringContaining(`The model ${file} cannot be read (ENOENT`),
    hint: expect.stringContaining('gyre models list'),
  });
});

test('a file that is no GGUF is refused with what it begins with', async () => {
  const file = join(directory, 'page.gguf');
  await writeFile(file, '<html>not found</html>');
  await expect(readModelFile(optionsFor(file))).rejects.toMatchObject({
    code: 'model-unavailable',
    message: `${file} is not a usable model: it starts with "<htm" where a GGUF file has "GGUF".`,
    hint: expect.stringContaining('gyre models pull'),
  });
});

test('a directory and an empty file are refused', async () => {
  const empty = join(directory, 'empty.gguf');
  await writeFile(empty, '');
  for (const file of [directory, empty]) {
    await expect(readModelFile(optionsFor(file))).rejects.toMatchObject({
      code: 'model-unavailable',
      message: `${file} is not a usable model: it has 0 bytes, a GGUF header needs 8.`,
    });
  }
});

test('a GGUF file that is cut short is refused', async () => {
  const file = join(directory, 'cut.gguf');
  await writeFile(file, Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0, 9, 0, 0, 0])]));
  await expect(readModelFile(optionsFor(file))).rejects.toMatchObject({
    code: 'model-unavailable',
    message: `${file} is damaged: its header names no architecture.`,
  });
});

test('a GGUF file without a chat template that we know is refused', async () => {
  const file = join(directory, 'base.gguf');
  await writeFile(file, ggufWith({ 'general.architecture': 'llama' }));
  await expect(readModelFile(optionsFor(file))).rejects.toMatchObject({
    code: 'model-unavailable',
    message: `gyre does not know how to talk to some-model (${file}): it has no chat template.`,
  });
});

test('a GGUF file with a ChatML template is read', async () => {
  const file = join(directory, 'chat.gguf');
  await writeFile(
    file,
    ggufWith({ 'general.architecture': 'llama', 'tokenizer.chat_template': '<|im_start|>{{ x }}<|im_end|>' }),
  );
  expect(await readModelFile(optionsFor(file))).toMatchObject({ format: { closing: '<|im_end|>\n' } });
});

test('a model that needs more memory than there is is refused with both numbers, unless a graphics card helps', () => {
  const shape = { layers: 1000, keyValueHeads: 1000, keyLength: 1000, valueLength: 1000 };
  const format = { openings: { system: '', user: '', assistant: '' }, closing: '', answerOpening: '' };
  const model = { bytes: 1e9, format, shape };
  expect(() => assertFitsMemory(optionsFor('/m.gguf'), model)).toThrow(
    /^some-model \(\/m\.gguf\) needs about 32769\.\d GB of memory with a context of 8192 tokens, and \d+\.\d GB are available\.$/,
  );
  expect(assertFitsMemory({ ...optionsFor('/m.gguf'), gpuLayers: 5 }, model)).toBeUndefined();
});

function optionsFor(file: string) {
  return { file, name: 'some-model', contextSize: 8192, gpuLayers: 0 };
}

/** A GGUF file of version 3 with these texts and no tensors. */
function ggufWith(texts: Readonly<Record<string, string>>): Buffer {
  const header = Buffer.alloc(24);
  header.write('GGUF', 'latin1');
  header.writeUInt32LE(3, 4);
  header.writeBigUInt64LE(0n, 8);
  header.writeBigUInt64LE(BigInt(Object.keys(texts).length), 16);
  const stringType = Buffer.from([8, 0, 0, 0]);
  const entries = Object.entries(texts).flatMap(([key, text]) => [asGgufString(key), stringType, asGgufString(text)]);
  return Buffer.concat([header, ...entries, Buffer.alloc(64)]);
}

function asGgufString(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text)]);
}
