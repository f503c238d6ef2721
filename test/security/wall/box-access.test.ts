import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { compareSnapshots, takeSnapshot } from '../../../src/services/box/changes.ts';
import { listFiles } from '../../../src/services/box/listing.ts';
import { statEntry, walkBox } from '../../../src/services/box/read-box.ts';
import { chooseIdentity, JAIL_ID } from '../../../src/services/shell/identity.ts';
import { isRoot, makeDirectory } from '../jail-setup.ts';

test('FIFOs, devices behind links and closed directories hold nothing up', async () => {
  const dir = await makeDirectory();
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  await symlink('/dev/zero', join(dir, 'zero'));
  await symlink('.', join(dir, 'loop'));
  await mkdir(join(dir, 'closed'));
  await chmod(join(dir, 'closed'), 0o000);
  const files = ['closed/', 'loop', 'pipe', 'zero'];
  expect(listFiles(dir, '')).toEqual({ files, filesOmitted: 0 });
  const before = takeSnapshot(dir);
  expect([...before.entries.keys()].sort()).toEqual(files);
  expect(compareSnapshots(before, takeSnapshot(dir))).toEqual({
    added: [],
    changed: [],
    removed: [],
    isPartial: !isRoot,
  });
});

test('a directory that becomes a FIFO before it is entered holds nothing up', async () => {
  const dir = await makeDirectory();
  await mkdir(join(dir, 'a'));
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  const seen: string[] = [];
  for (const entry of walkBox(dir).entries) {
    seen.push(entry.path);
    if (seen.length < 2) continue;
    rmSync(join(dir, 'a'), { recursive: true });
    renameSync(join(dir, 'pipe'), join(dir, 'a'));
  }
  expect(seen.sort()).toEqual(['a', 'pipe']);
});

test('4,000 directories in each other hide nothing that lies beside them', async () => {
  const dir = await makeDirectory();
  makeDeep(dir, 4000, 'a');
  await writeFile(join(dir, 'z'), '');
  expect(listFiles(dir, '')).toEqual({ files: ['a/', 'z', 'a/a/', 'a/a/a/'], filesOmitted: 0 });
  const { entries, isPartial } = takeSnapshot(dir);
  expect([entries.size, entries.has('z'), isPartial]).toEqual([65, true, true]);
});

test('100,000 entries cost a bounded time', { timeout: 120_000 }, async () => {
  // In memory where there is such a place: making and removing them is what takes long.
  const dir = await makeDirectory(existsSync('/dev/shm') ? '/dev/shm' : undefined);
  onTestFinished(() => void execFileSync('rm', ['-rf', dir]));
  execFileSync('bash', ['-c', 'seq 100000 | xargs touch'], { cwd: dir });
  expect(timed(() => listFiles(dir, '').filesOmitted)).toEqual({ result: 1960, isQuick: true });
  expect(timed(() => takeSnapshot(dir).entries.size)).toEqual({ result: 10_000, isQuick: true });
  let entries = 0;
  for (const entry of walkBox(dir).entries) if (statEntry(entry)?.isFile()) entries += 1;
  expect(entries).toBe(100_000);
});

test.skipIf(!(await isMountPoint('/dev/pts')))('what is mounted inside is entered only when asked', () => {
  const paths = (isOneMount: boolean) =>
    [...walkBox('/dev', { maxDepth: 2, isOneMount }).entries].map(({ path }) => path);
  expect(paths(true)).toContain('pts');
  expect([paths(true).includes('pts/ptmx'), paths(false).includes('pts/ptmx')]).toEqual([false, true]);
});

test.skipIf(!isRoot)('names that are no UTF-8 and long paths are handed over too', async () => {
  const dir = await makeDirectory();
  const odd = Buffer.from(`${dir}/\xff`, 'latin1');
  await writeFile(odd, '');
  makeDeep(dir, 40, 'd'.repeat(250));
  const notices: string[] = [];
  expect(await chooseIdentity(dir, (notice) => notices.push(notice))).toEqual({ uid: JAIL_ID, gid: JAIL_ID });
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain('(42 entries handed over)');
  expect((await lstat(odd)).uid).toBe(JAIL_ID);
});

test.skipIf(!isRoot)('a command that swaps a directory for a link is given nothing of the system', async () => {
  const outside = await makeDirectory();
  const dir = await makeDirectory();
  await mkdir(join(dir, 'd'));
  for (let index = 0; index < 300; index += 1) {
    await writeFile(join(outside, `f${index}`), '');
    await writeFile(join(dir, 'd', `f${index}`), '');
  }
  await symlink(outside, join(dir, 'l'));
  await chown(dir, JAIL_ID, JAIL_ID);
  const swap = `
    const { renameSync } = require('node:fs');
    for (;;) for (const [from, to] of [['d', 'x'], ['l', 'd'], ['d', 'l'], ['x', 'd']]) renameSync(from, to);`;
  const attacker = spawn(process.execPath, ['-e', swap], { cwd: dir, uid: JAIL_ID, gid: JAIL_ID, stdio: 'ignore' });
  onTestFinished(() => void attacker.kill('SIGKILL'));
  const endAt = performance.now() + 3000;
  while (performance.now() < endAt) await chooseIdentity(dir, () => {});
  expect(attacker.exitCode).toBe(null);
  const owners = await Promise.all((await readdir(outside)).map(async (name) => (await stat(join(outside, name))).uid));
  expect(new Set(owners)).toEqual(new Set([0]));
});

test('nothing but services/box reads files in the box', async () => {
  const src = fileURLToPath(new URL('../../../src', import.meta.url));
  const reading: string[] = [];
  for (const file of await readdir(src, { recursive: true })) {
    if (!file.endsWith('.ts') || file.startsWith('services/box/')) continue;
    const text = await readFile(join(src, file), 'utf8');
    const goesBelow = /join\(\s*(?:\w+\.)?(?:boxDir|sandboxDir|box)\b|\$\{(?:\w+\.)?(?:boxDir|sandboxDir|box)\}\//;
    if (text.includes("from 'node:fs") && goesBelow.test(text)) reading.push(file);
  }
  expect(reading).toEqual([]);
});

/** Directories in each other. */
function makeDeep(dir: string, levels: number, name: string): void {
  onTestFinished(() => void execFileSync('rm', ['-rf', dir]));
  let descriptor = openSync(dir, 'r');
  for (let level = 0; level < levels; level += 1) {
    const path = `/proc/self/fd/${descriptor}/${name}`;
    mkdirSync(path);
    const next = openSync(path, 'r');
    closeSync(descriptor);
    descriptor = next;
  }
  closeSync(descriptor);
}

async function isMountPoint(path: string): Promise<boolean> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table.split('\n').some((line) => line.split(' ')[4] === path);
}

/** Quick: a loaded machine needs a tenth of it. */
function timed<T>(work: () => T): { result: T; isQuick: boolean } {
  const startedAt = performance.now();
  const result = work();
  return { result, isQuick: performance.now() - startedAt < 3000 };
}
