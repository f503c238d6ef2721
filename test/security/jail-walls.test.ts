import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasJail, makeDirectory, open } from './jail-setup.ts';

describe.skipIf(!hasJail)('from inside the jail', () => {
  test('no file outside the box can be read', async () => {
    const { run } = await open();
    const secret = join(await makeDirectory(), 'secret');
    await writeFile(secret, 'secret\n');
    expect(await run(`cat ${secret} /etc/shadow /etc/hostname /proc/1/root${secret}`)).toMatchObject({
      exitCode: 1,
      stdout: '',
    });
    expect(await run('cd /; echo *')).toMatchObject({ stdout: 'bin dev etc lib lib64 proc sandbox sbin tmp usr\n' });
    expect(await run('ls /home /root /var /sys /run /usr/local /tmp /dev/shm 2>/dev/null')).toMatchObject({
      stdout: '/dev/shm:\n\n/tmp:\n\n/usr/local:\n',
    });
  });

  test('a link in the box leads nowhere', async () => {
    const { run } = await open();
    const secret = join(await makeDirectory(), 'secret');
    await writeFile(secret, 'secret\n');
    expect(await run(`ln -s ${secret} l; cat l; ln ${secret} h; ln -s / root; ls root/root`)).toMatchObject({
      stdout: '',
    });
  });

  test('nothing but the box, /tmp and /dev/shm can be written', async () => {
    const { run } = await open();
    const places = '/ /usr /usr/bin /bin /etc /lib /dev /proc /proc/sys /proc/sys/kernel /sandbox /tmp /dev/shm';
    const { stdout } = await run(`for place in ${places}; do (: > $place/x) 2>/dev/null && echo $place; done`);
    expect(stdout).toBe('/sandbox\n/tmp\n/dev/shm\n');
    expect(await run('echo x > /proc/sys/kernel/core_pattern; echo x > /proc/sysrq-trigger')).toMatchObject({
      exitCode: 1,
    });
  });

  test('/tmp is new for each command', async () => {
    const { run } = await open();
    expect(await run('touch /tmp/x; ls /tmp')).toMatchObject({ stdout: 'x\n' });
    expect(await run('ls /tmp')).toMatchObject({ stdout: '' });
  });

  test('there is no network, not even to this machine', async () => {
    const { run } = await open();
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { stdout, exitCode } = await run(`sed 1,2d /proc/net/dev | cut -d: -f1; : < /dev/tcp/127.0.0.1/${port}`);
    expect({ stdout: stdout.trim(), exitCode }).toEqual({ stdout: 'lo', exitCode: 1 });
  });

  test('no variable of gyre can be found, not even in /proc', async () => {
    process.env['GYRE_TEST_SECRET'] = 'secret-of-gyre';
    onTestFinished(() => {
      delete process.env['GYRE_TEST_SECRET'];
    });
    const { run } = await open();
    const { stdout } = await run('cat /proc/1/environ | wc -c; cat /proc/[0-9]*/environ | grep -c secret-of');
    expect(stdout).toBe('0\n0\n');
  });

  test('only its own processes can be seen', async () => {
    const { run } = await open();
    expect(await run('cd /proc; echo [0-9]*')).toMatchObject({ stdout: '1 2\n' });
  });

  test('the filter and the lost privileges are in force', async () => {
    const { run } = await open();
    expect(await run("grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status")).toMatchObject({
      stdout: 'CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n',
    });
    const attempts = [
      'unshare --user true',
      'unshare --net true',
      'mount -t tmpfs x /tmp',
      'chroot / true',
      'mknod d b 8 0',
    ];
    const { stdout } = await run(attempts.map((attempt) => `${attempt} && echo '${attempt}'`).join('; '));
    expect(stdout).toBe('');
  });

  test('the limits hold', async () => {
    const { run } = await open();
    expect(await run('head -c 60000000 /dev/zero > big; ls -l big | cut -d" " -f5')).toMatchObject({
      stdout: '52428800\n',
    });
    expect(await run('perl -e \'$x = "x" x 2000000000; print 1\'')).toMatchObject({ stdout: '' });
    const { stdout } = await run('for i in {1..100}; do sleep 5 & done 2>/dev/null; jobs -p | wc -l', {
      timeoutMs: 5000,
    });
    expect(Number(stdout || 0)).toBeLessThan(65);
    expect(await run('ulimit -u 100000 || ulimit -v unlimited || ulimit -n 4096')).toMatchObject({ exitCode: 1 });
  });

  test('a set-user-id program gives nothing', async () => {
    const { run } = await open();
    expect(await run('cp /usr/bin/id .; chmod u+s id; ./id -u; su -c id 2>/dev/null')).toMatchObject({
      stdout: '1000\n',
    });
  });
});

describe.skipIf(!hasJail)('the box itself', () => {
  test('may have any name', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'gyre-jail-'));
    onTestFinished(() => rm(parent, { recursive: true, force: true }));
    const boxDir = await makeDirectory(parent);
    const { run } = await open({ boxDir, stateDir: await makeDirectory(parent) });
    expect(await run('touch here; ls')).toMatchObject({ stdout: 'here\n' });
  });
});
