import { expect, onTestFinished, test } from 'vitest';
import { openTaskJail, readTasks } from '../bench-tasks-setup.ts';
import { hasJail } from '../jail-setup.ts';

const waiting = (await readTasks()).filter(({ kind }) => kind === 'wait');

test.skipIf(!hasJail).each(waiting)(
  'in the jail, the check of $name tells who waits from who does not',
  async (task) => {
    const jail = await openTaskJail();
    onTestFinished(() => jail.close());
    expect(await jail.tryTask(task)).toEqual({ atStart: false, afterSolution: true, afterWrong: false });
  },
);
