import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasJail, open, processesWith, uniqueSeconds } from './jail-setup.ts';

const memory = 'The command used more than 300 MiB of memory.';
const bytes = 'The sandbox has grown by more than 100 MiB in this run. Remove what is not needed.';

// Those that take long: wall/limits.test.ts.
describe.skipIf(!hasJail)('a command that goes over a limit', () => {
  test.each([
    ['one process of much memory', 'head -c 600M /dev/zero | tail', memory],
    ['files that grow', 'for i in 1 2 3 4 5; do head -c 45M /dev/zero > f$i; done; sleep 20', bytes],
  ])('is killed: %s', async (_name, command, reason) => {
    const { run } = await open();
    const seconds = uniqueSeconds();
    const result = await run(`sleep ${seconds} & ${command}`);
    expect(result).toMatchObject({ ending: 'limit', exitCode: null, signal: 'SIGKILL', reason });
    expect(result.durationMs).toBeLessThan(15_000);
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('after it ended fails all the same', async () => {
    const { run } = await open();
    const result = await run('for i in 1 2 3; do head -c 45M /dev/zero > f$i; done');
    expect(result).toMatchObject({ ending: 'limit', exitCode: null, reason: bytes });
    expect(await run('echo more > small')).toMatchObject({ ending: 'limit', reason: bytes });
    expect(await run('rm f1; sleep 0.2')).toMatchObject({ ending: 'exited', exitCode: 0 });
    expect(await run('echo more > small')).toMatchObject({ ending: 'exited', exitCode: 0 });
  });

  test('counts what all commands of the run have added, and nothing of anybody else', async () => {
    const { run, boxDir } = await open();
    await run('head -c 45M /dev/zero > one');
    await writeFile(join(boxDir, 'of-a-person'), Buffer.alloc(70 * 1024 * 1024));
    expect(await run('head -c 45M /dev/zero > two')).toMatchObject({ ending: 'exited' });
    expect(await run('head -c 45M /dev/zero > three')).toMatchObject({ ending: 'limit', reason: bytes });
  });

  test('is told from one that was refused by the system', async () => {
    const { run } = await open();
    expect(await run('head -c 60M /dev/zero > f')).toMatchObject({ ending: 'exited', exitCode: 153 });
    expect(await run('for i in {1..100}; do sleep 1 & done 2>/dev/null')).toMatchObject({ ending: 'exited' });
    expect(await run('head -c 40M /dev/zero > /tmp/f; head -c 40M /dev/zero > /tmp/g')).toMatchObject({
      ending: 'exited',
      exitCode: 1,
    });
  });
});
