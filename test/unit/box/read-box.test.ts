import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compareSnapshots, takeSnapshot } from '../../../src/services/box/changes.ts';
import { listFiles } from '../../../src/services/box/listing.ts';
import {
  type BoxEntry,
  openBoxDirectory,
  statEntry,
  textOf,
  type WalkOptions,
  walkBox,
} from '../../../src/services/box/read-box.ts';

test('a walk names all that a directory holds before what lies below it', async () => {
  const dir = await makeDir();
  await mkdir(join(dir, 'a/b'), { recursive: true });
  await writeFile(join(dir, 'a/file'), '123');
  await writeFile(join(dir, 'file'), '');
  const { seen, missed } = walked(dir);
  expect(seen.slice(0, 2).sort()).toEqual(['1 a/', '1 file']);
  expect(seen.slice(2).sort()).toEqual(['2 a/b/', '2 a/file']);
  expect(missed).toEqual({ unreadable: 0, tooDeep: 0 });
});

test('names that are no UTF-8 stay apart, and can be looked at', async () => {
  const dir = await makeDir();
  await writeFile(bytes(dir, '/\xff'), 'one');
  await writeFile(bytes(dir, '/\xfe'), 'three');
  await mkdir(bytes(dir, '/\xfd'));
  await writeFile(bytes(dir, '/\xfd/\xff'), '');
  const sizes: Record<string, number | undefined> = {};
  for (const entry of walkBox(dir).entries) if (!entry.isDirectory) sizes[entry.path] = statEntry(entry)?.size;
  expect(sizes).toEqual({ '\xff': 3, '\xfe': 5, '\xfd/\xff': 0 });
  expect(listFiles(dir, '').files).toEqual(['\ufffd/', '\ufffd', '\ufffd', '\ufffd/\ufffd']);

  const before = takeSnapshot(dir);
  await rm(bytes(dir, '/\xff'));
  await writeFile(bytes(dir, '/\xfe'), 'changed');
  expect(compareSnapshots(before, takeSnapshot(dir))).toEqual({
    added: [],
    changed: ['\ufffd'],
    removed: ['\ufffd'],
    isPartial: false,
  });
});

test('names may hold newlines, escapes and other letters, and be 255 bytes long', async () => {
  const dir = await makeDir();
  const names = ['a\nb', '\u001b]0;title\u0007', ' ', '-rf', 'ü€😀', 'x'.repeat(255), '\\', '...'];
  await Promise.all(names.map((name) => writeFile(join(dir, name), '')));
  const seen = [...walkBox(dir).entries].map(({ path }) => textOf(path));
  expect(seen.sort()).toEqual([...names].sort());
  expect([...listFiles(dir, '').files].sort()).toEqual(
    [' ', '-rf', '...', '\\', 'a·b', `${'x'.repeat(80)}…${'x'.repeat(80)}`, '·', 'ü€😀'].sort(),
  );
});

test('paths longer than the system allows are walked like others', async () => {
  const dir = await makeDir();
  makeDeep(dir, 40, 'd'.repeat(250));
  const { seen, missed } = walked(dir);
  expect([seen.length, seen.at(-1)?.length, missed]).toEqual([40, 40 * 251 + 3, { unreadable: 0, tooDeep: 0 }]);
  expect(takeSnapshot(dir)).toMatchObject({ isPartial: false });
});

test('a walk goes no deeper than it was told, and says so', async () => {
  const dir = await makeDir();
  makeDeep(dir, 70, 'd');
  await writeFile(join(dir, 'z'), '');
  expect(walked(dir).missed).toEqual({ unreadable: 0, tooDeep: 1 });
  expect(walked(dir).seen).toHaveLength(65);
  expect(takeSnapshot(dir)).toMatchObject({ isPartial: true });
  expect(walked(dir, { maxDepth: 2 })).toEqual({
    seen: ['1 d/', '1 z', '2 d/d/'].sort(),
    missed: { unreadable: 0, tooDeep: 1 },
  });
});

test('a directory that becomes a link before it is entered is not entered', async () => {
  const dir = await makeDir();
  const outside = await makeDir();
  await writeFile(join(outside, 'secret'), '');
  await mkdir(join(dir, 'a'));
  const seen: string[] = [];
  for (const entry of walkBox(dir).entries) {
    seen.push(entry.path);
    rmSync(join(dir, 'a'), { recursive: true });
    symlinkSync(outside, join(dir, 'a'));
  }
  expect(seen).toEqual(['a']);
});

