import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createJournal, journalFile } from '../../../src/journal/append.ts';
import { type IterationRecord, JOURNAL_SCHEMA, type JournalHeader } from '../../../src/journal/format.ts';
import { markRunAlive } from '../../../src/journal/lock.ts';
import { MAX_INLINE_BYTES } from '../../../src/journal/outputs.ts';
import { findRun, listRuns, readRun, summaryOf, tailJournal } from '../../../src/journal/read.ts';
import { hashState, startChart } from '../../../src/journal/replay.ts';
import type { AgentInput } from '../../../src/machine/types.ts';
import { savedRecord } from '../recorded-run.ts';

test('what was appended is read again', async () => {
  const stateDir = await makeStateDir();
  await writeRun(stateDir, 'aa1', { iterations: 2, isEnded: true });
  const story = await readRun(stateDir, 'aa1');
  const { saved } = story;
  expect(saved.map(({ iteration }) => iteration)).toEqual([1, 2]);
  expect(summaryOf(story)).toEqual({
    runId: 'aa1',
    goal: 'try',
    status: 'completed',
    cause: 'agent-stop',
    iterations: 2,
    startedAt: '2026-01-01T00:00:00.000Z',
    lastAt: '2026-01-01T00:00:09.000Z',
    durationMs: 9000,
    model: 'tiny',
    adapter: null,
    sandbox: 'bubblewrap',
    sandboxDir: '/box',
    bytes: (await readFile(journalFile(stateDir, 'aa1'))).length,
    journal: journalFile(stateDir, 'aa1'),
  });
});

test('a run says which adapter was used with its model', async () => {
  const stateDir = await makeStateDir();
  const journal = await createJournal(stateDir, header('ad1'));
  const model = { name: 'tiny', file: '/tiny', adapter: 'shell.gguf' };
  await journal.append({ type: 'run.ready', time: '2026-01-01T00:00:00.000Z', model, sandbox: 'bubblewrap' });
  await journal.close();
  expect(await readRun(stateDir, 'ad1')).toMatchObject({ model: 'tiny', adapter: 'shell.gguf' });
});

test('a run without an end is running while its process lives, and interrupted after', async () => {
  const stateDir = await makeStateDir();
  await writeRun(stateDir, 'ab2', { iterations: 1, isEnded: false });
  const release = await markRunAlive('ab2');
  expect((await readRun(stateDir, 'ab2')).status).toBe('running');
  release();
  expect((await readRun(stateDir, 'ab2')).status).toBe('interrupted');
});

test('a journal is read on while it is written, whole records only', async () => {
  const stateDir = await makeStateDir();
  await writeRun(stateDir, 'tail', { iterations: 2, isEnded: false });
  const file = journalFile(stateDir, 'tail');
  const tail = tailJournal(file);
  expect((await tail.next()).map(({ type }) => type)).toEqual([
    'run.opened',
    'run.ready',
    'iteration.saved',
    'iteration.saved',
  ]);
  expect(await tail.next()).toEqual([]);
  const said = '{"type":"person.said","time":"2026-01-01T00:00:00.000Z","text":"hä"}';
  await appendFile(file, said.slice(0, 70));
  expect(await tail.next()).toEqual([]);
  await appendFile(file, `${said.slice(70)}\n`);
  expect(await tail.next()).toMatchObject([{ text: 'hä' }]);
  await appendFile(file, 'garbage\n');
  await expect(tail.next()).rejects.toMatchObject({ message: expect.stringContaining('Line 6 of') });
});

test('a torn last line is left out', async () => {
  const stateDir = await makeStateDir();
  await writeRun(stateDir, 'ac3', { iterations: 1, isEnded: false });
  await appendFile(journalFile(stateDir, 'ac3'), '{"type":"iteration.saved","iter');
  expect((await readRun(stateDir, 'ac3')).iterations).toBe(1);
});

test.each([
  ['garbage in the middle', `${JSON.stringify(header('bad'))}\ngarbage\n`, 'Line 2'],
  ['a record that lacks something', `${JSON.stringify(header('bad'))}\n{"type":"person.said","text":"x"}\n`, 'time'],
  ['another schema', '{"type":"run.opened","schema":99,"gyreVersion":"9.9"}\n', 'schema 99'],
  ['a foreign file', '{"type":"other"}\n', 'is no journal record'],
  ['an empty file', '', 'does not begin as a journal does'],
])('%s is named and does not hide the other runs', async (_, content, complaint) => {
  const stateDir = await makeStateDir();
  await writeRun(stateDir, 'good', { iterations: 1, isEnded: true });
  await writeRun(stateDir, 'bad', { iterations: 0, isEnded: false });
  await writeFile(journalFile(stateDir, 'bad'), content);
  const { runs, unreadable } = await listRuns(stateDir);
  expect(runs.map(({ runId }) => runId)).toEqual(['good']);
  expect(unreadable.map(({ message }) => message.includes(complaint))).toEqual([true]);
});

