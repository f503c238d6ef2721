import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hasJail, makeDirectory, open, processesWith, uniqueSeconds } from './jail-setup.ts';

const stubborn = (seconds: string) =>
  `trap '' TERM INT HUP; sleep ${seconds} & (setsid sleep ${seconds} &); (setsid nohup sleep ${seconds} >/dev/null 2>&1 <&- 199>&- &) ; sleep ${seconds}`;

describe.skipIf(!hasJail)('a command that does not end by itself', () => {
  test('is killed with all its processes when its time is over', async () => {
    const { run } = await open();
    const seconds = uniqueSeconds();
    const result = await run(`echo begun; ${stubborn(seconds)}`, { timeoutMs: 700 });
    expect(result).toEqual({
      ending: 'timeout',
      exitCode: null,
      signal: 'SIGKILL',
      stdout: 'begun\n',
      stderr: '',
      truncated: false,
      durationMs: expect.any(Number),
      workingDirectory: '',
    });
    expect(result.durationMs).toBeLessThan(1500);
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('is killed when it is aborted', async () => {
    const { run } = await open();
    const seconds = uniqueSeconds();
    const controller = new AbortController();
    const running = run(stubborn(seconds), { signal: controller.signal });
    await untilAlive(seconds, 4);
    const askedAt = performance.now();
    controller.abort();
    expect(await running).toMatchObject({ ending: 'interrupted', exitCode: null, signal: 'SIGKILL' });
    expect(performance.now() - askedAt).toBeLessThan(800);
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('is never started when it was aborted before', async () => {
    const { run, boxDir } = await open();
    expect(await run('touch x', { signal: AbortSignal.abort() })).toMatchObject({
      ending: 'interrupted',
      exitCode: null,
    });
    expect(await readdir(boxDir)).toEqual([]);
  });

  test('is killed when the shell is closed, and nothing runs after that', async () => {
    const { run, shell } = await open();
    const seconds = uniqueSeconds();
    const running = run(stubborn(seconds));
    await untilAlive(seconds, 4);
    await shell.close();
    expect(await processesWith(seconds)).toEqual([]);
    expect(await running).toMatchObject({ ending: 'interrupted' });
    expect(await run('true')).toMatchObject({ ending: 'interrupted' });
    await shell.close();
  });

  test('is killed after 10 MiB of output', async () => {
    const { run } = await open();
    const result = await run('yes & yes >&2');
    expect(result).toMatchObject({ ending: 'limit', exitCode: null, signal: 'SIGKILL', truncated: true });
    expect(Buffer.byteLength(result.stdout)).toBeLessThan(33 * 1024);
  });

  test('is killed when it floods the channel of the working directory', async () => {
    const { run } = await open();
    expect(await run('yes >&199')).toMatchObject({ ending: 'limit', signal: 'SIGKILL' });
  });
});

// npm run soak sets it: many more, of the same.
const isSoak = process.env['GYRE_TEST_SOAK'] === '1';

describe.skipIf(!hasJail)('many commands', () => {
  test('leave no descriptor, no process and no file behind', { timeout: 300_000 }, async () => {
    const { run, stateDir, boxDir } = await open();
    for (let index = 0; index < 20; index += 1) await run('true');
    const before = await readdir('/proc/self/fd');
    const count = isSoak ? 980 : 80;
    for (let index = 0; index < count; index += 1) {
      await run(index % 20 === 0 ? 'sleep 5' : 'true', { timeoutMs: index % 20 === 0 ? 50 : 20_000 });
    }
    expect((await readdir('/proc/self/fd')).length).toBe(before.length);
    expect(await readdir(stateDir)).toEqual([]);
    expect(await processesWith(boxDir)).toEqual([]);
  });
});

// The parent is a program of its own, so it runs what was built.
const parent = fileURLToPath(new URL('./jail-parent.mjs', import.meta.url));
const isBuilt = existsSync(new URL('../../dist/services/shell/open-shell.js', import.meta.url));

describe.skipIf(!hasJail || !isBuilt)('a gyre that is killed with kill -9', () => {
  test('takes everything with it', async () => {
    const seconds = uniqueSeconds();
    const gyre = await start(stubborn(seconds));
    await untilAlive(seconds, 4);
    gyre.kill('SIGKILL');
    await once(gyre, 'exit');
    await untilAlive(seconds, 0);
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('at any moment of the start takes everything with it', { timeout: 300_000 }, async () => {
    const seconds = uniqueSeconds();
    const boxDir = await makeDirectory();
    for (let delayMs = 0; delayMs < 60; delayMs += isSoak ? 1 : 12) {
      const gyre = await start(stubborn(seconds), boxDir);
      await wait(delayMs);
      gyre.kill('SIGKILL');
      await once(gyre, 'exit');
    }
    await wait(500);
    expect([await processesWith(seconds), await processesWith(boxDir)]).toEqual([[], []]);
  });
});

async function start(command: string, boxDir?: string): Promise<ChildProcess> {
  const gyre = spawn(process.execPath, [parent, boxDir ?? (await makeDirectory()), await makeDirectory(), command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(gyre.stdout, 'data');
  return gyre;
}

async function untilAlive(seconds: string, count: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if ((await processesWith(seconds)).length === count) return;
    await wait(10);
  }
}
