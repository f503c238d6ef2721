import { expect, test } from 'vitest';
import { createScriptedClock } from '../../../src/testing/scripted-clock.ts';
import { openScriptedShell } from '../../../src/testing/scripted-shell.ts';

const request = { workingDirectory: 'src', timeoutMs: 1_000, signal: new AbortController().signal };

test('a scripted shell answers what the script says, and refuses what it does not know', async () => {
  const shell = openScriptedShell({
    ls: { stdout: 'a.txt\n' },
    'sleep 9': { ending: 'timeout', exitCode: null, signal: 'SIGKILL' },
  });
  expect(await shell.run({ ...request, command: 'ls' })).toEqual({
    ending: 'exited',
    exitCode: 0,
    signal: null,
    stdout: 'a.txt\n',
    stderr: '',
    truncated: false,
    durationMs: 1,
    workingDirectory: 'src',
  });
  expect(await shell.run({ ...request, command: 'sleep 9' })).toMatchObject({
    ending: 'timeout',
    exitCode: null,
    signal: 'SIGKILL',
  });
  expect(await shell.run({ ...request, command: 'rm' })).toMatchObject({
    exitCode: 127,
    stderr: 'bash: rm: not in the script\n',
  });
  expect(shell.commands).toEqual(['ls', 'sleep 9', 'rm']);
});

test('a scripted clock ends waits when it is moved there, the earliest first, and those that are given up', async () => {
  const clock = createScriptedClock(1_000);
  const { signal } = new AbortController();
  const givingUp = new AbortController();
  const ended: string[] = [];
  const wait = (name: string, untilMs: number | null, atMostMs: number | null, aborted = signal) =>
    void clock.wait({ untilMs, atMostMs }, aborted).then(() => ended.push(name));
  wait('late', 3_000, null);
  wait('soon', 9_000, 500);
  wait('for ever', null, null, givingUp.signal);
  wait('past', 900, null);
  await Promise.resolve();
  expect([ended, clock.waiting()]).toEqual([['past'], 3]);
  clock.advance(2_000);
  await Promise.resolve();
  expect([ended, clock.now(), clock.waiting()]).toEqual([['past', 'soon', 'late'], 3_000, 1]);
  givingUp.abort();
  await Promise.resolve();
  expect([ended.at(-1), clock.waiting()]).toEqual(['for ever', 0]);
});