test('a run is found by its id, by a prefix that fits one, and as the last', async () => {
  const stateDir = await makeStateDir();
  await writeRun(stateDir, 'abc', { iterations: 0, isEnded: true });
  await writeRun(stateDir, 'abcd', { iterations: 0, isEnded: true, time: '2026-01-02T00:00:00.000Z' });
  await writeRun(stateDir, 'xyz', { iterations: 0, isEnded: true });
  expect(await Promise.all(['abc', 'abcd', 'x', 'last'].map((name) => findRun(stateDir, name)))).toEqual([
    'abc',
    'abcd',
    'xyz',
    'abcd',
  ]);
  await expect(findRun(stateDir, 'ab')).rejects.toMatchObject({ code: 'unknown-run' });
  await expect(findRun(stateDir, '')).rejects.toMatchObject({ code: 'unknown-run' });
  await expect(findRun(stateDir, 'nothing')).rejects.toMatchObject({ code: 'unknown-run' });
});

test('a long output is kept beside the journal, once, and read back whole', async () => {
  const stateDir = await makeStateDir();
  const long = 'ä line of it\n'.repeat(20_000);
  const short = 'x'.repeat(MAX_INLINE_BYTES);
  const { record, dir, journal } = await writeLongRun(stateDir, { stdout: long, stderr: short });
  expect((await stat(journal)).size).toBeLessThan(3 * MAX_INLINE_BYTES);
  const names = await readdir(dir);
  expect(names).toEqual([createHash('sha256').update(long).digest('hex')]);
  expect(await readFile(join(dir, names[0] ?? ''), 'utf8')).toBe(long);
  const story = await readRun(stateDir, 'long');
  expect(story.saved.at(-1)).toEqual(record);
  expect(story.saved.map(({ surroundings }) => surroundings.last?.output.stdout)).toEqual([long]);
  expect(story.bytes).toBe((await stat(journal)).size + Buffer.byteLength(long));
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
});

test('an output that is missing beside the journal, or was changed, is named in its place', async () => {
  const stateDir = await makeStateDir();
  const { dir } = await writeLongRun(stateDir, { stdout: 'a'.repeat(99_999), stderr: 'b'.repeat(88_888) });
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    if ((await stat(file)).size === 99_999) await rm(file);
    else await writeFile(file, 'something else');
  }
  const output = (await readRun(stateDir, 'long')).saved.at(-1)?.output;
  expect(output?.stdout).toMatch(/^\[99999 bytes of output that cannot be read: ENOENT.*\]$/);
  expect(output?.stderr).toMatch(/^\[88888 bytes of output that are not what they were: .*\]$/);
  expect((await listRuns(stateDir)).runs.map(({ iterations }) => iterations)).toEqual([1]);
});

test('a state directory that cannot be made is a journal that cannot be written', async () => {
  await expect(createJournal('/proc/nowhere', header('aa'))).rejects.toMatchObject({ code: 'journal-unwritable' });
});

test('a second run of the same id is refused', async () => {
  const stateDir = await makeStateDir();
  await writeRun(stateDir, 'same', { iterations: 0, isEnded: true });
  await expect(createJournal(stateDir, header('same'))).rejects.toMatchObject({ code: 'journal-unwritable' });
});

function makeStateDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'gyre-state-'));
}

function header(runId: string, time = '2026-01-01T00:00:00.000Z'): JournalHeader {
  const limits = { maxIterations: null, maxConsecutiveFailures: null, maxDurationMs: null, maxTotalTokens: null };
  const input: AgentInput = {
    runId,
    goal: 'try',
    limits,
    patience: { nudgeAfter: 3, diversifyAfter: 5, giveUpAfter: 8 },
    loopIntervalMs: 0,
    hasCheck: false,
    checkEach: false,
    approve: false,
    isPersonThere: false,
    startedAtMs: Date.parse(time),
  };
  return {
    type: 'run.opened',
    schema: JOURNAL_SCHEMA,
    machineVersion: 1,
    gyreVersion: '0.0.0',
    runId,
    time,
    goal: 'try',
    sandboxDir: '/box',
    limits,
    settings: {},
    input,
    state: hashState(startChart(input)),
  };
}

async function writeRun(
  stateDir: string,
  runId: string,
  { iterations, isEnded, time }: { iterations: number; isEnded: boolean; time?: string },
): Promise<void> {
  const at = (second: number) => new Date(Date.parse(time ?? '2026-01-01T00:00:00.000Z') + second * 1000).toISOString();
  const tokens = { evaluated: 0, generated: 0 };
  const journal = await createJournal(stateDir, header(runId, at(0)));
  await journal.append({
    type: 'run.ready',
    time: at(1),
    model: { name: 'tiny', file: '/tiny' },
    sandbox: 'bubblewrap',
  });
  for (let iteration = 1; iteration <= iterations; iteration += 1)
    await journal.append(iterationRecord(iteration, at(2)));
  if (isEnded) {
    const changes = { added: [], changed: [], removed: [], isPartial: false };
    const ended = { status: 'completed', cause: 'agent-stop', iterations, durationMs: 9000, tokens } as const;
    await journal.append({ type: 'run.ended', time: at(9), ...ended, changes, problem: null });
  }
  await journal.close();
}

async function writeLongRun(stateDir: string, output: IterationRecord['output']) {
  const journal = await createJournal(stateDir, header('long'));
  const first = iterationRecord(1, '2026-01-01T00:00:00.000Z');
  const last = { decision: first.decision, outcome: first.outcome, output, message: null };
  const record = { ...first, output, surroundings: { ...first.surroundings, last } };
  await journal.append(record);
  await journal.close();
  return { record, journal: journal.file, dir: join(dirname(journal.file), 'outputs') };
}

function iterationRecord(iteration: number, time: string): IterationRecord {
  return { ...savedRecord, iteration, time };
}
