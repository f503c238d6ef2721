import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toErrorRecord } from '../../../src/errors.ts';
import type { CatalogueEntry } from '../../../src/services/model/catalogue.ts';
import { findHeaderProblem } from '../../../src/services/model/gguf-header.ts';
import { verifyModel, verifyModelAnew } from '../../../src/services/model/verify-model.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'gyre-verify-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const MODEL = Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(3_000_000, 'weights')]);

test('the right file is hashed once, and not again as long as nothing changes', async () => {
  const file = write(MODEL);
  expect(await hashedBytes(file)).toBe(MODEL.length);
  expect(await hashedBytes(file)).toBe(0);
});

test('a file that was changed in place is hashed again, even when its modification time was put back', async () => {
  const file = write(MODEL);
  utimesSync(file, 1e9, 1e9);
  await hashedBytes(file);
  const damaged = Buffer.from(MODEL);
  damaged.write('damage', 1000);
  writeFileSync(file, damaged);
  utimesSync(file, 1e9, 1e9);
  expect((await problemOf(file)).message).toContain('its SHA-256 is');
});

test('a copy of a verified file is hashed again', async () => {
  await hashedBytes(write(MODEL));
  expect(await hashedBytes(write(MODEL, 'copy.gguf'))).toBe(MODEL.length);
});

test('anew means reading the whole file', async () => {
  const file = write(MODEL);
  await hashedBytes(file);
  expect(await hashedBytes(file, verifyModelAnew)).toBe(MODEL.length);
});

test('another size is told before anything is hashed', async () => {
  const file = write(MODEL.subarray(0, 1_234_567));
  expect(await problemOf(file)).toEqual({
    code: 'model-unavailable',
    message: `${file} is not a usable model: it has 1,234,567 bytes, and 3,000,008 were expected.`,
    hint: 'Run "gyre models pull small": it fetches the file anew and puts it in place of this one.',
  });
});

test('another content of the same size is told with both checksums, and leaves no stamp', async () => {
  const wrong = Buffer.from(MODEL).fill('x', 100);
  const file = write(wrong);
  expect(await problemOf(file)).toEqual({
    code: 'model-unavailable',
    message: `${file} is not a usable model: its SHA-256 is ${sha256(wrong)}, and ${sha256(MODEL)} was expected.`,
    hint: 'Run "gyre models pull small": it fetches the file anew and puts it in place of this one.',
  });
  expect(readdirSync(dir)).toEqual(['model.gguf']);
});

test('a file of the person is held against nothing but the header', async () => {
  expect(await hashedBytes(write(Buffer.from('GGUF\x02\0\0\0')), verifyModel, null)).toBe(0);
  const file = write(Buffer.from('<!doctype html>'));
  expect(await problemOf(file, null)).toEqual({
    code: 'model-unavailable',
    message: `${file} is not a usable model: it starts with "<!do" where a GGUF file has "GGUF".`,
    hint: 'Name another .gguf file with --model, or run "gyre models pull starter".',
  });
});

test('a missing file and a directory are told, not thrown as a surprise', async () => {
  const gone = path.join(dir, 'gone.gguf');
  expect([(await problemOf(gone)).message, (await problemOf(dir, null)).message]).toEqual([
    `${gone} cannot be read: ENOENT: no such file or directory, open '${gone}'.`,
    `${dir} is not a usable model: it is not a file.`,
  ]);
});

test('an abort ends the hashing with the reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = () => controller.abort(reason);
  const verification = verifyModel({
    file: write(MODEL),
    pinned,
    stateDir: dir,
    onProgress,
    signal: controller.signal,
  });
  await expect(verification).rejects.toBe(reason);
});

test('a state directory that cannot be written costs the stamp, and nothing else', async () => {
  const file = write(MODEL);
  const progress: number[] = [];
  const onProgress = ({ doneBytes }: { doneBytes: number }) => progress.push(doneBytes);
  await verifyModel({ file, pinned, stateDir: file, onProgress, signal: new AbortController().signal });
  expect(progress.at(-1)).toBe(MODEL.length);
});

test.each([
  ['', 'it has 0 bytes, a GGUF header needs 8'],
  ['GGUF\x03\0\0\0', null],
  ['GGUF\x02\0\0\0', null],
  ['GGUF\x01\0\0\0', 'it is GGUF version 1, and versions 2 and 3 can be read'],
  ['GGUF\0\0\0\x03', 'it is GGUF version 50331648, and versions 2 and 3 can be read'],
  ['\x1b[2Jetc.', 'it starts with ".[2J" where a GGUF file has "GGUF"'],
])('the header %j is judged', (head, problem) => {
  expect(findHeaderProblem(Buffer.from(head, 'latin1'))).toBe(problem);
});

const pinned: CatalogueEntry = {
  name: 'small',
  file: 'model.gguf',
  bytes: MODEL.length,
  sha256: sha256(MODEL),
  licence: 'MIT',
  parameters: '1 M',
  contextTokens: 8192,
  memoryBytes: 1,
  sources: [],
};

function write(content: Buffer, name = 'model.gguf'): string {
  const file = path.join(dir, name);
  writeFileSync(file, content);
  return file;
}

async function hashedBytes(file: string, verify = verifyModel, entry: CatalogueEntry | null = pinned) {
  let hashed = 0;
  const onProgress = ({ doneBytes }: { doneBytes: number }) => {
    hashed = doneBytes;
  };
  await verify({ file, pinned: entry ?? undefined, stateDir: dir, onProgress, signal: new AbortController().signal });
  return hashed;
}

async function problemOf(file: string, entry: CatalogueEntry | null = pinned) {
  const signal = new AbortController().signal;
  return verifyModel({ file, pinned: entry ?? undefined, stateDir: dir, onProgress: () => {}, signal }).then(() => {
    throw new Error('It was found right.');
  }, toErrorRecord);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
