import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { hasJail, makeDirectory, open } from './jail-setup.ts';

describe.skipIf(!hasJail)('a jail that was started ahead', () => {
  test('runs the next command like any other', async () => {
    const { run } = await open();
    const first = await run('mkdir -p "a b"; cd "a b"; FOO=1; echo one > file; echo $$', { expectsMore: true });
    expect(await children()).toHaveLength(1);
    const second = await run('pwd; echo "[$FOO]"; cat file; exit 3', { expectsMore: true });
    expect(second).toMatchObject({ exitCode: 3, stdout: '/sandbox/a b\n[]\none\n', workingDirectory: 'a b' });
    expect(first.stdout).toBe('2\n');
  });

  test('takes any text as it is', async () => {
    const { run } = await open();
    const text = 'a  "b" \\ $c \u{1F600}\n\tnext # no comment ';
    for (const _ of [1, 2]) {
      const { stdout } = await run(`cat <<'END'\n${text}\nEND\n`, { expectsMore: true });
      expect(stdout).toBe(`${text}\n`);
    }
    expect(await run('-x; echo after', { expectsMore: true })).toMatchObject({ exitCode: 0, stdout: 'after\n' });
    expect((await run(`: ${'x'.repeat(300_000)}; echo long`)).stdout).toBe('long\n');
    expect((await run('echo \0')).stderr).toContain('NUL');
  });

  test('has its own time, and is killed with all it started', async () => {
    const { run } = await open();
    await run('true', { expectsMore: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await run('sleep 0.2; echo done', { expectsMore: true, timeoutMs: 5000 })).toMatchObject({
      stdout: 'done\n',
    });
    expect(await run('sleep 60', { expectsMore: true, timeoutMs: 200 })).toMatchObject({ ending: 'timeout' });
    expect(await run('echo next')).toMatchObject({ stdout: 'next\n' });
  });

  test('is replaced when it died while it stood by', async () => {
    const { run } = await open();
    await run('true', { expectsMore: true });
    const [standing = 0] = await children();
    process.kill(standing, 'SIGKILL');
    expect(await children()).toEqual([]);
    expect(await run('echo here')).toMatchObject({ ending: 'exited', exitCode: 0, stdout: 'here\n' });
  });

  test('is replaced when the box was replaced', async () => {
    const { run, boxDir } = await open();
    await run('echo old > file', { expectsMore: true });
    await rename(boxDir, `${boxDir}-old`);
    await mkdir(boxDir, { mode: 0o777 });
    await writeFile(`${boxDir}/file`, 'new\n');
    expect((await run('cat file')).stdout).toBe('new\n');
  });

  test('is not used for a check, and goes when the shell is closed', async () => {
    const { run, shell } = await open();
    await run('true', { expectsMore: true });
    expect((await run('echo /check/*', { checkDir: await makeDirectory() })).stdout).toBe('/check/*\n');
    expect(await children()).toHaveLength(1);
    await shell.close();
    expect(await children()).toEqual([]);
  });
});

/** Processes of ours, once those that are starting have become what they are to be. */
async function children(): Promise<number[]> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number),
  );
}
