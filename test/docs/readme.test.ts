import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands } from '../../src/commands/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('the README fits 120 lines', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});

test('the README names every command and no other', () => {
  const named = [...readme.matchAll(/^\| `gyre .*?\|/gm)].flatMap(([cell]) =>
    [...cell.matchAll(/`gyre (\w[\w-]*)/g)].map(([, name]) => name),
  );
  expect(new Set(named)).toEqual(new Set(commands.map(({ name }) => name)));
});

test.each(['README.md', 'AGENTS.md'])('every link and path in %s leads somewhere', (file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => link ?? '');
  const paths = [...text.matchAll(/`((?:src|test|docs|scripts|examples|etc|statecharts)\/[\w./-]+)`/g)].map(
    ([, path]) => path ?? '',
  );
  expect([...links, ...paths].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('every npm script that is written about exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const text = readme + readFileSync(join(root, 'AGENTS.md'), 'utf8');
  const named = [...text.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(([, name]) => name ?? '');
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('the example on the library runs', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gyre-docs-'));
  await mkdir(join(dir, 'sandbox'));
  await writeFile(join(dir, 'script.txt'), '<action>RUN</action><command>ls</command>\n---\n<action>STOP</action>');
  // The same program, on the built library and with a scripted model.
  const example = readFileSync(join(root, 'examples/hello.ts'), 'utf8')
    .replace("'gyre'", `'${new URL('../../dist/index.js', import.meta.url).href}'`)
    .replace(
      "['maxIterations', '5']",
      "['maxIterations', '5'], ['model', 'script:script.txt'], ['loopIntervalMs', '0']",
    );
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
  await writeFile(join(dir, 'hello.mjs'), example);
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['hello.mjs'], { cwd: dir, env: { HOME: dir, PATH: '' } }, (error, text) =>
      error ? reject(error) : resolve(text),
    );
  });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)).toMatchObject({ type: 'run.ended', status: 'completed', iterations: 2 });
});