test('a directory that is moved while it is read leads nowhere else', async () => {
  const dir = await makeDir();
  const outside = await makeDir();
  await writeFile(join(outside, 'file'), 'secret');
  await mkdir(join(dir, 'a'));
  await writeFile(join(dir, 'a/file'), '');
  const sizes: (number | undefined)[] = [];
  for (const entry of walkBox(dir).entries) {
    if (entry.depth === 1) continue;
    renameSync(join(dir, 'a'), join(dir, 'b'));
    symlinkSync(outside, join(dir, 'a'));
    sizes.push(statEntry(entry)?.size);
  }
  expect(sizes).toEqual([0]);
});

test('what vanishes meanwhile is left out', async () => {
  const dir = await makeDir();
  await mkdir(join(dir, 'a/b'), { recursive: true });
  const seen: unknown[] = [];
  const { entries, missed } = walkBox(dir);
  for (const entry of entries) {
    rmSync(join(dir, 'a'), { recursive: true });
    seen.push([entry.path, statEntry(entry)]);
  }
  expect([seen, missed]).toEqual([[['a', null]], { unreadable: 0, tooDeep: 0 }]);
});

test('a box that is a link, was moved away or is gone has nothing in it', async () => {
  const dir = await makeDir();
  await mkdir(join(dir, 'sub/sub'), { recursive: true });
  await symlink(dir, `${dir}-link`);
  await rename(dir, `${dir}-moved`);
  await symlink(`${dir}-moved`, dir);
  for (const box of [dir, `${dir}-link`, `${dir}/none`, `${dir}/sub`]) {
    expect(walked(box)).toEqual({ seen: [], missed: { unreadable: 1, tooDeep: 0 } });
    expect(takeSnapshot(box).isPartial).toBe(true);
  }
});

test('a walk may begin below the box, but never above it or behind a link', async () => {
  const dir = await makeDir();
  await mkdir(join(dir, 'box/a/ü'), { recursive: true });
  await writeFile(join(dir, 'box/a/ü/file'), '');
  await symlink('a', join(dir, 'box/link'));
  const box = join(dir, 'box');
  const starting = (start: string) => walked(box, { start }).seen;
  expect(['a/ü', 'a//ü/', './a/./ü'].map(starting)).toEqual([['1 file'], ['1 file'], ['1 file']]);
  expect(['..', 'a/..', '../box', 'link', 'link/ü', 'a/ü/file'].map(starting)).toEqual([[], [], [], [], [], []]);
});

test('a walk that is given up holds nothing open', async () => {
  const dir = await makeDir();
  makeDeep(dir, 5, 'd');
  const before = readdirSync('/proc/self/fd').length;
  for (const entry of walkBox(dir).entries) if (entry.depth === 4) break;
  listFiles(dir, 'd/none');
  takeSnapshot(dir);
  openBoxDirectory(dir, 'd/d')?.close();
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

test('a file whose time was set back has changed all the same', async () => {
  const dir = await makeDir();
  await writeFile(join(dir, 'file'), 'good');
  await utimes(join(dir, 'file'), 1000, 1000);
  const before = takeSnapshot(dir);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await writeFile(join(dir, 'file'), 'evil');
  await utimes(join(dir, 'file'), 1000, 1000);
  expect(compareSnapshots(before, takeSnapshot(dir)).changed).toEqual(['file']);
});

async function makeDir(): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'gyre-box-')));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Directories in each other; a path to the innermost may be longer than a path can be. */
function makeDeep(dir: string, levels: number, name: string): void {
  const descriptors = [openSync(dir, 'r')];
  for (let level = 0; level < levels; level += 1) {
    const path = `/proc/self/fd/${descriptors.at(-1)}/${name}`;
    mkdirSync(path);
    descriptors.push(openSync(path, 'r'));
  }
  // From the inside out: a path to all of it is too long to remove it by.
  onTestFinished(() => {
    for (const descriptor of descriptors.slice(0, -1).reverse()) {
      rmSync(`/proc/self/fd/${descriptor}/${name}`, { recursive: true });
    }
    for (const descriptor of descriptors) closeSync(descriptor);
  });
}

function bytes(dir: string, latin1: string): Buffer {
  return Buffer.from(dir + latin1, 'latin1');
}

function walked(dir: string, options?: WalkOptions) {
  const { entries, missed } = walkBox(dir, options);
  const seen = [...entries].map(
    ({ depth, path, isDirectory }: BoxEntry) => `${depth} ${path}${isDirectory ? '/' : ''}`,
  );
  return { seen: depthSorted(seen), missed };
}

/** The system's own order within a directory means nothing. */
function depthSorted(seen: readonly string[]): string[] {
  return [...seen].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
}
