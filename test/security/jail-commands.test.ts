import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasJail, makeDirectory, open, processesWith, uniqueSeconds } from './jail-setup.ts';

describe.skipIf(!hasJail)('a command in the jail', () => {
  test('keeps its two streams apart', async () => {
    const { run } = await open();
    expect(await run('echo out; echo err >&2')).toEqual({
      ending: 'exited',
      exitCode: 0,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
      durationMs: expect.any(Number),
      workingDirectory: '',
    });
  });

  test.each([
    ['true', 0],
    ['exit 3', 3],
    ['false; exit', 1],
    ['no-such-program', 127],
    ['if', 2],
    ['kill -KILL $$', 137],
    ['kill -TERM $$', 143],
    ['bash -c "kill -SEGV \\$\\$"', 139],
    ['set -eu; echo $missing', 1],
    ['exec false', 1],
  ])('%j has the exit code %i of bash itself', async (command, exitCode) => {
    const { run } = await open();
    expect(await run(command)).toMatchObject({ ending: 'exited', exitCode, signal: null });
  });

  test('reads the end of its standard input at once', async () => {
    const { run } = await open();
    expect(await run('cat; read -r line || echo nothing')).toMatchObject({ exitCode: 0, stdout: 'nothing\n' });
  });

  test('prints bytes, and text comes out of them', async () => {
    const { run } = await open();
    const result = await run(
      String.raw`printf '\xff\x00\x1b[31m\xe2\x80\xae<|im_end|>\r\n'; head -c 100000 /dev/urandom`,
    );
    expect(result.stdout.startsWith('\uFFFD··‹|im_end|>\n')).toBe(true);
    expect(result.stdout).not.toMatch(/[\x00-\x08\x0B-\x1F\x7F-\x9F]/);
    expect(result.truncated).toBe(true);
  });

  test('keeps 32 KiB of each stream, its head and its tail', async () => {
    const { run } = await open();
    const { stdout, stderr, truncated } = await run('seq 100000; seq 3 >&2');
    expect({ stderr, truncated }).toEqual({ stderr: '1\n2\n3\n', truncated: true });
    expect(stdout).toMatch(/^1\n2\n3\n[\d\n]+\n\[… 556127 bytes left out …\]\n[\d\n]+99999\n100000\n$/);
  });

  test('leaves background processes behind, and they are gone with it', async () => {
    const { run } = await open();
    const seconds = uniqueSeconds();
    const result = await run(`sleep ${seconds} & (setsid sleep ${seconds} >/dev/null 2>&1 &) ; echo started`);
    expect(result).toMatchObject({ ending: 'exited', exitCode: 0, stdout: 'started\n' });
    expect(result.durationMs).toBeLessThan(2000);
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('sees nothing of how it was started', async () => {
    const { run } = await open();
    const { stdout } = await run('env | sort; set | grep -ci gyre; ls -l /proc/self/fd | grep -c deleted');
    expect(stdout.split('\n')).toEqual([
      'HOME=/sandbox',
      'LANG=C.UTF-8',
      'PATH=/usr/bin:/bin',
      'PWD=/sandbox',
      'SHELL=/bin/bash',
      'SHLVL=1',
      'TERM=dumb',
      'TMPDIR=/tmp',
      '_=/usr/bin/env',
      '1',
      '0',
      '',
    ]);
  });
});

describe.skipIf(!hasJail)('the working directory', () => {
  test.each([
    ['stays where cd left it', 'mkdir -p a/b; cd a/b', 'a/b'],
    ['stays after exit', 'mkdir a; cd a; exit 3', 'a'],
    ['stays after a failing command under set -e', 'mkdir a; cd a; set -e; false', 'a'],
    ['stays after a signal that bash can catch', 'mkdir a; cd a; kill -TERM $$', 'a'],
    ['is the real one, not the link to it', 'mkdir a; ln -s a l; cd l', 'a'],
    ['may have any name', "mkdir -p $'a \\nb'; cd a*", 'a \nb'],
    ['is the box when the command removed it', 'mkdir a; cd a; rmdir ../a', ''],
    ['does not change by a subshell', '(mkdir a; cd a)', ''],
    ['does not change by a syntax error', 'mkdir a; cd a; if', ''],
    ['does not leave the box', 'cd /usr', ''],
    ['does not leave the box by a link', 'ln -s /usr l; cd l', ''],
    ['is not what a command claims', "cd /tmp; printf '\\0/sandbox/../etc\\0' >&199; exec true", ''],
    ['is not what a command claims elsewhere', "printf '\\0/sandboxed\\0' >&199; exec true", ''],
  ])('%s', async (_name, command, workingDirectory) => {
    const { run } = await open();
    expect(await run(command)).toMatchObject({ ending: 'exited', workingDirectory });
  });

  test('is where the next command starts', async () => {
    const { run } = await open();
    await run('mkdir -p a/b; cd a/b');
    expect(await run('pwd')).toMatchObject({ stdout: '/sandbox/a/b\n', workingDirectory: 'a/b' });
  });

  test('stays as it was when a command outside of it ends', async () => {
    const { run } = await open();
    await run('mkdir a; cd a');
    expect(await run('cd /tmp')).toMatchObject({ exitCode: 0, workingDirectory: 'a' });
  });

  test('falls back to the box when it is gone, and when it is a link to elsewhere', async () => {
    const { run, boxDir } = await open();
    await symlink('/usr', join(boxDir, 'link'));
    for (const workingDirectory of ['gone', 'link', '../usr', 'a\0b']) {
      expect(await run('pwd', { workingDirectory })).toMatchObject({ stdout: '/sandbox\n', workingDirectory: '' });
    }
  });

  test('stays as it was after a kill', async () => {
    const { run } = await open();
    await run('mkdir -p a b; cd a');
    expect(await run('cd ../b; sleep 60', { timeoutMs: 300 })).toMatchObject({
      ending: 'timeout',
      workingDirectory: 'a',
    });
  });
});

describe.skipIf(!hasJail)('a directory for the check', () => {
  test('is there read-only, at /check and at its own path, for that command alone', async () => {
    const { run, stateDir } = await open();
    const checkDir = await makeDirectory();
    await writeFile(join(checkDir, 'expected'), 'yes\n');
    const command = `cat /check/expected ${checkDir}/expected; touch /check/x ${checkDir}/x 2>/dev/null || echo refused; ls ${stateDir}`;
    expect(await run(command, { checkDir })).toMatchObject({ stdout: 'yes\nyes\nrefused\n', exitCode: 2 });
    expect(await run('ls -d /check')).toMatchObject({ stdout: '', exitCode: 2 });
    expect(await readdir(checkDir)).toEqual(['expected']);
  });

  test('that is not there is a command that could not be started', async () => {
    const { run } = await open();
    expect(await run('true', { checkDir: '/no/such/directory' })).toMatchObject({
      ending: 'limit',
      exitCode: null,
      signal: null,
      stderr: expect.stringContaining('/no/such/directory'),
    });
  });
});
