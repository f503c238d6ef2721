import { expect, test } from 'vitest';
import { findMissingFiles } from '../../../src/services/model/missing-files.ts';

test.each([
  ['Write the sum of a.csv into total.txt.', ['a.csv'], ['total.txt']],
  ['Start the file diary/today.md, with a heading.', [], ['diary/today.md']],
  ['Start the file diary/today.md, with a heading.', ['diary/'], ['diary/today.md']],
  ['Start the file diary/today.md, with a heading.', ['diary/', 'diary/today.md'], []],
  ['Put the names into index.txt.', ['report/', 'report/index.txt'], []],
  ['Move all notes into archive/ and archive/old/.', ['archive/'], ['archive/old']],
  ['Rename draft.txt to final.txt', ['draft.txt'], ['final.txt']],
  ['Rename draft.txt to final.txt', ['final.txt'], ['draft.txt']],
  ['Pack it as backup.tar.gz (or "backup.zip").', [], ['backup.tar.gz', 'backup.zip']],
  ['Ünï.txt und straße.md', [], ['Ünï.txt', 'straße.md']],
])('%s with %j', (goal, files, missing) => {
  expect(findMissingFiles(goal, { workingDirectory: '', files, filesOmitted: 0, last: null })).toEqual(missing);
});

test.each([
  'All *.csv files, the .txt ones and data/*.log too.',
  'Look at https://example.com/page.html and mail ada@example.org',
  'Words like and/or, e.g. these. It costs 3.50, 5.5kg, v1.2. Done.',
  'Read /etc/hosts.conf, ~/notes.txt, $HOME/notes.txt, ../secret.txt and ./here.',
  'Hide .gitignore',
])('no file of the box is named by: %s', (goal) => {
  expect(findMissingFiles(goal, { workingDirectory: '', files: [], filesOmitted: 0, last: null })).toEqual([]);
});

test('a listing that does not show everything says nothing about what is missing', () => {
  const surroundings = { workingDirectory: '', files: ['a.txt'], filesOmitted: 0, last: null };
  const missing = (changes: object) => findMissingFiles('Write b.txt', { ...surroundings, ...changes });
  expect(missing({})).toEqual(['b.txt']);
  expect(missing({ filesOmitted: 1 })).toEqual([]);
  expect(missing({ workingDirectory: 'sub' })).toEqual([]);
  expect(missing({ files: ['x/y/z'] })).toEqual([]);
});
