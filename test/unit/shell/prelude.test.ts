import { expect, test } from 'vitest';
import { directoryOf, nextDirectory } from '../../../src/services/shell/prelude.ts';

test.each([
  ['the box', '/sandbox', ''],
  ['a directory in it', '/sandbox/a/b', 'a/b'],
  ['a name with two dots', '/sandbox/a..b', 'a..b'],
  ['a directory that is gone', 'gone', ''],
  ['nothing', null, 'before'],
  ['an empty word', '', 'before'],
  ['the root', '/', 'before'],
  ['a sibling', '/sandboxes', 'before'],
  ['a way out', '/sandbox/../etc', 'before'],
  ['a way out at the end', '/sandbox/a/..', 'before'],
  ['a relative path', 'sandbox/a', 'before'],
])('a shell that reports %s', (_what, report, next) => {
  expect(nextDirectory(report, '/sandbox', 'before')).toBe(next);
});

test.each([
  ['', '/sandbox'],
  ['a/b', '/sandbox/a/b'],
  ['..', '/sandbox'],
  ['a/../../etc', '/sandbox'],
  ['a\0b', '/sandbox'],
])('the working directory %j is %s', (workingDirectory, directory) => {
  expect(directoryOf('/sandbox', workingDirectory)).toBe(directory);
});
