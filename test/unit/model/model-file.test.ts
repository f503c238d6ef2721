import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toErrorRecord } from '../../../src/errors.ts';
import { estimateMemoryBytes } from '../../../src/services/model/memory.ts';
import {
  assertFitsMemory,
  type ModelFile,
  readModelFacts,
  readModelFile,
} from '../../../src/services/model/model-file.ts';
import { CHAT_ML, GEMMA, LLAMA_3, MISTRAL } from './chat-templates.ts';
import { ggufWith } from './gguf-file.ts';

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
    message: `${file} is damaged: its header cannot be read: it ends in the middle.`,
  });
});

test('a GGUF file whose header names no architecture is refused', async () => {
  const file = join(directory, 'nothing.gguf');
  await writeFile(file, ggufWith({ 'general.name': 'nothing' }));
  await expect(readModelFile(optionsFor(file))).rejects.toMatchObject({
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

test.each([
  ['ChatML', CHAT_ML[0]?.template ?? ''],
  ['Llama 3', LLAMA_3[1]?.template ?? ''],
  ['Gemma', GEMMA[0]?.template ?? ''],
  ['Mistral', MISTRAL[2]?.template ?? ''],
])('a GGUF file with a %s template is read', async (name, template) => {
  const file = join(directory, 'chat.gguf');
  await writeFile(file, ggufWith({ 'general.architecture': 'llama', 'tokenizer.chat_template': template }));
  expect(await readModelFile(optionsFor(file))).toMatchObject({ format: { name } });
});

test('a GGUF file with a template of another kind is refused with what it has', async () => {
  const file = join(directory, 'phi.gguf');
  const template = "{{ '<|user|>\\n' + message + '<|end|>\\n<|assistant|>\\n' }}";
  await writeFile(file, ggufWith({ 'general.architecture': 'phi3', 'tokenizer.chat_template': template }));
  await expect(readModelFile(optionsFor(file))).rejects.toMatchObject({
    code: 'model-unavailable',
    message: `gyre does not know how to talk to some-model (${file}): its chat template is none of ChatML, Llama 3, Gemma, Mistral (found: <|user|> <|end|> <|assistant|>).`,
    hint: 'Run "gyre models list" to see what can be used, and name it with --model.',
  });
});

test('a ChatML template that begins with the first token of the vocabulary gets its text from the file', async () => {
  const file = join(directory, 'begin.gguf');
  await writeFile(
    file,
    ggufWith({
      'general.architecture': 'llama',
      'tokenizer.ggml.tokens': ['<unk>', '<s>', '</s>'],
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.chat_template': CHAT_ML[2]?.template ?? '',
    }),
  );
  expect(await readModelFile(optionsFor(file))).toMatchObject({ format: { beginning: '<s>' } });
});

test.each([
  [{ 'tokenizer.ggml.model': 'llama' }, true],
  [{ 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.add_space_prefix': true }, true],
  [{ 'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.add_space_prefix': false }, false],
  [{ 'tokenizer.ggml.model': 'gpt2' }, false],
])('a tokeniser with %j adds a space: %s', async (values, addsSpace) => {
  const file = join(directory, 'space.gguf');
  const template = CHAT_ML[0]?.template ?? '';
  await writeFile(file, ggufWith({ 'general.architecture': 'llama', 'tokenizer.chat_template': template, ...values }));
  expect((await readModelFile(optionsFor(file))).addsSpace).toBe(addsSpace);
});

test('what a file says of itself is read, and what it does not say is null', async () => {
  const file = join(directory, 'facts.gguf');
  await writeFile(
    file,
    ggufWith({
      'general.architecture': 'gemma3',
      'general.size_label': '1.5B',
      'general.license': 'gemma',
      'gemma3.context_length': 32_768,
      'gemma3.block_count': 10,
      'gemma3.attention.head_count': 4,
      'gemma3.attention.head_count_kv': 1,
      'gemma3.attention.key_length': 256,
      'gemma3.attention.value_length': 256,
    }),
  );
  expect(await readModelFacts(file)).toEqual({
    parameters: '1.5 B',
    licence: 'gemma',
    contextTokens: 32_768,
    memoryBytes: statSync(file).size + 8192 * 10 * 512 * 2 + 250e6,
  });
  await writeFile(
    file,
    ggufWith({ 'general.architecture': 'x', 'general.license': '\u001b[2J', 'general.size_label': 'big' }),
  );
  expect(await readModelFacts(file)).toEqual({
    parameters: null,
    licence: null,
    contextTokens: null,
    memoryBytes: statSync(file).size + 250e6,
  });
  await writeFile(file, 'GGUF and nothing more');
  expect(await readModelFacts(file)).toBe(null);
});

test('a model fits up to the last byte, and is refused beyond it with the numbers and what would fit', () => {
  const needed = estimateMemoryBytes(model.shape, model.bytes, 8192);
  expect(assertFitsMemory(optionsFor('/m.gguf'), model, needed)).toBeUndefined();
  expect(refusal(optionsFor('/m.gguf'), needed - 1)).toEqual({
    code: 'model-unavailable',
    message:
      'some-model (/m.gguf) needs about 6.4 GB of memory with a context of 8192 tokens, and 6.4 GB are available.',
    hint: 'It fits with --context-size 7936. Or name a smaller model with --model.',
  });
  expect(refusal(optionsFor('/m.gguf'), 3e9).hint).toBe(
    'Name a smaller model with --model: starter needs 1.6 GB with 8192 tokens.',
  );
  expect(refusal(optionsFor('/m.gguf'), 1e8).hint).toBe(
    'Free some memory: no model of the catalogue fits ("gyre models list").',
  );
});

test('the size of the context is part of the sum', () => {
  const available = estimateMemoryBytes(model.shape, model.bytes, 8192);
  expect(assertFitsMemory(optionsFor('/m.gguf'), model, available)).toBeUndefined();
  expect(refusal({ ...optionsFor('/m.gguf'), contextSize: 16_384 }, available).message).toBe(
    'some-model (/m.gguf) needs about 7.5 GB of memory with a context of 16384 tokens, and 6.4 GB are available.',
  );
});

test('an adapter takes memory too', () => {
  const needed = estimateMemoryBytes(model.shape, model.bytes, 8192);
  const adapter = { name: 'a.gguf', file: '/a.gguf', bytes: 1000, sha256: '' };
  const options = { ...optionsFor('/m.gguf'), adapter };
  expect(assertFitsMemory(options, model, needed + 1000)).toBeUndefined();
  expect(refusal(options, needed + 999).code).toBe('model-unavailable');
});

const model: ModelFile = {
  bytes: 5_100_000_000,
  architecture: 'llama',
  format: {
    name: 'ChatML',
    beginning: '',
    openings: { system: '', user: '', assistant: '' },
    closings: { system: '', user: '', assistant: '' },
    answerOpening: '',
    thinking: null,
    marks: [],
    looseMarks: [],
  },
  shape: { layers: 32, keyValueHeads: 8, keyLength: 128, valueLength: 128 },
  addsSpace: false,
};

function refusal(options: Parameters<typeof assertFitsMemory>[0], available: number) {
  try {
    assertFitsMemory(options, model, available);
  } catch (thrown) {
    return toErrorRecord(thrown);
  }
  throw new Error('It fits.');
}

function optionsFor(file: string) {
  return { file, name: 'some-model', contextSize: 8192, adapter: null };
}
