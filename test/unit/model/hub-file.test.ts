import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  dropHubRecord,
  formatHubUri,
  hubFilePlace,
  keepHubRecord,
  listHubFiles,
  parseHubUri,
  readHubRecord,
  toEntry,
  uriOfPlace,
} from '../../../src/services/model/hub-file.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'gyre-hub-file-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test.each([
  ['hf:me/mine/model.gguf', 'hf/me/mine/model.gguf', 'hf:me/mine/model.gguf'],
  ['hf:me/mine/model.gguf#main', 'hf/me/mine/model.gguf', 'hf:me/mine/model.gguf'],
  ['hf:me/My.Model-1+x/Q4/model.Q4_K_M.gguf', 'hf/me/My.Model-1+x/Q4/model.Q4_K_M.gguf', null],
  ['hf:me/mine/model.gguf#refs/pr/1', 'hf/me/mine@refs%2Fpr%2F1/model.gguf', null],
])('%s has one place on the disk, and the place one URI', (uri, place, shortest) => {
  const parsed = parseHubUri(uri);
  if (!parsed.ok) throw new Error(parsed.reason);
  expect([hubFilePlace(parsed.file), formatHubUri(parsed.file)]).toEqual([place, shortest ?? uri]);
  expect(uriOfPlace(place)).toBe(shortest ?? uri);
});

const noFile = 'is not a file of the hub';
const noQuant = 'names a quantisation, and which file that is changes at the hub: name the file';

test.each([
  ['hf:me/mine:Q4_K_M', noQuant],
  ['hf:me/mine:latest', noQuant],
  ['hf:me/mine', noFile],
  ['hf://me/mine/model.gguf', noFile],
  ['hf:me/mine/model.bin', noFile],
  ['hf:me/mine/../../model.gguf', noFile],
  ['hf:../mine/model.gguf', noFile],
  ['hf:me/mine/.hidden.gguf', noFile],
  ['hf:me/mine//model.gguf', noFile],
  ['hf:me/mine/a\\b.gguf', noFile],
  ['hf:me/mine/model.gguf?download=true.gguf', noFile],
  ['hf:me/mine/\u001b[2J.gguf', noFile],
  ['hf:me/mine/model.gguf#../../x', noFile],
  ['hf:me/mine/model.gguf#', noFile],
  ['hf:me/mine/model-00001-of-00003.gguf', 'is one part of a model in several files, which gyre does not put together'],
])('%j is refused with the reason', (uri, reason) => {
  expect(parseHubUri(uri)).toEqual({ ok: false, reason });
});

test('what the hub said is kept beside the file, read again and dropped', async () => {
  const file = path.join(dir, 'model.gguf');
  expect(await readHubRecord(file)).toBe(null);
  await keepHubRecord(file, record);
  expect([readdirSync(dir), await readHubRecord(file)]).toEqual([['model.gguf.hub.json'], record]);
  await dropHubRecord(file);
  expect(readdirSync(dir)).toEqual([]);
});

test.each(['', '{', '[]', JSON.stringify({ repo: 'me/mine' })])('a record of %j counts as none', async (text) => {
  const file = path.join(dir, 'model.gguf');
  writeFileSync(`${file}.hub.json`, text);
  expect(await readHubRecord(file)).toBe(null);
});

test('a file of the hub is pinned to its hash, and to the commit as its only source', () => {
  expect(toEntry(record)).toEqual({
    name: 'hf:me/mine/model.gguf',
    file: 'hf/me/mine/model.gguf',
    bytes: 1000,
    sha256: record.sha256,
    licence: 'see the hub',
    parameters: '?',
    contextTokens: 0,
    memoryBytes: 1000 + 250e6,
    sources: [{ kind: 'hf', repo: 'me/mine', file: 'model.gguf', revision: record.commit }],
  });
});

test('files of the hub are listed from all repositories, and nothing else', async () => {
  expect(await listHubFiles(dir)).toEqual([]);
  mkdirSync(path.join(dir, 'hf/me/mine/deep'), { recursive: true });
  mkdirSync(path.join(dir, 'hf/a/b@v1'), { recursive: true });
  for (const name of ['me/mine/deep/x.gguf', 'me/mine/x.gguf.hub.json', 'me/mine/x.gguf.1-0.part', 'a/b@v1/y.gguf']) {
    writeFileSync(path.join(dir, 'hf', name), '');
  }
  expect(await listHubFiles(dir)).toEqual(['hf/a/b@v1/y.gguf', 'hf/me/mine/deep/x.gguf']);
});

const record = {
  repo: 'me/mine',
  path: 'model.gguf',
  revision: 'main',
  commit: '0123456789abcdef0123456789abcdef01234567',
  bytes: 1000,
  sha256: 'ab'.repeat(32),
};
