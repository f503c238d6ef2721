import { describe, expect, test } from 'vitest';
import { createScorer, toTerms } from '../../../src/services/model/bm25.ts';

describe('toTerms', () => {
  test.each([
    ['Copies copied copying copy', ['copy', 'copy', 'copy', 'copy']],
    ['move moved moving moves', ['mov', 'mov', 'mov', 'mov']],
    ['zip zipped zipping', ['zip', 'zip', 'zip']],
    ['add adding status class', ['add', 'add', 'status', 'class']],
    ["*.TXT notes.txt, today's 2026", ['txt', 'not', 'txt', 'today', 's', '2026']],
    ['Größe naïve', ['größ', 'naïv']],
    ['… -- !', []],
    ['', []],
  ])('cuts %j into %j', (text, terms) => {
    expect(toTerms(text)).toEqual(terms);
  });
});

describe('createScorer', () => {
  test('gives the textbook score', () => {
    // idf = ln(1 + (2 - 1 + 0.5) / (1 + 0.5)), both documents of average length, tf = 1: the score is the idf.
    expect(createScorer([['a'], ['b']])(['a'])).toEqual([Math.log(2), 0]);
  });

  test('prefers the rarer term, the shorter document and the more frequent term', () => {
    const [common, rare] = createScorer([
      ['x', 'y'],
      ['x', 'z'],
      ['x', 'y'],
    ])(['x', 'z']);
    expect(rare).toBeGreaterThan(common ?? Number.NaN);
    const [long, short] = createScorer([['x', 'y', 'y', 'y'], ['x']])(['x']);
    expect(short).toBeGreaterThan(long ?? Number.NaN);
    const [once, twice] = createScorer([
      ['x', 'y'],
      ['x', 'x'],
    ])(['x']);
    expect(twice).toBeGreaterThan(once ?? Number.NaN);
  });

  test('counts a repeated term of the query once', () => {
    const score = createScorer([['x', 'y'], ['z']]);
    expect(score(['x', 'x'])).toEqual(score(['x']));
  });

  test('has an answer without documents, without terms and without a query', () => {
    expect(createScorer([])(['x'])).toEqual([]);
    expect(createScorer([[]])(['x'])).toEqual([0]);
    expect(createScorer([['x']])([])).toEqual([0]);
  });
});
