import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toErrorRecord } from '../../../src/errors.ts';
import { findAdapter, nameOfAdapter } from '../../../src/services/model/adapter.ts';
import type { CatalogueEntry } from '../../../src/services/model/catalogue.ts';
import { openModel } from '../../../src/services/model/open-model.ts';
import { CHAT_ML } from './chat-templates.ts';
import { ggufWith } from './gguf-file.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'gyre-adapter-'));
  writeFileSync(path.join(dir, 'model.gguf'), MODEL);
});
afterEach(() => rmSync(dir, { recursive: true }));

const MODEL = ggufWith({
  'general.architecture': 'llama',
  'tokenizer.chat_template': CHAT_ML[0]?.template ?? '',
});
const LORA = { 'general.type': 'adapter', 'adapter.type': 'lora', 'general.architecture': 'llama' };
const ADAPTER = ggufWith(LORA);

test('a model is used with the adapter that comes with it', async () => {
  const file = write('shell.gguf', ADAPTER);
  const expected = { name: 'shell.gguf', file, bytes: ADAPTER.length, sha256: sha256(ADAPTER) };
  expect(await find({ adapter: null, pinned: entryWith(file) })).toEqual(expected);
  expect(nameOfAdapter({ file: 'models/shell.gguf' })).toBe('shell.gguf');
});

test("an adapter that comes with a model lies in gyre's own package", async () => {
  const file = fileURLToPath(new URL('../../../models/missing.gguf', import.meta.url));
  const finding = find({ adapter: null, pinned: entryWith('models/missing.gguf') });
  await expect(finding).rejects.toMatchObject({ message: expect.stringMatching(`^${file} cannot be read: ENOENT`) });
});

test('a model that has no adapter is used without, and so is one whose adapter is turned off', async () => {
  expect(await find({ adapter: null })).toBe(null);
  expect(await find({ adapter: 'none', pinned: entryWith(path.join(dir, 'missing.gguf')) })).toBe(null);
});

test("an adapter of the person's own comes before the model's", async () => {
  const file = write('own.gguf', ADAPTER);
  expect(await find({ adapter: file, pinned: entryWith(path.join(dir, 'missing.gguf')) })).toEqual({
    name: 'own.gguf',
    file,
    bytes: ADAPTER.length,
    sha256: sha256(ADAPTER),
  });
});

test.each([
  ['missing', () => {}, (file: string) => `${file} cannot be read: ENOENT: no such file or directory, open '${file}'.`],
  [
    'a directory',
    (file: string) => mkdirSync(file),
    (file: string) => `${file} is not a usable adapter: it is not a file.`,
  ],
  [
    'cut',
    (file: string) => writeFileSync(file, ADAPTER.subarray(0, 100)),
    (file: string) => `${file} is not a usable adapter: it has 100 bytes, and ${ADAPTER.length} were expected.`,
  ],
  [
    'altered',
    (file: string) => writeFileSync(file, altered()),
    (file: string) =>
      `${file} is not a usable adapter: its SHA-256 is ${sha256(altered())}, and ${sha256(ADAPTER)} was expected.`,
  ],
])('a run with an adapter of the package that is %s is refused', async (_, prepare, messageOf) => {
  const file = path.join(dir, 'shell.gguf');
  prepare(file);
  const entry = entryWith(file);
  const { signal } = new AbortController();
  const opening = openModel({ ...settings, modelsDir: dir, stateDir: dir, catalogue: [entry], signal });
  expect(await opening.then(() => null, toErrorRecord)).toEqual({
    code: 'model-unavailable',
    message: messageOf(file),
    hint: 'It comes with gyre: install gyre anew, or run without it: --adapter none.',
  });
});

test.each([
  ['no GGUF file', Buffer.from('<!doctype html>'), 'it starts with "<!do" where a GGUF file has "GGUF"'],
  ['a cut one', ADAPTER.subarray(0, 40), 'its header cannot be read: it ends in the middle'],
  ['a model', MODEL, 'its general.type is missing, and an adapter has "adapter"'],
  [
    'a model that says so',
    ggufWith({ ...LORA, 'general.type': 'model' }),
    'its general.type is "model", and an adapter has "adapter"',
  ],
  [
    'an adapter of another kind',
    ggufWith({ ...LORA, 'adapter.type': 'control\u001b[2J\u202e' }),
    'its adapter.type is "control.[2J.", and a LoRA adapter has "lora"',
  ],
  [
    'an adapter for other models',
    ggufWith({ ...LORA, 'general.architecture': 'qwen2' }),
    'its general.architecture is "qwen2", and small has "llama"',
  ],
])('%s is refused as adapter', async (_, content, problem) => {
  const file = write('own.gguf', content);
  expect(await find({ adapter: file }).then(() => null, toErrorRecord)).toEqual({
    code: 'model-unavailable',
    message: `${file} is not a usable adapter: ${problem}.`,
    hint: 'Name another file with --adapter, or run without one: --adapter none.',
  });
});

test('an adapter that is not there, and a directory, are refused', async () => {
  const missing = path.join(dir, 'missing.gguf');
  const problems = [find({ adapter: missing }), find({ adapter: dir })].map((one) =>
    one.then(() => null, toErrorRecord),
  );
  expect((await Promise.all(problems)).map((problem) => problem?.message)).toEqual([
    `${missing} cannot be read: ENOENT: no such file or directory, open '${missing}'.`,
    `${dir} is not a usable adapter: it is not a file.`,
  ]);
});

const settings = {
  model: 'small',
  adapter: null,
  workingDir: '/',
  goal: 'tidy up',
  contextSize: 2048,
  maxTokens: 64,
  temperature: 0,
  seed: 1,
  gpuLayers: 0,
  memoryContextSize: 10,
  hasBudget: true,
  hasCheck: false,
  onFraction: () => {},
};

function entryWith(file: string): CatalogueEntry {
  return {
    name: 'small',
    file: 'model.gguf',
    bytes: MODEL.length,
    sha256: sha256(MODEL),
    licence: 'MIT',
    parameters: '1 M',
    contextTokens: 8192,
    memoryBytes: 1,
    sources: [],
    adapter: { file, bytes: ADAPTER.length, sha256: sha256(ADAPTER), licence: 'MIT' },
  };
}

async function find({ adapter, pinned }: { adapter: string | null; pinned?: CatalogueEntry }) {
  const file = path.join(dir, 'model.gguf');
  const model = { name: 'small', file, ...(pinned === undefined ? {} : { pinned }) };
  return findAdapter({ adapter, model, stateDir: path.join(dir, 'state'), signal: new AbortController().signal });
}

function write(name: string, content: Buffer): string {
  const file = path.join(dir, name);
  writeFileSync(file, content);
  return file;
}

function altered(): Buffer {
  const bytes = Buffer.from(ADAPTER);
  bytes.writeUInt8(1, bytes.length - 1);
  return bytes;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
