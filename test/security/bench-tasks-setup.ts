import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { z } from 'zod';
import { openShell } from '../../src/services/shell/open-shell.ts';
import { createProgramList } from '../../src/services/validator/programs.ts';

export const KINDS = [
  ...['make', 'find', 'text', 'count', 'move', 'archive', 'compare', 'repair'],
  ...['several-steps', 'already-done', 'wait', 'empty-box', 'refused'],
];

/** What the default settings say of programs. */
export const policy = { allow: [], deny: [] };

const lines = z.array(z.string());
const taskSchema = z.strictObject({
  name: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  kind: z.enum(KINDS),
  level: z.enum(['easy', 'middling', 'steps']),
  half: z.enum(['open', 'closing']),
  possible: z.literal(false).optional(),
  goal: z.string().min(1),
  setup: lines,
  check: lines.min(1),
  solution: lines.max(3),
  wrong: lines.min(1),
});
export type Task = z.infer<typeof taskSchema>;

export async function readTasks(): Promise<readonly Task[]> {
  const directory = fileURLToPath(new URL('../../bench/tasks/', import.meta.url));
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json'));
  return Promise.all(
    names.sort().map(async (name) => {
      const task = taskSchema.parse(JSON.parse(await readFile(join(directory, name), 'utf8')));
      expect(`${task.name}.json`).toBe(name);
      return task;
    }),
  );
}

/** Its check looks for damage alone, so it passes before anything is done. */
export function isReachedAtStart({ kind, possible }: Task): boolean {
  return possible === false || kind === 'already-done';
}

/** When the check of a task passes. */
export interface Passes {
  readonly atStart: boolean;
  readonly afterSolution: boolean;
  readonly afterWrong: boolean;
}

export interface TaskJail {
  tryTask(task: Task): Promise<Passes>;
  close(): Promise<void>;
}

/** One jail for many tasks. Each of them finds an empty box. */
export async function openTaskJail(): Promise<TaskJail> {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'gyre-tasks-')));
  const boxDir = join(place, 'box');
  await mkdir(boxDir);
  const findDenied = createProgramList(policy);
  const shell = await openShell({
    kind: 'bubblewrap',
    boxDir,
    stateDir: join(place, 'state'),
    isDenied: (program) => findDenied(program) !== null,
    onNotice: () => {},
  });
  return {
    async tryTask({ setup, check, solution, wrong }) {
      await emptyBox();
      const atStart = await passes([...strictly(setup), ...check]);
      await play(solution);
      const afterSolution = await passes(check);
      await emptyBox();
      const afterWrong = await passes([...strictly(setup), '(', ...wrong, ')', ...check]);
      return { atStart, afterSolution, afterWrong };
    },
    async close() {
      await shell.close();
      await rm(place, { recursive: true, force: true });
    },
  };

  async function emptyBox(): Promise<void> {
    for (const name of await readdir(boxDir)) await rm(join(boxDir, name), { recursive: true });
  }

  async function passes(script: readonly string[]): Promise<boolean> {
    const { ending, exitCode, stderr } = await run(script.join('\n'));
    expect(ending).toBe('exited');
    if (exitCode === SETUP_FAILED) throw new Error(`The setup fails: ${stderr}`);
    return exitCode === 0;
  }

  async function play(commands: readonly string[]): Promise<void> {
    let workingDirectory = '';
    for (const command of commands) {
      const result = await run(command, workingDirectory);
      expect(result.ending).toBe('exited');
      workingDirectory = result.workingDirectory;
    }
  }

  function run(command: string, workingDirectory = '') {
    const { signal } = new AbortController();
    return shell.run({ command, workingDirectory, timeoutMs: 30_000, signal, expectsMore: true });
  }
}

const SETUP_FAILED = 99;

// One command instead of two: starting a command is most of the time that a task takes here.
function strictly(setup: readonly string[]): readonly string[] {
  return ['(set -e', ...setup, ')', `[ $? = 0 ] || exit ${SETUP_FAILED}`];
}
