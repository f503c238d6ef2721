import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDecision, writeDecision } from '../../../src/protocol/decision.ts';
import { SCENES } from '../../../src/services/model/demonstration-bank.ts';
import {
  chooseDemonstrations,
  type Demonstration,
  expandScene,
  listDemonstrations,
} from '../../../src/services/model/demonstrations.ts';
import { createValidator } from '../../../src/services/validator/validator.ts';

describe('the bank', () => {
  test('has at least sixty turns, and no goal twice', () => {
    expect(listDemonstrations().length).toBeGreaterThanOrEqual(60);
    expect(new Set(SCENES.map(({ goal }) => goal)).size).toBe(SCENES.length);
  });

  test('holds no command that the policy refuses', () => {
    const { check } = createValidator({ allow: [], deny: [] });
    const verdicts = commands().map((command) => [command, check(command).kind]);
    expect(verdicts).toEqual(commands().map((command) => [command, 'allow']));
  });

  test('shows as refused only what the policy refuses', () => {
    const { check } = createValidator({ allow: [], deny: [] });
    const refused = SCENES.flatMap(({ before }) => (before && 'denied' in before ? [before.run] : []));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.map((command) => check(command).kind)).toEqual(refused.map(() => 'deny'));
  });

  test('holds only decisions that read back as they were written', () => {
    const decisions = listDemonstrations().map(({ decision }) => decision);
    expect(decisions.map((decision) => parseDecision(writeDecision(decision)))).toEqual(
      decisions.map((decision) => ({ ok: true, decision })),
    );
  });

  test('keeps its notes short and its commands to one line', () => {
    const notes = listDemonstrations().map(({ decision }) => decision.note);
    expect(notes.filter((note) => note === '' || note.split(' ').length > 8)).toEqual([]);
    expect(commands().filter((command) => command.includes('\n'))).toEqual([]);
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
    expect(scenesIn(chooseDemonstrations('Count the lines of a.txt', 8)).filter((goal) => alike.test(goal))).toEqual([
      'Count the lines of poem.txt and save the number in lines.txt',
      'Count the lines of invoice.txt',
    ]);
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

function commands(): string[] {
  return listDemonstrations().flatMap(({ decision }) => (decision.action === 'RUN' ? [decision.command] : []));
}

function isWhole(turns: readonly Demonstration[]): boolean {
  return scenesIn(turns).flatMap(turnsOf).length === turns.length;
}

function scenesIn(turns: readonly Demonstration[]): string[] {
  return [...new Set(turns.map(({ goal }) => goal))];
}

function turnsOf(goal: string | undefined): readonly Demonstration[] {
  return listDemonstrations().filter((turn) => turn.goal === goal);
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
