import { chmod, chown, link, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasJail, isRoot, makeDirectory, open } from './jail-setup.ts';

const JAIL_ID = 64_200;

describe.skipIf(!hasJail || !isRoot)('when gyre is root', () => {
  test('a box of root is handed over, and it is said once', async () => {
    const outside = await makeDirectory();
    await writeFile(join(outside, 'file'), '');
    const boxDir = await makeDirectory();
    await mkdir(join(boxDir, 'dir'));
    await writeFile(join(boxDir, 'dir', 'file'), '');
    await symlink(join(outside, 'file'), join(boxDir, 'link'));
    await link(join(outside, 'file'), join(boxDir, 'other-name'));
    await writeFile(join(boxDir, 'somebodys'), '');
    await chown(join(boxDir, 'somebodys'), 1234, 1234);

    const { run, notices } = await open({ boxDir });

    const owners = async (paths: readonly string[]) => Promise.all(paths.map(async (path) => (await lstat(path)).uid));
    const inBox = ['.', 'dir', 'dir/file', 'link', 'other-name', 'somebodys'].map((name) => join(boxDir, name));
    expect(await owners(inBox)).toEqual([JAIL_ID, JAIL_ID, JAIL_ID, JAIL_ID, 0, 1234]);
    expect(await owners([outside, join(outside, 'file')])).toEqual([0, 0]);
    expect(notices).toEqual([
      `You are root, and commands never run as root: ${boxDir} now belongs to uid ${JAIL_ID} (4 entries handed over, 1 with other links left as they are).`,
    ]);
    expect(await run('echo new > dir/file; cat dir/file')).toMatchObject({ stdout: 'new\n' });

    expect((await open({ boxDir })).notices).toEqual([]);
  });

  test("commands run as the box's owner, without root's groups", async () => {
    const boxDir = await makeDirectory();
    await chown(boxDir, 1234, 0);
    const { run, notices } = await open({ boxDir });
    const running = run('touch mine; grep -E "^(Uid|Gid|Groups)" /proc/self/status');
    expect(await running).toMatchObject({
      stdout: 'Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t \n',
    });
    const { uid, gid } = await lstat(join(boxDir, 'mine'));
    expect({ uid, gid, notices }).toEqual({ uid: 1234, gid: 1234, notices: [] });
  });

  test('the box and the directory of the check may lie where only root can enter', async () => {
    const parent = await makeDirectory();
    await chmod(parent, 0o700);
    const boxDir = await makeDirectory(parent);
    const checkDir = await makeDirectory(parent);
    await writeFile(join(checkDir, 'expected'), 'yes\n');
    const { run } = await open({ boxDir, stateDir: await makeDirectory(parent) });
    expect(await run('echo x > made; cat made; pwd')).toMatchObject({ stdout: 'x\n/sandbox\n', exitCode: 0 });
    expect(await run(`cat /check/expected ${checkDir}/expected; ls /mnt`, { checkDir })).toMatchObject({
      stdout: 'yes\nyes\n',
    });
    expect((await lstat(join(boxDir, 'made'))).uid).toBe(JAIL_ID);
  });

  test('only the directory of the check may lie there', async () => {
    const parent = await makeDirectory();
    await chmod(parent, 0o700);
    const checkDir = await makeDirectory(parent);
    const { run } = await open();
    expect(await run('ls -d /check; touch still-writable && ls', { checkDir })).toMatchObject({
      stdout: '/check\nstill-writable\n',
    });
  });

  test('a closed way does not outlive the command that took it', async () => {
    const parent = await makeDirectory();
    await chmod(parent, 0o700);
    const { run } = await open({ boxDir: await makeDirectory(parent) });
    expect(await run('sleep 30', { timeoutMs: 300 })).toMatchObject({ ending: 'timeout', signal: 'SIGKILL' });
    expect(await run('echo still there')).toMatchObject({ stdout: 'still there\n' });
  });
});
