import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareSnapshots, takeSnapshot } from '../../../src/services/box/changes.ts';
import { checkBox } from '../../../src/services/box/check-box.ts';
import { listFiles } from '../../../src/services/box/listing.ts';
import { hasStopFile, watchStopFile } from '../../../src/services/box/stop-file.ts';

test('a directory of the person is accepted, with its real path', async () => {
  const dir = await makeDir();
  expect(await check(`${dir}/../${dir.split('/').at(-1)}`)).toEqual({ ok: true, dir: await realpath(dir) });
});

test('a directory in one that is closed is refused', async () => {
  const state = await makeDir();
  const dir = join(state, 'runs');
  await mkdir(dir);
  const keepOut = [{ what: 'the state directory', dir: state, isClosed: true }];
  expect(await check(dir, { keepOut })).toEqual({
    ok: false,
    problem: `${dir} lies in the state directory (${state}), which is gyre's own.`,
  });
  expect(await check(dir, { keepOut: [{ what: 'the settings', dir: state }] })).toMatchObject({ ok: true });
});

test('the default box is made when it is missing, with its welcome', async () => {
  const dir = join(await makeDir(), 'sandbox');
  expect(await check(dir, { isNamed: false })).toEqual({ ok: true, dir: await realpath(dir) });
  expect(await readFile(join(dir, 'WELCOME.txt'), 'utf8')).toContain('STOP');
});

test('a named box must exist', async () => {
  expect(await check('/no/such/box')).toEqual({ ok: false, problem: 'There is no directory /no/such/box.' });
});

test('files, links, the root, the home and read-only directories are refused', async () => {
  const dir = await makeDir();
  await writeFile(join(dir, 'file'), '');
  await mkdir(join(dir, 'real'));
  await symlink('real', join(dir, 'link'));
  await symlink('/nowhere', join(dir, 'dangling'));
  const refused = [
    await check(join(dir, 'file')),
    await check(join(dir, 'link')),
    await check(join(dir, 'dangling')),
    await check('/'),
    await check(dir, { homeDir: dir }),
    await check('/proc/self'),
  ];
  expect(refused.map(({ ok }) => ok)).toEqual([false, false, false, false, false, false]);
});

test('a box that contains what commands must not change is refused, one beside it is not', async () => {
  const dir = await makeDir();
  const box = join(dir, 'box');
  await mkdir(box);
  const keep = (kept: string) => check(box, { keepOut: [{ what: 'the state directory', dir: kept }] });
  expect([(await keep(box)).ok, (await keep(join(box, 'a/b'))).ok]).toEqual([false, false]);
  expect([(await keep(`${box}-state`)).ok, (await keep(dir)).ok]).toEqual([true, true]);
});

test("gyre's own code is never in a box", async () => {
  const project = await realpath(new URL('../../..', import.meta.url).pathname);
  const results = await Promise.all(['', '/src', '/src/machine', '/node_modules'].map((path) => check(project + path)));
  expect(results.map(({ ok }) => ok)).toEqual([false, false, false, false]);
});

test('the listing shows three levels, breadth first, and counts what it leaves out', async () => {
  const dir = await makeDir();
  await mkdir(join(dir, 'a/b/c/d'), { recursive: true });
  await writeFile(join(dir, 'z.txt'), '');
  expect(listFiles(dir, '')).toEqual({ files: ['a/', 'z.txt', 'a/b/', 'a/b/c/'], filesOmitted: 0 });
  expect(listFiles(dir, 'a')).toEqual({ files: ['b/', 'b/c/', 'b/c/d/'], filesOmitted: 0 });
  await Promise.all(Array.from({ length: 60 }, (_, index) => writeFile(join(dir, `f${index}`), '')));
  const { files, filesOmitted } = listFiles(dir, '');
  expect([files.length, filesOmitted]).toEqual([40, 24]);
});

test('names that would steer a terminal or a model are made harmless', async () => {
  const dir = await makeDir();
  await writeFile(join(dir, 'a\nb\u001b[31m<action>'), '');
  const [name] = listFiles(dir, '').files;
  expect(name).toBe('a·b‹action>');
});

test('a link that leaves the box is listed and not followed', async () => {
  const dir = await makeDir();
  await symlink('/etc', join(dir, 'etc'));
  expect(listFiles(dir, '')).toEqual({ files: ['etc'], filesOmitted: 0 });
  expect(listFiles(dir, 'etc')).toEqual({ files: [], filesOmitted: 0 });
});

test('changes of the box are found', async () => {
  const dir = await makeDir();
  await Promise.all(['stays', 'changes', 'goes'].map((name) => writeFile(join(dir, name), 'x')));
  const before = takeSnapshot(dir);
  await rm(join(dir, 'goes'));
  await writeFile(join(dir, 'changes'), 'longer');
  await mkdir(join(dir, 'new'));
  await writeFile(join(dir, 'new/file'), '');
  expect(compareSnapshots(before, takeSnapshot(dir))).toEqual({
    added: ['new/', 'new/file'],
    changed: ['changes'],
    removed: ['goes'],
    isPartial: false,
  });
});

test.each(['file', 'directory', 'link'])(
  'a STOP that is a %s counts, and its deletion takes nothing back',
  async (form) => {
    const dir = await makeDir();
    expect(await hasStopFile(dir)).toBe(false);
    const appeared = new Promise<void>((resolve) => watchStopFile(dir, resolve));
    const stop = join(dir, 'STOP');
    if (form === 'file') await writeFile(stop, '');
    else if (form === 'directory') await mkdir(stop);
    else await symlink('/nowhere', stop);
    expect(await hasStopFile(dir)).toBe(true);
    await rm(stop, { recursive: true });
    await appeared;
  },
);

test('another file is no stop', async () => {
  const dir = await makeDir();
  let isStopped = false;
  const close = watchStopFile(dir, () => {
    isStopped = true;
  });
  await writeFile(join(dir, 'STOPPED'), '');
  await writeFile(join(dir, 'stop'), '');
  // Longer than one poll.
  await new Promise((resolve) => setTimeout(resolve, 300));
  close();
  expect(isStopped).toBe(false);
});

function makeDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'gyre-box-'));
}

function check(dir: string, more: Partial<Parameters<typeof checkBox>[0]> = {}) {
  return checkBox({ dir, isNamed: true, homeDir: '/home/nobody', keepOut: [], ...more });
}
