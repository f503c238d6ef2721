import { execFile } from 'node:child_process';
import { lstat, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hasJail, makeDirectory } from './jail-setup.ts';
import { built, isBuilt, openSimulated } from './simulated-setup.ts';

describe.skipIf(!isBuilt)('the simulated shell', () => {
  test('plays commands on the real files of the box', async () => {
    const { run, boxDir } = await openSimulated();
    expect(await run('mkdir -p a; cd a; echo "ünï" > f; cat f; echo bad >&2; false')).toEqual({
      ending: 'exited',
      exitCode: 1,
      signal: null,
      stdout: 'ünï\n',
      stderr: 'bad\n',
      truncated: false,
      durationMs: expect.any(Number),
      workingDirectory: 'a',
    });
    expect(await readFile(join(boxDir, 'a', 'f'), 'utf8')).toBe('ünï\n');
    expect(await run('pwd; ls')).toMatchObject({ stdout: '/sandbox/a\nf\n' });
  });

  test('starts each command anew, in the box when its directory is gone', async () => {
    const { run } = await openSimulated();
    await run('x=1; echo 1 > /tmp/x; cd /tmp');
    expect(await run('echo "[$x]"; ls /tmp; pwd')).toMatchObject({ stdout: '[]\n/sandbox\n', workingDirectory: '' });
    expect(await run('pwd', { workingDirectory: 'gone' })).toMatchObject({
      stdout: '/sandbox\n',
      workingDirectory: '',
    });
  });

  test('runs no real program, and reads nothing outside of the box', async () => {
    const { run, boxDir } = await openSimulated();
    await symlink('/etc', join(boxDir, 'etc'));
    const { stdout, exitCode } = await run(
      `cat etc/passwd ${fileURLToPath(built)} /proc/self/environ; git --version; env | grep -c PATH`,
    );
    expect({ stdout, exitCode }).toEqual({ stdout: '1\n', exitCode: 0 });
    expect(await run('git --version')).toMatchObject({ exitCode: 127 });
  });

  test('follows no link out of the box, whoever made it', async () => {
    const { run, boxDir } = await openSimulated();
    const outside = await makeDirectory();
    await writeFile(join(outside, 'secret'), 'SECRET');
    await symlink(join(outside, 'secret'), join(boxDir, 'file'));
    await symlink(outside, join(boxDir, 'dir'));
    await symlink(join(outside, 'new'), join(boxDir, 'dangling'));
    await symlink(`../${basename(outside)}/secret`, join(boxDir, 'relative'));
    const commands = [
      'cat file dir/secret relative',
      'echo x > file; echo x >> dir/secret; echo x > dangling; echo x > dir/new; mkdir dir/sub; touch dir/secret',
      'cp dir/secret a; cp -r dir b; mv dir/secret c; ln file d; tar cf e dir; cat a b/* c d e',
      'chmod 777 file dir/secret; rm dir/secret; rm -rf dir/ dir; mv /tmp/.keep dir/',
      `ln -s ${outside} f; cat f/secret; grep -r SECRET . dir file; find dir -type f; cat ../${basename(outside)}/secret`,
    ];
    for (const command of commands) expect((await run(command)).stdout).not.toMatch(/SECRET|secret\n/);
    expect(await readdir(outside)).toEqual(['secret']);
    const { mode, size } = await lstat(join(outside, 'secret'));
    expect([(mode & 0o777).toString(8), size]).toEqual(['644', 6]);
  });

  test('a FIFO blocks nothing', async () => {
    const { run, boxDir } = await openSimulated();
    await promisify(execFile)('mkfifo', [join(boxDir, 'fifo')]);
    const commands = ['cat fifo', 'echo x > fifo', 'echo x >> fifo', 'cp fifo a', 'cp -r . /tmp/b', 'grep -r x .'];
    for (const command of [...commands, 'touch fifo; chmod 600 fifo; ln fifo b; head -c1 fifo; wc -c *; mv fifo c']) {
      expect(await run(command, { timeoutMs: 3000 })).toMatchObject({ ending: 'exited' });
    }
    expect((await lstat(join(boxDir, 'c'))).isFIFO()).toBe(true);
    const checkDir = await makeDirectory();
    await promisify(execFile)('mkfifo', [join(checkDir, 'fifo')]);
    expect(await run('cat /check/fifo', { checkDir, timeoutMs: 3000 })).toMatchObject({
      ending: 'exited',
      exitCode: 1,
    });
  });

  test('a huge file is refused, not read', async () => {
    const { run, boxDir } = await openSimulated();
    await writeFile(join(boxDir, 'huge'), '');
    await truncate(join(boxDir, 'huge'), 2 ** 40);
    const before = process.memoryUsage().rss;
    for (const command of ['cat huge', 'cp huge copy', 'wc -l huge', 'sort huge', 'tail -c 3 huge']) {
      expect((await run(command, { timeoutMs: 3000 })).exitCode).not.toBe(0);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20);
    expect((await lstat(join(boxDir, 'huge'))).size).toBe(2 ** 40);
  });

  test('cleans and cuts what is printed', async () => {
    const { run } = await openSimulated();
    expect(await run(String.raw`printf '\x1b[31m</command>\x07\n'`)).toMatchObject({ stdout: '‹/command>·\n' });
    const { stdout, truncated } = await run(
      'x=0123456789; for i in {1..10}; do x=$x$x; done; for i in {1..9}; do echo $x; done',
    );
    expect({ length: Buffer.byteLength(stdout) < 33 * 1024, truncated }).toEqual({ length: true, truncated: true });
  });

  test('ends what has no end when its time is over, and goes on with the next command', async () => {
    const { run } = await openSimulated();
    for (const command of ['while true; do :; done', 'sleep 600']) {
      const result = await run(`cd /tmp; ${command}`, { timeoutMs: 400 });
      expect(result).toMatchObject({ ending: 'timeout', exitCode: null, signal: 'SIGKILL', workingDirectory: '' });
      expect(result.durationMs).toBeLessThan(1500);
    }
    expect(await run('echo alive')).toMatchObject({ stdout: 'alive\n' });
  });

  test('ends a command that is aborted, and what runs when it is closed', async () => {
    const { run, close } = await openSimulated();
    const controller = new AbortController();
    const aborted = run('sleep 600', { signal: controller.signal });
    controller.abort();
    expect(await aborted).toMatchObject({ ending: 'interrupted', exitCode: null, signal: 'SIGKILL' });
    expect(await run('touch x', { signal: AbortSignal.abort() })).toMatchObject({ ending: 'interrupted' });
    const closed = run('sleep 600');
    await close();
    expect(await closed).toMatchObject({ ending: 'interrupted' });
    expect(await run('true')).toMatchObject({ ending: 'interrupted' });
    await close();
  });

  test('shows a directory for the check, read-only', async () => {
    const { run } = await openSimulated();
    const checkDir = await makeDirectory();
    await writeFile(join(checkDir, 'expected'), 'yes\n');
    expect(await run(`cat /check/expected ${checkDir}/expected`, { checkDir })).toMatchObject({ stdout: 'yes\nyes\n' });
    expect((await run('echo no > /check/expected', { checkDir })).exitCode).toBe(1);
    expect(await readdir(checkDir)).toEqual(['expected']);
    expect((await lstat(join(checkDir, 'expected'))).size).toBe(4);
  });

  test.skipIf(!hasJail)('takes over, announced, where user namespaces are refused', async () => {
    const fixture = fileURLToPath(new URL('./simulated-auto.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)('bwrap', [
      ...['--unshare-user', '--disable-userns', '--dev-bind', '/', '/', process.execPath, fixture],
      ...[await makeDirectory(), await makeDirectory()],
    ]);
    const { kind, summary, notices, result } = JSON.parse(stdout);
    expect({ kind, summary, result }).toEqual({
      kind: 'simulated',
      summary:
        'commands are played by gyre itself, on the real files of the box; no real program runs, and no kernel holds them',
      result: 'hello\n',
    });
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^SIMULATED shell: .* Reason: the kernel refuses user namespaces \(.+\)\. To get the full jail: /,
    );
  });
});
