import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createValidator } from '../../src/services/validator/validator.ts';
import {
  isReachedAtStart,
  KINDS,
  openTaskJail,
  policy,
  readTasks,
  type Task,
  type TaskJail,
} from './bench-tasks-setup.ts';
import { hasJail } from './jail-setup.ts';

const tasks = await readTasks();
const validator = createValidator(policy);

test('there are 62 tasks, each with a goal of its own; 16 take steps, and ten cannot be done', () => {
  expect(tasks.length).toBe(62);
  expect(new Set(tasks.map(({ goal }) => goal.toLowerCase())).size).toBe(62);
  expect(tasks.filter(({ level }) => level === 'steps').length).toBe(16);
  expect(tasks.filter(({ possible }) => possible === false).length).toBe(10);
});

test('both halves hold as much of each kind, of each level and of what cannot be done', () => {
  expect(contentsOf('closing')).toEqual(contentsOf('open'));
  expect([...new Set(tasks.map(({ kind }) => kind))].sort()).toEqual([...KINDS].sort());
});

test('nothing to do is the solution of what is done already or cannot be done, and of nothing else', () => {
  expect(tasks.filter(({ solution }) => solution.length === 0)).toEqual(tasks.filter(isReachedAtStart));
});

test.each(tasks)('the policy allows the solution of $name', ({ solution }) => {
  expect(solution.map((command) => validator.check(command))).toEqual(solution.map(() => ({ kind: 'allow' })));
});

// The tasks that wait are in wall/bench-tasks.test.ts.
describe.skipIf(!hasJail)('in the jail, the check tells the solution from nothing and from a wrong way:', () => {
  let jail: TaskJail;
  beforeAll(async () => {
    jail = await openTaskJail();
  });
  afterAll(() => jail?.close());

  test.each(tasks.filter(({ kind }) => kind !== 'wait'))('$name', async (task) => {
    expect(await jail.tryTask(task)).toEqual({
      atStart: isReachedAtStart(task),
      afterSolution: true,
      afterWrong: false,
    });
  });
});

function contentsOf(half: Task['half']): readonly string[] {
  const mine = tasks.filter((task) => task.half === half);
  return [
    ...mine.map(({ kind }) => kind).sort(),
    ...mine.map(({ level }) => level).sort(),
    ...mine.map(({ possible }) => String(possible ?? true)).sort(),
  ];
}
