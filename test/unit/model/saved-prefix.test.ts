import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  describeFiles,
  keyOf,
  MAX_SAVED_PREFIXES,
  openSavedPrefixes,
} from '../../../src/services/model/saved-prefix.ts';

test('what was saved under a key is loaded under it, and under no other', async () => {
  const { prefixes, holder } = await setUp();
  await prefixes.save('one', holder('the state'));
  const reader = holder();
  expect([await prefixes.load('two', reader), await prefixes.load('one', reader)]).toEqual([false, true]);
  expect(reader.loaded).toEqual(['the state']);
});

test('nobody else can read or plant a state', async () => {
  const { dir, prefixes, holder } = await setUp();
  await prefixes.save('one', holder('state'));
  const [file = ''] = readdirSync(dir);
  expect([statSync(dir).mode & 0o777, statSync(join(dir, file)).mode & 0o777]).toEqual([0o700, 0o600]);
});

test('a damaged state is never given to the library, and is gone', async () => {
  for (const damage of [(file: string) => truncate(file, 3), (file: string) => writeFile(file, 'other state')]) {
    const { dir, prefixes, holder } = await setUp();
    await prefixes.save('one', holder('the state'));
    await damage(join(dir, readdirSync(dir)[0] ?? ''));
    const reader = holder();
    expect([await prefixes.load('one', reader), reader.loaded, readdirSync(dir)]).toEqual([false, [], []]);
  }
});

test('a state that the library refuses is gone', async () => {
  const { dir, prefixes, holder } = await setUp();
  await prefixes.save('one', holder('state'));
  const refusing = { ...holder(), loadStateFromFile: () => Promise.reject(new Error('too long')) };
  expect([await prefixes.load('one', refusing), readdirSync(dir)]).toEqual([false, []]);
});

test('the states that were used last are kept, drafts of dead processes are not', async () => {
  const { dir, prefixes, holder } = await setUp();
  for (let index = 0; index < MAX_SAVED_PREFIXES; index += 1) {
    await prefixes.save(`key${index}`, holder(`state ${index}`));
    await age(dir, `key${index}`, 100 - index);
  }
  await writeFile(join(dir, 'draft-0'), 'half');
  await age(dir, 'draft-0', 1000);
  await prefixes.load('key0', holder());
  await prefixes.save('new', holder('new'));
  expect(
    readdirSync(dir)
      .map((name) => name.split('.')[0])
      .sort(),
  ).toEqual(['key0', ...Array.from({ length: MAX_SAVED_PREFIXES - 2 }, (_, index) => `key${index + 2}`), 'new']);
});

test('a directory that cannot be made costs nothing but time', async () => {
  const { dir, holder } = await setUp();
  const file = join(dir, 'file');
  await rm(dir, { recursive: true, force: true });
  await writeFile(dir, 'in the way');
  const prefixes = openSavedPrefixes(file);
  await prefixes.save('one', holder('state'));
  expect([await prefixes.load('one', holder()), existsSync(file)]).toEqual([false, false]);
});

test('keys differ with whatever the state was made from', () => {
  const keys = [
    keyOf(['model', 1], [1, 2]),
    keyOf(['model', 2], [1, 2]),
    keyOf(['other', 1], [1, 2]),
    keyOf(['model', 1], [1, 3]),
    keyOf(['model', 1], [12]),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOf(['model', 1], [1, 2])).toBe(keys[0]);
});

test('another adapter, or none, is another key; the same file of the same content is the same one', async () => {
  const { dir } = await setUp();
  const file = `${dir}.gguf`;
  await writeFile(file, 'weights');
  const keyWith = async (sha256: string | null) => {
    const adapter = sha256 === null ? null : { name: 'a.gguf', file: '/a.gguf', bytes: 1, sha256 };
    return keyOf(await describeFiles({ file, adapter }), [1, 2]);
  };
  const keys = [await keyWith(null), await keyWith('a1'), await keyWith('b2')];
  expect(new Set(keys).size).toBe(keys.length);
  expect(await keyWith('a1')).toBe(keys[1]);
});

async function setUp() {
  const parent = await mkdtemp(join(tmpdir(), 'gyre-prefixes-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const dir = join(parent, 'prefixes');
  const holder = (text = '') => ({
    loaded: [] as string[],
    saveStateToFile: (file: string) => writeFile(file, text),
    async loadStateFromFile(file: string) {
      this.loaded.push(await readFile(file, 'utf8'));
    },
  });
  return { dir, prefixes: openSavedPrefixes(dir), holder };
}

async function age(dir: string, start: string, seconds: number): Promise<void> {
  const name = readdirSync(dir).find((one) => one.startsWith(start)) ?? '';
  const time = Date.now() / 1000 - seconds;
  await utimes(join(dir, name), time, time);
}
