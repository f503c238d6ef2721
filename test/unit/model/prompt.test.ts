import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LastResult, Surroundings, Turn } from '../../../src/machine/types.ts';
import { chooseNone, type Demonstration } from '../../../src/services/model/demonstrations.ts';
import {
  buildPrompt,
  buildPromptBeginning,
  findWindowStart,
  listMessages,
} from '../../../src/services/model/prompt.ts';

test('a prompt is rules, demonstrations, the run so far, and the turn to decide', () => {
  const messages = listMessages(promptOf({ turns: [turn(1)], budget: '7 iterations left' }));
  expect(messages.slice(1)).toEqual([
    { role: 'user', text: 'Goal: say hello\nFiles: none\nLast result: none\nBudget: 20 iterations left' },
    {
      role: 'assistant',
      text: '<action>RUN</action>\n<command>echo hello</command>\n<note>echo prints</note>',
    },
    { role: 'user', text: 'Goal: tidy up\nFiles: file1\nLast result: none' },
    { role: 'assistant', text: '<action>RUN</action>\n<command>command 1</command>\n<note>note 1</note>' },
    { role: 'user', text: 'Goal: tidy up\nFiles: file99\nLast result: none\nBudget: 7 iterations left' },
  ]);
  expect(messages[0]?.role).toBe('system');
  for (const word of ['RUN', 'SLEEP', 'STOP', 'Refused']) expect(messages[0]?.text).toContain(word);
});

test('without limits no turn has a budget, demonstrations neither', () => {
  const messages = listMessages(promptOf({ turns: [turn(1)], budget: null }));
  expect(messages.filter(({ text }) => text.includes('Budget:'))).toEqual([]);
});

test('with an adapter a prompt has no demonstrations, and no others after those did not help', () => {
  const demonstrations = [...chooseNone('tidy up', 6), ...chooseNone('tidy up', 6, [])];
  const request = { goal: 'tidy up', demonstrations, turns: [turn(1)], earlierTurns: 0, memoryContextSize: 10 };
  const messages = listMessages(buildPrompt({ ...request, surroundings: turn(2).surroundings, budget: null }));
  expect(messages.map(({ role, text }) => (role === 'system' ? role : text))).toEqual([
    'system',
    'Goal: tidy up\nFiles: file1\nLast result: none',
    '<action>RUN</action>\n<command>command 1</command>\n<note>note 1</note>',
    'Goal: tidy up\nFiles: file2\nLast result: none',
  ]);
});

test('that there is a check is told, once, in the rules', () => {
  const request = { goal: 'x', demonstrations: [hello], turns: [turn(1)], earlierTurns: 0, memoryContextSize: 10 };
  const systemOf = (more: object) => buildPromptBeginning({ ...request, hasBudget: true, ...more }).head[0]?.text ?? '';
  expect(systemOf({})).not.toContain('check');
  expect(systemOf({ hasCheck: true }).match(/A check/g)).toHaveLength(1);
});

test('demonstrations do not depend on what the budget is', () => {
  expect(promptOf({ budget: '9 left' }).head).toEqual(promptOf({ budget: '1 left' }).head);
});

test('a long goal stands whole in the rules, and short in each turn', () => {
  const goal = `Sort these:\n${'apple '.repeat(200)}`;
  const prompt = promptOf({ goal });
  expect(prompt.head[0]?.text).toContain(`The whole goal:\n${goal}`);
  const line = prompt.current?.text.split('\n')[0] ?? '';
  expect(line.length).toBeLessThanOrEqual('Goal: '.length + 400);
  expect(line).toMatch(/^Goal: Sort these: apple .* …$/);
});

test('the window grows to twice the memory, is cut to it, and grows again', () => {
  const sizes = Array.from({ length: 15 }, (_, count) => count - findWindowStart(count, 3));
  expect(sizes).toEqual([0, 1, 2, 3, 4, 5, 6, 3, 4, 5, 6, 3, 4, 5, 6]);
});

test('turns that the caller keeps no longer change nothing', () => {
  const turns = Array.from({ length: 57 }, (_, index) => turn(index));
  expect(promptOf({ turns: turns.slice(36), earlierTurns: 36 })).toEqual(promptOf({ turns }));
});

test('what is known before the current turn is how the prompt begins', () => {
  const turns = [turn(1), turn(2)];
  const { current: _current, brief: _brief, ...known } = promptOf({ turns });
  const request = { goal: 'tidy up', demonstrations: [hello], turns, earlierTurns: 0, memoryContextSize: 10 };
  expect(buildPromptBeginning({ ...request, hasBudget: true })).toEqual({ ...known, current: null, brief: null });
});

test('without memory no turn is shown', () => {
  expect([0, 1, 5].map((count) => count - findWindowStart(count, 0))).toEqual([0, 0, 0]);
});

test('from one iteration to the next only the end of the prompt changes, except when the window is cut', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 8 }), (count, memoryContextSize) => {
      const turns = Array.from({ length: count + 1 }, (_, index) => turn(index));
      const before = listMessages(promptOf({ turns: turns.slice(0, count), memoryContextSize, now: turn(count) }));
      const after = listMessages(promptOf({ turns, memoryContextSize }));
      const isCut = findWindowStart(count, memoryContextSize) !== findWindowStart(count + 1, memoryContextSize);
      const kept = before.length - 1;
      if (!isCut) {
        expect(after.slice(0, kept)).toEqual(before.slice(0, kept));
        // The turn that was decided is shown again as it was, without its budget.
        expect(`${after[kept]?.text}\nBudget: 1 left`).toBe(before[kept]?.text);
      }
    }),
  );
});

test('a whole run of the longest outputs, names and commands keeps each message bounded', () => {
  const long = 'x'.repeat(100_000);
  const monster: Turn = {
    surroundings: {
      workingDirectory: long,
      files: Array.from({ length: 5000 }, (_, index) => `${long}${index}`),
      filesOmitted: 7,
      last: { ...ran(long, 1), output: { stdout: long, stderr: long }, message: long },
    },
    decision: { action: 'RUN', command: long, note: long },
  };
  const prompt = promptOf({ turns: [monster], now: monster });
  for (const { text } of [...prompt.history.flat(), ...listMessages(prompt).slice(-1)])
    expect(text.length).toBeLessThan(5000);
});

function promptOf({
  goal = 'tidy up',
  turns = [],
  now = turn(99),
  budget = '1 left',
  memoryContextSize = 10,
  earlierTurns = 0,
}: {
  goal?: string;
  turns?: readonly Turn[];
  now?: Turn;
  budget?: string | null;
  memoryContextSize?: number;
  earlierTurns?: number;
}) {
  return buildPrompt({
    goal,
    demonstrations: [hello],
    turns,
    earlierTurns,
    surroundings: now.surroundings,
    budget,
    memoryContextSize,
  });
}

const hello: Demonstration = {
  goal: 'say hello',
  surroundings: { workingDirectory: '', files: [], filesOmitted: 0, last: null },
  decision: { action: 'RUN', command: 'echo hello', note: 'echo prints' },
};

function turn(number: number): Turn {
  const surroundings: Surroundings = {
    workingDirectory: '',
    files: [`file${number}`],
    filesOmitted: 0,
    last: null,
  };
  return { surroundings, decision: { action: 'RUN', command: `command ${number}`, note: `note ${number}` } };
}

function ran(command: string, exitCode: number): LastResult {
  return {
    decision: { action: 'RUN', command, note: '' },
    outcome: { kind: exitCode === 0 ? 'ok' : 'setback', exitCode, truncated: false, durationMs: 1 },
    output: { stdout: '', stderr: '' },
    message: null,
  };
}
