import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasJail, isRoot, makeDirectory, open, processesWith, uniqueSeconds } from '../jail-setup.ts';

const memory = 'The command used more than 300 MiB of memory.';
const bytes = 'The sandbox has grown by more than 100 MiB in this run. Remove what is not needed.';
const entries = 'More than 10000 files were added to the sandbox in this run. Remove what is not needed.';
const memoryFiles = 'The command made more than 10000 files in /tmp or /dev/shm.';
const DELETED = 'for i in 5 6 7 8; do eval "exec $i> f$i"; rm f$i; head -c 40M /dev/zero >&$i; done; sleep 20';
const HIDDEN = 'mkdir -m 300 d; cd d; for i in 1 2 3; do head -c 45M /dev/zero > f$i; done; sleep 20';
const DEEP = 'for i in {1..200}; do mkdir d; cd d; done; sleep 20';

describe.skipIf(!hasJail)('a command that goes over a limit', () => {
  test.each([
    ['many processes of some memory', 'for i in 1 2 3 4 5 6; do head -c 80M /dev/zero | tail & done; wait', memory],
    ['one that grows slowly', 'x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; sleep 0.01; done', memory],
    ['a file that is deleted and still open', DELETED, bytes],
    [
      'files in a directory that cannot be listed',
      HIDDEN,
      isRoot ? bytes : 'A directory was closed, so that nobody can look into it.',
    ],
    ['many files', 'mkdir d; cd d; for i in {1..40}; do touch $i-{1..500}; done; sleep 20', entries],
    ['many directories', 'for i in {1..40}; do mkdir -p $i-{1..500}; done; sleep 20', entries],
    ['many empty files in memory', 'cd /tmp; for i in {1..60}; do touch $i-{1..500}; done; sleep 20', memoryFiles],
    ['directories too deep', DEEP, 'Directories are nested too deep to be looked into.'],
  ])('is killed: %s', async (_name, command, reason) => {
    const { run } = await open();
    const seconds = uniqueSeconds();
    const result = await run(`sleep ${seconds} & ${command}`);
    expect(result).toMatchObject({ ending: 'limit', exitCode: null, signal: 'SIGKILL', reason });
    expect(result.durationMs).toBeLessThan(15_000);
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('in a box of 12000 files is found out as well', async () => {
    const boxDir = await makeDirectory();
    for (let dir = 0; dir < 20; dir += 1) {
      mkdirSync(join(boxDir, `${dir}`));
      for (let file = 0; file < 600; file += 1) writeFileSync(join(boxDir, `${dir}`, `${file}`), '');
    }
    const { run } = await open({ boxDir });
    expect(await run('ls | wc -l')).toMatchObject({ ending: 'exited', stdout: '20\n' });
    expect(await run('mkdir d; cd d; for i in {1..40}; do touch $i-{1..500}; done; sleep 20')).toMatchObject({
      ending: 'limit',
      reason: entries,
    });
    expect((await readdir(join(boxDir, 'd'))).length).toBeGreaterThan(10_000);
  });
});
