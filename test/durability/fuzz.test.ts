import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgentError } from '../../src/errors.ts';
import { explainSteps } from '../../src/journal/explain.ts';
import { nameOutput } from '../../src/journal/outputs.ts';
import { parseJournal } from '../../src/journal/read.ts';
import { replay } from '../../src/journal/replay.ts';
import { searchRun } from '../../src/journal/search.ts';
import { randomFrom, seed } from './random.ts';

// What a journal holds may have been written by anybody. Reading it must not crash, and must not run anything: none of
// the functions below has a shell or a model to run it with.

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
let dir = '';
let journal = Buffer.alloc(0);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gyre-fuzz-'));
  mkdirSync(join(dir, 'box'));
  const answers = [
    '<action>RUN</action><command>echo hi; echo oh >&2</command><note>look</note>',
    '<action>RUN</action><command>curl x</command>',
    'nonsense',
    '<action>SLEEP</action><sleepMs>1</sleepMs>',
    '<action>STOP</action><note>done</note>',
  ];
  writeFileSync(join(dir, 'script'), answers.join('\n---\n'));
  const flags = ['--model', `script:${join(dir, 'script')}`, '--loop-interval-ms', '0', '--sandbox', 'simulated'];
  const places = ['--sandbox-dir', join(dir, 'box'), '--state-dir', join(dir, 'state')];
  execFileSync(process.execPath, [cli, 'run', 'a goal', ...flags, ...places], { stdio: 'ignore' });
  const [runId = ''] = readdirSync(join(dir, 'state', 'runs'));
  journal = readFileSync(join(dir, 'state', 'runs', runId, 'journal.jsonl'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('10,000 fuzzed journals are read, or refused with file and line; nothing else happens', {
  timeout: 240_000,
}, () => {
  const random = randomFrom(seed);
  const counts = { read: 0, refused: 0, differs: 0 };
  for (let round = 0; round < 10_000; round += 1) {
    const content = fuzz(journal, random);
    try {
      const { records } = parseJournal(content, 'the-file', nameOutput);
      counts.read += 1;
      if (!replay(records).ok) counts.differs += 1;
      explainSteps(records);
      searchRun({ saved: records.filter((record) => record.type === 'iteration.saved') }, 'o');
    } catch (error) {
      if (!(error instanceof AgentError)) throw new Error(`round ${round} of seed ${seed}: ${error}`);
      expect(error).toMatchObject({
        code: 'journal-unreadable',
        message: expect.stringContaining('the-file'),
      });
      counts.refused += 1;
    }
  }
  expect(counts.read).toBeGreaterThan(1000);
  expect(counts.refused).toBeGreaterThan(1000);
  expect(counts.differs).toBeGreaterThan(100);
});

test('cut at every byte of its last three records, a journal is read up to the record before', () => {
  const starts = lineStarts(journal);
  const from = starts.at(-4) ?? 0;
  for (let end = from; end <= journal.length; end += 1) {
    const { records, wholeBytes } = parseJournal(journal.subarray(0, end), 'the-file', nameOutput);
    const whole = starts.filter((start) => start > 0 && start <= end).length;
    expect([records.length, wholeBytes, replay(records).ok]).toEqual([whole, starts[whole], true]);
  }
});

test('zeros after any byte of its last three records are a torn tail', () => {
  const starts = lineStarts(journal);
  const from = starts.at(-4) ?? 0;
  for (let end = from; end < journal.length; end += 1) {
    const content = Buffer.concat([journal.subarray(0, end), Buffer.alloc(journal.length - end)]);
    const { wholeBytes } = parseJournal(content, 'the-file', nameOutput);
    expect(wholeBytes).toBe(starts.findLast((start) => start <= end));
  }
});

/** Where each line starts, and the end of the last. */
function lineStarts(content: Buffer): readonly number[] {
  const starts = [0];
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

function fuzz(content: Buffer, random: () => number): Buffer {
  const pick = (length: number) => Math.floor(random() * length);
  const kind = pick(6);
  if (kind === 0) {
    const changed = Buffer.from(content);
    for (let times = 1 + pick(3); times > 0; times -= 1) changed[pick(changed.length)] = pick(256);
    return changed;
  }
  if (kind === 1) return content.subarray(0, pick(content.length));
  const lines = content.toString('utf8').trimEnd().split('\n');
  const at = pick(lines.length);
  const other = pick(lines.length);
  if (kind === 2) lines.splice(at, 1);
  if (kind === 3) lines.splice(other, 0, lines[at] ?? '');
  if (kind === 4) [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
  if (kind === 5) lines[at] = JSON.stringify(changeSomewhere(JSON.parse(lines[at] ?? '{}'), random));
  return Buffer.from(`${lines.join('\n')}\n`);
}

const values = [null, 0, -1, 1e308, '', 'RUN', true, [], {}, { ok: true }, ['x']];

/** The same value with one of its parts replaced by something else. */
function changeSomewhere(value: unknown, random: () => number): unknown {
  const isOpen = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isOpen || random() < 0.2) return values[Math.floor(random() * values.length)];
  const keys = Object.keys(value);
  const key = keys[Math.floor(random() * keys.length)] ?? '';
  const changed = Object.entries(value).map(([name, part]) => [
    name,
    name === key ? changeSomewhere(part, random) : part,
  ]);
  return Array.isArray(value) ? changed.map(([, part]) => part) : Object.fromEntries(changed);
}
