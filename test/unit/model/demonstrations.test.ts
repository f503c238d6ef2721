import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDecision, writeDecision } from '../../../src/protocol/decision.ts';
import { cleanName } from '../../../src/services/box/clean-name.ts';
import { SCENES, type Scene } from '../../../src/services/model/demonstration-bank.ts';
import {
  chooseDemonstrations,
  type Demonstration,
  expandScene,
  listDemonstrations,
} from '../../../src/services/model/demonstrations.ts';
import { renderDecision, renderSurroundings } from '../../../src/services/model/render-turn.ts';
import { createValidator } from '../../../src/services/validator/validator.ts';

describe('the bank', () => {
  test('has at least three hundred turns in a hundred and fifty scenes', () => {
    expect(listDemonstrations().length).toBeGreaterThanOrEqual(300);
    expect(SCENES.length).toBeGreaterThanOrEqual(150);
  });

  test.each([
    ['recovers from an error', 20, recovers],
    ['does it another way when refused', 10, goesAnotherWay],
    ['says that it cannot be done', 10, isImpossible],
    ['sees that it is done already', 6, isDoneAlready],
    ['begins in an empty directory', 15, beginsEmpty],
    ['sleeps', 8, sleeps],
    ['takes two commands or more', 20, takesSeveralCommands],
    ['uses find', 30, (scene: Scene) => runsOf(scene).some((command) => /\bfind /.test(command))],
    ['uses a pipe', 40, (scene: Scene) => runsOf(scene).some((command) => / \| /.test(command))],
  ] as const)('%s: at least %d times', (_kind, least, isOfKind) => {
    expect(SCENES.filter(isOfKind).length).toBeGreaterThanOrEqual(least);
  });

  test('has no goal twice, in whatever order of words', () => {
    const keys = SCENES.map(({ goal }) => keyOf(goal));
    expect(SCENES.filter(({ goal }, index) => keys.indexOf(keyOf(goal)) !== index)).toEqual([]);
  });

  test.skipIf(!existsSync(TASKS))('shares no goal with a task of the benchmark', () => {
    const taskGoals = readGoals(TASKS);
    expect(taskGoals.length).toBeGreaterThan(0);
    const taken = new Set(taskGoals.map(keyOf));
    expect(SCENES.map(({ goal }) => goal).filter((goal) => taken.has(keyOf(goal)))).toEqual([]);
    // Nor is there a goal that a task only says more about.
    const taskWords = taskGoals.map((goal) => new Set(keyOf(goal).split(' ')));
    const isWithinTask = (words: readonly string[]) =>
      words.length > 2 && taskWords.some((others) => words.every((word) => others.has(word)));
    expect(SCENES.map(({ goal }) => goal).filter((goal) => isWithinTask(keyOf(goal).split(' ')))).toEqual([]);
  });

  test('holds no command that the policy refuses', () => {
    const { check } = createValidator({ allow: [], deny: [] });
    const failed = SCENES.flatMap(({ before }) => (before && !('denied' in before) ? [before.run] : []));
    const all = [...commands(), ...failed];
    expect(all.filter((command) => check(command).kind !== 'allow')).toEqual([]);
  });

  test('shows as refused what the policy refuses, and in its words', () => {
    const { check } = createValidator({ allow: [], deny: [] });
    const refused = SCENES.flatMap(({ before }) => (before && 'denied' in before ? [before] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const { run, denied } of refused) {
      expect(check(run)).toMatchObject({ kind: 'deny', advice: expect.stringContaining(denied) });
    }
  });

  test('holds only decisions that read back as they were written', () => {
    const decisions = listDemonstrations().map(({ decision }) => decision);
    expect(decisions.map((decision) => parseDecision(writeDecision(decision)))).toEqual(
      decisions.map((decision) => ({ ok: true, decision })),
    );
  });

  test('keeps its notes and commands short', () => {
    const notes = listDemonstrations().map(({ decision }) => decision.note);
    expect(notes.filter((note) => note === '' || note.split(' ').length > 8)).toEqual([]);
    expect(commands().filter((command) => command.includes('\n') || command.length > 120)).toEqual([]);
  });

  test('is plain text that no prompt has to cut or to quote', () => {
    const texts = listDemonstrations().flatMap(({ goal, surroundings, decision }) => [
      renderSurroundings(goal, surroundings),
      renderDecision(decision),
    ]);
    // GNU's tools print curly quotes.
    expect(texts.filter((text) => !/^[\n\t\x20-\x7e‘’]+$/.test(text))).toEqual([]);
    expect(texts.filter((text) => /<\||left out …|not shown|\(and \d+ more\)/.test(text))).toEqual([]);
    const lines = listDemonstrations().flatMap(({ goal, decision }) => [goal, decision.note]);
    expect(lines.filter((line) => line !== line.trim() || /\s\s/.test(line))).toEqual([]);
    const names = listDemonstrations().flatMap(({ surroundings }) => surroundings.files);
    expect(names.filter((name) => cleanName(name) !== name || name === '')).toEqual([]);
  });

  test('claims no number in the end that nobody has seen', () => {
    const claims = SCENES.flatMap((scene) => {
      const seen = [scene.goal, ...scene.steps.flatMap((step) => [step[0], (step[1] === 'RUN' && step[4]) || ''])];
      const numbers = lastNoteOf(scene).match(/\d+/g) ?? [];
      return numbers.filter((number) => !seen.join('\n').includes(number)).map((number) => [scene.goal, number]);
    });
    expect(claims).toEqual([]);
  });
});

describe('expandScene', () => {
  test('shows each step what came of the step before', () => {
    const shown = expandScene({
      goal: 'Look',
      steps: [
        ['', 'SLEEP', 500, 'wait'],
        ['a.txt', 'RUN', 'cat a.txt b.txt', 'read', 'A', 1],
        ['a.txt, my b.txt', 'STOP', 'seen'],
      ],
    });
    const outcome = { exitCode: null, truncated: false, durationMs: 0 };
    const sleep = { action: 'SLEEP', sleepMs: 500, note: 'wait' };
    const run = { action: 'RUN', command: 'cat a.txt b.txt', note: 'read' };
    const around = { workingDirectory: '', filesOmitted: 0 };
    expect(shown).toEqual([
      { goal: 'Look', surroundings: { ...around, files: [], last: null }, decision: sleep },
      {
        goal: 'Look',
        surroundings: {
          ...around,
          files: ['a.txt'],
          last: {
            decision: sleep,
            outcome: { ...outcome, kind: 'ok' },
            output: { stdout: '', stderr: '' },
            message: null,
          },
        },
        decision: run,
      },
      {
        goal: 'Look',
        surroundings: {
          ...around,
          files: ['a.txt', 'my b.txt'],
          last: {
            decision: run,
            outcome: { ...outcome, kind: 'setback', exitCode: 1 },
            output: { stdout: 'A\n', stderr: '' },
            message: null,
          },
        },
        decision: { action: 'STOP', note: 'seen' },
      },
    ]);
  });

  test.each([
    [
      { exitCode: 2, stderr: 'No.' },
      { kind: 'setback', exitCode: 2, truncated: false, durationMs: 0 },
      { stdout: '', stderr: 'No.\n' },
      null,
    ],
    [
      { denied: 'Never.' },
      { kind: 'failure', code: 'command-denied', exitCode: null, truncated: false, durationMs: 0 },
      { stdout: '', stderr: '' },
      'Never.',
    ],
    [
      { timeout: 'tick' },
      { kind: 'failure', code: 'timeout', exitCode: null, signal: 'SIGKILL', truncated: false, durationMs: 0 },
      { stdout: 'tick\n', stderr: '' },
      null,
    ],
  ])('shows the first step what went wrong before it: %j', (failure, outcome, output, message) => {
    const [first] = expandScene({ goal: 'Try', before: { run: 'x', ...failure }, steps: [['', 'STOP', 'done']] });
    const decision = { action: 'RUN', command: 'x', note: '' };
    expect(first?.surroundings.last).toEqual({ decision, outcome, output, message });
  });
});

describe('chooseDemonstrations', () => {
  test('puts the scene most like the goal last, whole and in order', () => {
    const chosen = chooseDemonstrations('How many lines does poem.txt have? Save the number in lines.txt', 6);
    expect(chosen.slice(-2)).toEqual(turnsOf('Count the lines of poem.txt and save the number in lines.txt'));
  });

  test('finds a scene by other words for the same thing', () => {
    const chosen = chooseDemonstrations('Erase the .tmp files', 4);
    expect(chosen.at(-1)?.goal).toBe('Delete all .tmp files in this folder');
  });

  test('shows at most two scenes with nearly the same goal', () => {
    const alike = /^(Count|Number) the lines of|^Write the lines of/;
    expect(SCENES.filter(({ goal }) => alike.test(goal))).toHaveLength(4);
    const chosen = scenesIn(chooseDemonstrations('Count the lines of a.txt', 8)).filter((goal) => alike.test(goal));
    expect([chosen.length <= 2, chosen.at(-1)]).toEqual([true, 'Count the lines of invoice.txt']);
  });

  test('gives the same turns for the same goal, also for one that is like no scene', () => {
    for (const goal of ['Sort the cities', 'zzz', '', '整理文件']) {
      expect(chooseDemonstrations(goal, 8)).toEqual(chooseDemonstrations(goal, 8));
    }
  });

  test('gives as many turns as asked, at most one of them without its scene, and a STOP after its RUN', () => {
    fc.assert(
      fc.property(goals(), fc.integer({ min: 4, max: 8 }), (goal, count) => {
        const chosen = chooseDemonstrations(goal, count);
        expect(chosen).toHaveLength(count);
        const [first, ...others] = chosen;
        const whole = isWhole(chosen) ? chosen : others;
        expect(whole).toEqual(scenesIn(whole).flatMap(turnsOf));
        expect(first).toEqual(turnsOf(first?.goal)[0]);
        expect(chosen.some(isStopAfterRun)).toBe(true);
      }),
    );
  });

  test.each([3, 9, 4.5, Number.NaN])('refuses %s turns', (count) => {
    expect(() => chooseDemonstrations('Sort the cities', count)).toThrow(RangeError);
  });
});

const allTurns = listDemonstrations();

/** Tasks that somebody else writes: the bank must not know them. */
const TASKS = fileURLToPath(new URL('../../../bench/tasks', import.meta.url));

function recovers({ before, steps }: Scene): boolean {
  const failedBefore = before !== undefined && !('denied' in before);
  const wentOn = steps.some((step, index) => step[1] === 'RUN' && step[5] && steps[index + 1]?.[1] === 'RUN');
  return !isImpossible({ goal: '', steps }) && (failedBefore || wentOn);
}

function goesAnotherWay(scene: Scene): boolean {
  return scene.before !== undefined && 'denied' in scene.before && runsOf(scene).length > 0;
}

function isImpossible(scene: Scene): boolean {
  return lastNoteOf(scene).startsWith('Not possible: ');
}

/** Before its first command, or after one that only looks. */
function isDoneAlready(scene: Scene): boolean {
  return /\balready\b/.test(lastNoteOf(scene)) && new Set(scene.steps.map(([files]) => files)).size === 1;
}

function beginsEmpty({ steps }: Scene): boolean {
  return steps[0]?.[0] === '';
}

function sleeps({ steps }: Scene): boolean {
  return steps.some((step) => step[1] === 'SLEEP');
}

function takesSeveralCommands(scene: Scene): boolean {
  return runsOf(scene).length > 1;
}

function runsOf({ steps }: Scene): string[] {
  return steps.flatMap((step) => (step[1] === 'RUN' ? [step[2]] : []));
}

function lastNoteOf({ steps }: Scene): string {
  const last = steps.at(-1);
  return last?.[1] === 'STOP' ? last[2] : '';
}

/** The words that carry a goal's meaning, in an order of their own. */
function keyOf(goal: string): string {
  const words = goal.toLowerCase().match(/[\p{L}\p{N}](?:[\p{L}\p{N}._/-]*[\p{L}\p{N}])?/gu) ?? [];
  return words
    .filter((word) => !STOP_WORDS.has(word))
    .sort()
    .join(' ');
}

const STOP_WORDS = new Set(
  (
    'a all an and are as at be by can could do does each every for from has have here i in into is it its me my of ' +
    'on one or please so some that the their them then there these they this to what which with would you your'
  ).split(' '),
);

/** Every `goal` in the JSON files below, however they are laid out. Files that hold something else are passed over. */
function readGoals(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    if (!/\.jsonl?$/.test(name)) return [];
    const text = readFileSync(join(directory, name), 'utf8');
    return (name.endsWith('l') ? text.split('\n') : [text]).flatMap((json) => findGoals(parseOrNull(json)));
  });
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function findGoals(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'goal' && typeof inner === 'string' ? [inner] : findGoals(inner),
  );
}

