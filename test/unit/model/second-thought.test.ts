import { expect, test } from 'vitest';
import type { LastResult, Surroundings, Turn } from '../../../src/machine/types.ts';
import { writeDecision } from '../../../src/protocol/decision.ts';
import type { Demonstration } from '../../../src/services/model/demonstrations.ts';
import {
  hasFailedTwice,
  isCopiedUnfitting,
  reconsider,
  repeatsCommand,
} from '../../../src/services/model/second-thought.ts';

test('an answer that is no decision is worth a second thought', () => {
  expect(flawOf('I would list the files.')).toBe('unreadable');
  expect(flawOf('<action>RUN</action>\n<command>ls -l')).toBe('unreadable');
  expect(flawOf(run('  '))).toBe('unreadable');
});

test('a decision that makes sense is not', () => {
  expect(flawOf(run('ls'))).toBe(null);
  expect(flawOf('<action>STOP</action>\n<note>done</note>', at([], ran('ls', 'ok', 'x\n')))).toBe(null);
  expect(flawOf('<action>SLEEP</action>\n<sleepMs>5</sleepMs>')).toBe(null);
});

test('the command of a demonstration is taken for a copy where its files are not', () => {
  expect(flawOf(run('wc  -l  poem.txt'), at(['list.txt']))).toBe('copied');
  expect(flawOf(run('wc -l poem.txt'), at(['poem.txt']))).toBe(null);
  expect(flawOf(run('wc -l list.txt'), at(['list.txt']))).toBe(null);
});

test('a file that goal, listing, commands or outputs have named is known', () => {
  const known = [
    { goal: 'Count the lines of poem.txt.', turns: [], surroundings: at([]) },
    { goal: 'Count', turns: [turnOf(at(['poem.txt']))], surroundings: at([]) },
    { goal: 'Count', turns: [], surroundings: at([], ran('find .', 'ok', './poems/poem.txt\n')) },
    { goal: 'Count', turns: [], surroundings: at([], ran('touch poem.txt', 'ok')) },
  ];
  expect(known.map((request) => isCopiedUnfitting('wc -l poem.txt', request, [demonstration]))).toEqual(
    known.map(() => false),
  );
  const unknown = { goal: 'Count my-poem.txt and poem.txt.bak', turns: [], surroundings: at(['poem.text']) };
  expect(isCopiedUnfitting('wc -l poem.txt', unknown, [demonstration])).toBe(true);
});

test('a command that has failed twice is not made a third time without a second thought', () => {
  const once = at([], ran('cat x', 'setback'));
  expect(flawOf(run('cat x'), once, [turnOf(at([]))])).toBe(null);
  expect(flawOf(run('cat  x'), once, [turnOf(at([], ran('cat x', 'failure')))])).toBe('failed-before');
  expect(flawOf(run('cat y'), once, [turnOf(at([], ran('cat x', 'failure')))])).toBe(null);
  expect(flawOf(run('cat x'), once, [turnOf(at([], ran('cat x', 'ok')))])).toBe(null);
});

test('a STOP right after something went wrong is worth a second thought, once in a row', () => {
  const stop = '<action>STOP</action>\n<note>that failed</note>';
  const denied = ran('python x', 'failure');
  const broken = { ...ran('cat x', 'setback'), output: { stdout: '', stderr: 'cat: x: No such file\n' } };
  const turns = (...lasts: readonly (LastResult | null)[]) => lasts.map((last) => turnOf(at([], last)));
  expect(flawOf(stop, at([], denied), turns(null))).toBe('gave-up');
  expect(flawOf(stop, at([], broken), turns(null, denied))).toBe(null);
  expect(flawOf(stop, at([], broken), turns(denied, ran('ls', 'ok')))).toBe('gave-up');
  expect(flawOf(stop, at([], ran('diff a b', 'setback', '1c1\n')))).toBe(null);
  expect(flawOf(stop, at([], ran('ls', 'ok', 'a\n')))).toBe(null);
  expect(flawOf(stop, at([], { ...denied, decision: null }))).toBe(null);
});

test('a STOP after one silent command is worth a look at what it made', () => {
  const lookAfter = (command: string, stdout = '', before: readonly Turn[] = []) =>
    reconsider(
      '<action>STOP</action>\n<note>done</note>',
      { goal: 'Do it', turns: [...before, turnOf(at([]))], surroundings: at([], ran(command, 'ok', stdout)) },
      [],
    );
  expect(['sort a > b', "sed -i 's/a/b/' c", 'ls | tee d'].map((command) => lookAfter(command)?.commandStart)).toEqual([
    'cat',
    'cat',
    'cat',
  ]);
  expect(lookAfter('mkdir x')).toEqual({ flaw: 'not-looked', commandStart: 'ls' });
  expect(lookAfter('ls', 'x\n')).toBe(null);
  expect(lookAfter('mkdir x', '', [turnOf(at([], ran('touch y', 'setback')))])?.flaw).toBe('not-looked');
  expect(lookAfter('mkdir x', '', [turnOf(at([], ran('touch y', 'ok')))])).toBe(null);
});

