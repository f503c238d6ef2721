import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ModelFiles, pullModelCommand, removeModel } from '../../src/commands/model-files.ts';
import { listModels } from '../../src/commands/model-list.ts';
import type { CatalogueEntry } from '../../src/services/model/catalogue.ts';

const MODEL = Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(400_000, 'weights')]);

let server: Server;
let requests = 0;
let dir = '';
beforeAll(async () => {
  server = createServer((_, response) => {
    requests += 1;
    response.writeHead(200, { 'content-length': MODEL.length }).end(MODEL);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'gyre-models-'));
  requests = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

test('pull fetches a model once: the second time it is there and verified', async () => {
  expect(await run((files) => pullModelCommand('wee', files))).toEqual({
    code: 0,
    out: `small is ready (from 127.0.0.1:${port()}, verified): ${dir}/models/model.gguf\n`,
    err: `Fetching small (400 KB, MIT) into ${dir}/models\n`,
  });
  expect(await run((files) => pullModelCommand('small', files))).toEqual({
    code: 0,
    out: `small is there and verified: ${dir}/models/model.gguf\n`,
    err: '',
  });
  expect(requests).toBe(1);
});

test('pull warns of a model that is too big for the memory, and fetches it', async () => {
  const warned = await run((files) => pullModelCommand('small', { ...files, availableMemoryBytes: 500e6 - 1 }));
  expect([warned.code, warned.err.split('\n')[0]]).toEqual([
    0,
    'small needs about 500 MB of memory, and 500 MB is available here: it will be refused when it is run.',
  ]);
  rmSync(path.join(dir, 'models', 'model.gguf'));
  const { err } = await run((files) => pullModelCommand('small', { ...files, availableMemoryBytes: 500e6 }));
  expect(err).not.toContain('needs about');
});

test('pull replaces a damaged file, and says what was wrong with it', async () => {
  await run((files) => pullModelCommand('small', files));
  const file = path.join(dir, 'models', 'model.gguf');
  writeFileSync(file, 'short');
  const { code, err } = await run((files) => pullModelCommand('small', files));
  expect([code, err.split('\n')[0]]).toEqual([
    0,
    `${file} is not a usable model: it has 5 bytes, and 400,008 were expected.`,
  ]);
  expect(readFileSync(file).equals(MODEL)).toBe(true);
});

test('pull and remove with --json print one object, and nothing else', async () => {
  const file = path.join(dir, 'models', 'model.gguf');
  const pulled = await run((files) => pullModelCommand('small', { ...files, isJson: true }));
  expect(JSON.parse(pulled.out)).toEqual({ name: 'small', file, source: `127.0.0.1:${port()}` });
  const removed = await run((files) => removeModel('small', { ...files, isJson: true }));
  expect(JSON.parse(removed.out)).toEqual({ name: 'small', file, removed: true });
});

test('an unknown name is a matter of usage, for pull and for remove', async () => {
  const usage = {
    code: 'usage',
    message: 'No model "big" in the catalogue.',
    hint: 'Name one of wee, large, or a file of the hub: hf:USER/REPOSITORY/FILE.gguf.',
  };
  await expect(run((files) => pullModelCommand('big', files))).rejects.toMatchObject(usage);
  await expect(run((files) => removeModel('big', files))).rejects.toMatchObject(usage);
});

test('remove deletes the file and what was remembered of it, and may be said twice', async () => {
  await run((files) => pullModelCommand('small', files));
  const file = path.join(dir, 'models', 'model.gguf');
  expect(await run((files) => removeModel('wee', files))).toEqual({
    code: 0,
    out: `Removed ${file} (400 KB)\n`,
    err: '',
  });
  expect([readdirSync(path.join(dir, 'models')), readdirSync(path.join(dir, 'state', 'verified-models'))]).toEqual([
    [],
    [],
  ]);
  expect(await run((files) => removeModel('wee', files))).toEqual({
    code: 0,
    out: `small is not there: there is no file ${file}\n`,
    err: '',
  });
});

test('list shows the catalogue, what fits, what is there, and what else lies there', async () => {
  await run((files) => pullModelCommand('small', files));
  writeFileSync(path.join(dir, 'models', 'large.gguf'), 'short');
  writeFileSync(path.join(dir, 'models', 'own.gguf'), Buffer.alloc(2_000_000));
  writeFileSync(path.join(dir, 'models', 'notes.txt'), '');
  expect((await run(listModels)).out).toBe(
    [
      'name      params  size    licence  context  memory  fits  here',
      'small     1 M     400 KB  MIT      8192     500 MB  yes   yes',
      'large     9 B     5.0 GB  MIT      32768    6.0 GB  no    damaged',
      'own.gguf          2.0 MB                                  yes',
      '',
      'For short, wee is small.',
      `Models are kept in ${dir}/models.`,
      'Memory is what 8192 tokens of context take; 1.0 GB is available.',
      '',
    ].join('\n'),
  );
});

test('list --json prints one array, also when there is no directory yet', async () => {
  const { out } = await run((files) => listModels({ ...files, isJson: true }));
  expect(JSON.parse(out)).toEqual([
    {
      name: 'small',
      alias: 'wee',
      file: `${dir}/models/model.gguf`,
      parameters: '1 M',
      bytes: 400_008,
      licence: 'MIT',
      contextTokens: 8192,
      adapter: null,
      memoryBytes: 500e6,
      fits: true,
      onDisk: 'no',
    },
    expect.objectContaining({ name: 'large', alias: null, fits: false, onDisk: 'no' }),
  ]);
});

test('list says which model is used with an adapter, and counts its memory', async () => {
  const adapter = { file: 'models/shell.gguf', bytes: 100e6, sha256: '', licence: 'MIT' };
  const catalogue = [{ ...small, adapter }, large];
  const { out } = await run((files) => listModels({ ...files, catalogue }));
  expect(out.split('\n')[1]).toBe('small  1 M     400 KB  MIT      8192     600 MB  yes   no');
  expect(out).toContain('\nUsed with an adapter that comes with gyre: small with shell.gguf.\n');
  const { out: json } = await run((files) => listModels({ ...files, catalogue, isJson: true }));
  const rows: readonly { adapter: string | null }[] = JSON.parse(json);
  expect(rows.map((row) => row.adapter)).toEqual(['shell.gguf', null]);
});

const small: CatalogueEntry = {
  name: 'small',
  alias: 'wee',
  file: 'model.gguf',
  bytes: MODEL.length,
  sha256: createHash('sha256').update(MODEL).digest('hex'),
  licence: 'MIT',
  parameters: '1 M',
  contextTokens: 8192,
  memoryBytes: 500e6,
  sources: [{ kind: 'hf', repo: 'me/mine', file: 'model.gguf' }],
};

const { alias: _, ...rest } = small;
const large: CatalogueEntry = {
  ...rest,
  name: 'large',
  file: 'large.gguf',
  bytes: 5e9,
  parameters: '9 B',
  contextTokens: 32_768,
  memoryBytes: 6e9,
};

async function run(command: (files: ModelFiles) => Promise<number>) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await command({
    modelsDir: path.join(dir, 'models'),
    stateDir: path.join(dir, 'state'),
    hfEndpoint: `http://127.0.0.1:${port()}`,
    hfToken: null,
    availableMemoryBytes: 1e9,
    out: { isTTY: false, columns: 80, write: (text) => out.push(text) },
    err: { isTTY: false, columns: 80, write: (text) => err.push(text) },
    isJson: false,
    signal: new AbortController().signal,
    catalogue: [small, large],
  });
  return { code, out: out.join(''), err: err.join('') };
}

function port(): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
