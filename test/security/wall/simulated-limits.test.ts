import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isBuilt, openSimulated } from '../simulated-setup.ts';

describe.skipIf(!isBuilt)('the simulated shell', () => {
  test('stops adding to the box at 100 MiB and at 10,000 entries', async () => {
    const { run, boxDir } = await openSimulated();
    const megabyte = 'x=0123456789abcdef; for i in {1..16}; do x=$x$x; done';
    const bytes = await run(`${megabyte}; for i in {1..200}; do echo $x > f$i || exit 9; done`);
    expect([bytes.exitCode === 0, (await readdir(boxDir)).length <= 100]).toEqual([false, true]);
    await run('rm -f *');
    const entries = await run('mkdir d; for i in {1..20000}; do : > d/$i || exit 9; done');
    expect([entries.exitCode === 0, (await readdir(join(boxDir, 'd'))).length <= 10_000]).toEqual([false, true]);
  });

  test('memory outside of its heap is limited too', async () => {
    const { run } = await openSimulated();
    const before = process.memoryUsage().rss;
    const megabyte = 'x=0123456789abcdef; for i in {1..16}; do x=$x$x; done';
    expect((await run(`${megabyte}; for i in {1..900}; do echo $x > /tmp/$i || exit 9; done`)).exitCode).not.toBe(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 2 ** 20);
  });

  test('survives input that makes its interpreter allocate without end', async () => {
    const { run } = await openSimulated();
    const { ending, signal } = await run('echo $(($"))', { timeoutMs: 3000 });
    expect([['limit', 'timeout'].includes(ending), signal]).toEqual([true, 'SIGKILL']);
    expect(await run('echo alive')).toMatchObject({ stdout: 'alive\n' });
  });

  test('ends a command that prints more than 10 MiB', async () => {
    const { run } = await openSimulated();
    const command =
      'x=0123456789; for i in {1..10}; do x=$x$x; done; x=$x$x$x$x; x=$x$x$x$x; for i in {1..90}; do echo $x; done';
    expect(await run(command)).toMatchObject({ ending: 'limit', exitCode: null, signal: 'SIGKILL' });
  });
});