function commands(): string[] {
  return listDemonstrations().flatMap(({ decision }) => (decision.action === 'RUN' ? [decision.command] : []));
}

function isWhole(turns: readonly Demonstration[]): boolean {
  return scenesIn(turns).flatMap(turnsOf).length === turns.length;
}

function scenesIn(turns: readonly Demonstration[]): string[] {
  return [...new Set(turns.map(({ goal }) => goal))];
}

test('what did not help is not shown again', () => {
  const goal = 'Sort names.txt and write the sorted names to sorted.txt';
  const usual = chooseDemonstrations(goal, 6);
  const others = chooseDemonstrations(goal, 6, usual);
  const goals = new Set(usual.map((turn) => turn.goal));
  expect(others).toHaveLength(6);
  expect(others.filter((turn) => goals.has(turn.goal))).toEqual([]);
});

function turnsOf(goal: string | undefined): readonly Demonstration[] {
  return allTurns.filter((turn) => turn.goal === goal);
}

function isStopAfterRun(turn: Demonstration, index: number, all: readonly Demonstration[]): boolean {
  const before = all[index - 1];
  return turn.decision.action === 'STOP' && before?.goal === turn.goal && before.decision.action === 'RUN';
}

/** Words of the bank's goals, mixed, and goals of other words. */
function goals(): fc.Arbitrary<string> {
  const words = [...new Set(SCENES.flatMap(({ goal }) => goal.split(' ')))];
  return fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((some) => some.join(' ')),
    fc.constantFrom(...SCENES.map(({ goal }) => goal)),
    fc.string(),
  );
}
