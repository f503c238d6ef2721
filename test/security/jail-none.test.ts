import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { open, processesWith, uniqueSeconds } from './jail-setup.ts';

test('without a sandbox a command is a plain process with an environment of its own', async () => {
  const { run, shell, boxDir, stateDir } = await open({ kind: 'none' });
  expect([shell.kind, shell.summary]).toEqual(['none', 'there is no sandbox at all: commands can do whatever you can']);
  expect(await run('mkdir a; cd a; pwd; env | cut -d= -f1 | sort | tr "\\n" " "; exit 3')).toEqual({
    ending: 'exited',
    exitCode: 3,
    signal: null,
    stdout: `${boxDir}/a\nHOME LANG PATH PWD SHELL SHLVL TERM _ `,
    stderr: '',
    truncated: false,
    durationMs: expect.any(Number),
    workingDirectory: 'a',
  });
  expect(await run('cd /')).toMatchObject({ workingDirectory: 'a' });
  expect(await readdir(stateDir)).toEqual([]);
});

test('without a sandbox what stays in the process group is killed', async () => {
  const { run } = await open({ kind: 'none' });
  const seconds = uniqueSeconds();
  expect(await run(`sleep ${seconds} & echo hi`)).toMatchObject({ ending: 'exited', stdout: 'hi\n' });
  expect(await processesWith(seconds)).toEqual([]);
  expect(await run(`sleep ${seconds} & sleep ${seconds}`, { timeoutMs: 300 })).toMatchObject({ ending: 'timeout' });
  expect(await processesWith(seconds)).toEqual([]);
});

test('a sandbox that does not exist here is refused', async () => {
  await expect(open({ kind: 'seatbelt' })).rejects.toMatchObject({ code: 'sandbox-unavailable' });
});