test('a STOP is worth a second thought while a file that the goal names was never made', () => {
  const goal = 'Put the names of list.txt into names.txt';
  const flaw = (surroundings: Surroundings, turns: readonly Turn[]) =>
    reconsider('<action>STOP</action>\n<note>done</note>', { goal, turns, surroundings }, [])?.flaw ?? null;
  const looked = (files: readonly string[]) => at(files, ran('cat list.txt', 'ok', 'Ada\n'));
  expect(flaw(looked(['list.txt']), [turnOf(at(['list.txt']))])).toBe('not-made');
  expect(flaw(looked(['list.txt', 'names.txt']), [turnOf(at(['list.txt']))])).toBe(null);
  expect(flaw(looked(['names.txt']), [turnOf(at(['list.txt']))])).toBe(null);
  const thrice = [at(['list.txt']), looked(['list.txt']), looked(['list.txt'])].map(turnOf);
  expect(flaw(looked(['list.txt']), thrice)).toBe(null);
});

test('or was made by a command that went wrong', () => {
  const goal = 'Put what is in a.txt only into silent.txt';
  const broken = {
    ...ran('comm -23 a.txt b.txt > silent.txt', 'setback'),
    output: { stdout: '', stderr: 'not sorted\n' },
  };
  const files = ['a.txt', 'b.txt', 'silent.txt'];
  const turns = [turnOf(at(['a.txt', 'b.txt'])), turnOf(at(files, broken))];
  const flaw = (command: string) =>
    reconsider('<action>STOP</action>', { goal, turns, surroundings: at(files, ran(command, 'ok', 'x\n')) }, [])?.flaw;
  expect(flaw('sort a.txt')).toBe('not-made');
  expect(flaw('grep -vxFf b.txt a.txt > silent.txt; cat silent.txt')).toBe(undefined);
});

test('a command that the run has made before is known again', () => {
  const request = { turns: [turnOf(at([]))], surroundings: at([], ran('true', 'ok')) };
  expect(
    [run('true'), run(' true '), run('false'), 'nothing', '<action>STOP</action>'].map((answer) =>
      repeatsCommand(answer, request),
    ),
  ).toEqual([true, true, false, false, false]);
});

test('a command that failed is new again when another has succeeded since', () => {
  const write = 'echo a > diary/a.txt';
  const failed = at([], ran(write, 'setback'));
  const repeats = (latest: ReturnType<typeof at>, ...turns: ReturnType<typeof at>[]) =>
    repeatsCommand(run(write), { turns: [at([]), ...turns].map(turnOf), surroundings: latest });
  expect(repeats(failed)).toBe(true);
  expect(repeats(at([], ran('cat a.txt', 'setback')), failed)).toBe(true);
  expect(repeats(at(['diary/'], ran('mkdir diary', 'ok')), failed)).toBe(false);
  expect(repeats(at(['diary/'], ran(write, 'ok')), failed, at([], ran('mkdir diary', 'ok')))).toBe(true);
});

test('a STOP before anything was done is worth a second thought', () => {
  expect(flawOf('<action>STOP</action>\n<note>it is there already</note>')).toBe('not-begun');
});

test('two failures are the last two, whatever their commands', () => {
  const failed = at([], ran('a', 'setback'));
  const fine = at([], ran('b', 'ok'));
  expect(hasFailedTwice({ turns: [turnOf(at([])), turnOf(failed)], surroundings: failed })).toBe(true);
  expect(hasFailedTwice({ turns: [turnOf(failed), turnOf(fine)], surroundings: failed })).toBe(false);
  expect(hasFailedTwice({ turns: [turnOf(failed)], surroundings: fine })).toBe(false);
  expect(hasFailedTwice({ turns: [], surroundings: failed })).toBe(false);
});

function flawOf(answer: string, surroundings: Surroundings = at(['list.txt']), turns: readonly Turn[] = []) {
  return reconsider(answer, { goal: 'Count the lines', turns, surroundings }, [demonstration])?.flaw ?? null;
}

function run(command: string): string {
  return writeDecision({ action: 'RUN', command, note: 'note' });
}

function at(files: readonly string[], last: LastResult | null = null): Surroundings {
  return { workingDirectory: '', files, filesOmitted: 0, last };
}

function turnOf(surroundings: Surroundings): Turn {
  return { surroundings, decision: { action: 'RUN', command: 'true', note: '' } };
}

function ran(command: string, kind: LastResult['outcome']['kind'], stdout = ''): LastResult {
  return {
    decision: { action: 'RUN', command, note: '' },
    outcome: { kind, exitCode: kind === 'ok' ? 0 : 1, truncated: false, durationMs: 1 },
    output: { stdout, stderr: '' },
    message: null,
  };
}

const demonstration: Demonstration = {
  goal: 'Count the lines of the poem',
  surroundings: at(['poem.txt', 'songs/']),
  decision: { action: 'RUN', command: 'wc -l poem.txt', note: 'count' },
};
