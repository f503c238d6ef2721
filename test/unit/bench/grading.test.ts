import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPARISON } from '../../../bench/task-runner/comparison.mjs';
import { describeTree, normaliseOutput } from '../../../bench/task-runner/exam-grading.mjs';
import { grade, saysThatItCannotBeDone } from '../../../bench/task-runner/grade.mjs';
import { summarise, table } from '../../../bench/task-runner/summary.mjs';

test('white space at ends, blank lines and a leading ./ do not count in an output; the order does', () => {
  expect(normaliseOutput('./a.txt  \r\n\n  b\t\n')).toBe('a.txt\n  b');
  expect(normaliseOutput('a\nb')).not.toBe(normaliseOutput('b\na'));
});

test('a tree is its paths, types, contents and targets of links, and not what is mounted', () => {
  const root = mkdtempSync(join(tmpdir(), 'gyre-tree-'));
  for (const name of ['usr', 'proc', 'dev', 'box']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'usr', 'hidden'), '');
  writeFileSync(join(root, 'box', 'a'), 'abc');
  symlinkSync('a', join(root, 'box', 'b'));
  expect(describeTree(root)).toBe(
    [
      '"box" directory',
      '"box/a" ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      '"box/b" link to "a"',
    ].join('\n'),
  );
  rmSync(root, { recursive: true });
});

const reached = { ending: 'exited', exitCode: 0 };
const notReached = { ending: 'exited', exitCode: 1 };
const stopped = (note: string) => ({
  status: 'completed',
  cause: 'agent-stop',
  decisions: [{ action: 'STOP', note }],
});
const exhausted = { status: 'exhausted', cause: 'max-iterations', decisions: [{ action: 'RUN', note: '' }] };

test('a task is passed when its check passes, however the run ended', () => {
  expect(grade({ kind: 'make' }, exhausted, reached)).toEqual({ passed: true, falseStop: false });
  expect(grade({ kind: 'make' }, exhausted, notReached)).toEqual({ passed: false, falseStop: false });
  expect(grade({ kind: 'make' }, stopped('done'), notReached)).toEqual({ passed: false, falseStop: true });
  expect(grade({ kind: 'make' }, exhausted, { ending: 'timeout', exitCode: null })).toEqual({
    passed: false,
    falseStop: false,
  });
});

test('where nothing is to be done, stopping is a part of it', () => {
  expect(grade({ kind: 'already-done' }, stopped('It is there.'), reached).passed).toBe(true);
  expect(grade({ kind: 'already-done' }, exhausted, reached).passed).toBe(false);
});

test('where it cannot be done, a STOP has to say so', () => {
  const task = { kind: 'text', possible: false };
  expect(grade(task, stopped('There is no chapter nine.'), reached).passed).toBe(true);
  expect(grade(task, stopped('The end is printed.'), reached).passed).toBe(false);
  expect(grade(task, exhausted, reached).passed).toBe(true);
  expect(grade(task, exhausted, notReached).passed).toBe(false);
});

test('the words that say no are known, and those that say yes are not among them', () => {
  for (const note of [
    "it can't be done",
    'file not found',
    'The page does not exist',
    'unable to fetch',
    'curl is refused',
  ])
    expect([note, saysThatItCannotBeDone(note)]).toEqual([note, true]);
  for (const note of ['done', 'the file is copied', 'all notes are in order', 'nothing left to do'])
    expect([note, saysThatItCannotBeDone(note)]).toEqual([note, false]);
});

test('the comparison names twelve tasks', () => {
  expect(new Set(COMPARISON).size).toBe(12);
});

test('the sum tells what can be done from what cannot, and its table is narrow', () => {
  const common = {
    iterations: 2,
    malformed: 1,
    modelErrors: 0,
    denied: 0,
    setbacks: 0,
    copied: 0,
    seconds: 3,
    thinking: 2,
  };
  const more = { tokens: { evaluated: 10, generated: 5 }, decisions: [{}, {}], falseStop: false };
  const task = (name: string, passed: boolean, rest: object) => ({ name, passed, ...common, ...more, ...rest });
  const summary = summarise([
    task('a', true, { level: 'easy', kind: 'make' }),
    task('b', false, { level: 'easy', kind: 'find', falseStop: true }),
    task('c', false, { level: 'steps', kind: 'find', possible: false }),
  ]);
  expect(summary).toMatchObject({
    passed: 1,
    canBeDone: 2,
    passedPercent: 50,
    cannotBeDone: { passed: 0, of: 1 },
    byLevel: { easy: { passed: 1, of: 2 } },
    decisions: 6,
    unusablePercent: 50,
    secondsPerDecision: 1,
    falseStops: ['b'],
    failed: ['b', 'c'],
  });
  for (const line of table(summary).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
