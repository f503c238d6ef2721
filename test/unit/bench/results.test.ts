import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openResults } from '../../../bench/task-runner/results.mjs';
import { UsageError } from '../../../bench/task-runner/usage-error.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gyre-results-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('results are there when the file is opened again', () => {
  const file = join(dir, 'sub', 'r.jsonl');
  const first = openResults(file, { seed: 1 });
  first.add({ name: 'a' });
  first.close();
  const second = openResults(file, { seed: 1 });
  second.add({ name: 'b' });
  second.close();
  expect(second.records).toEqual([{ name: 'a' }]);
  expect(readFileSync(file, 'utf8')).toBe('{"seed":1}\n{"name":"a"}\n{"name":"b"}\n');
});

test('a torn last line is dropped', () => {
  const file = join(dir, 'r.jsonl');
  const first = openResults(file, { seed: 1 });
  first.add({ name: 'a' });
  first.close();
  appendFileSync(file, '{"name":"tö');
  const second = openResults(file, { seed: 1 });
  second.add({ name: 'b' });
  second.close();
  expect(second.records).toEqual([{ name: 'a' }]);
  expect(readFileSync(file, 'utf8')).toBe('{"seed":1}\n{"name":"a"}\n{"name":"b"}\n');
});

test('a torn first line counts as no file at all', () => {
  const file = join(dir, 'r.jsonl');
  appendFileSync(file, '{"se');
  openResults(file, { seed: 1 }).close();
  expect(readFileSync(file, 'utf8')).toBe('{"seed":1}\n');
});

test('results of other options are refused with what differs and what to do', () => {
  const file = join(dir, 'r.jsonl');
  openResults(file, { seed: 1, model: 'tiny' }).close();
  const open = () => openResults(file, { seed: 2, model: 'tiny' });
  expect(open).toThrow(UsageError);
  expect(open).toThrow(
    `${file} holds results of other options (seed: 1, now 2). Add --again to forget them, or name another file with --results.`,
  );
});

test('again forgets what is there', () => {
  const file = join(dir, 'r.jsonl');
  openResults(file, { seed: 1 }).close();
  openResults(file, { seed: 2 }, { again: true }).close();
  expect(readFileSync(file, 'utf8')).toBe('{"seed":2}\n');
});

test('a file of something else is refused, and stays as it is', () => {
  const file = join(dir, 'r.jsonl');
  appendFileSync(file, 'a diary\n');
  expect(() => openResults(file, { seed: 1 })).toThrow(`${file} is no file of results.`);
  expect(readFileSync(file, 'utf8')).toBe('a diary\n');
});
