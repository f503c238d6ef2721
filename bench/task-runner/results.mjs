import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from './usage-error.mjs';

/**
 * Opens a file of results, made when there is none. Each is one line of JSON and on the disk when `add` returns.
 * A last line that is torn is dropped.
 *
 * @param {string} file
 * @param {object} header the options that decide the results: the file's first line
 * @param {{ again?: boolean }} [options] `again` forgets what is there
 * @returns {{ records: readonly any[], add(record: object): void, close(): void }}
 * @throws {UsageError} when the file was written with other options
 */
export function openResults(file, header, { again = false } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  if (again) rmSync(file, { force: true });
  const { lines, bytes } = readLines(file);
  const [first, ...records] = lines;
  if (first !== undefined && !isDeepStrictEqual(first, plain(header))) {
    throw new UsageError(
      `${file} holds results of other options (${differences(first, plain(header))}). ` +
        'Add --again to forget them, or name another file with --results.',
    );
  }
  const descriptor = openSync(file, 'a');
  ftruncateSync(descriptor, bytes);
  const add = (record) => {
    writeSync(descriptor, `${JSON.stringify(record)}\n`);
    fsyncSync(descriptor);
  };
  if (first === undefined) add(header);
  return { records, add, close: () => closeSync(descriptor) };
}

/** The whole lines of a file, and how many bytes they take. */
function readLines(file) {
  let content = Buffer.alloc(0);
  try {
    content = readFileSync(file);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const bytes = content.lastIndexOf('\n') + 1;
  const lines = content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1);
  try {
    return { lines: lines.map((line) => JSON.parse(line)), bytes };
  } catch {
    throw new UsageError(`${file} is no file of results. Name another one with --results.`);
  }
}

function differences(then, now) {
  const names = [...new Set([...Object.keys(Object(then)), ...Object.keys(now)])];
  return names
    .filter((name) => !isDeepStrictEqual(Object(then)[name], now[name]))
    .map((name) => `${name}: ${JSON.stringify(Object(then)[name])}, now ${JSON.stringify(now[name])}`)
    .join('; ');
}

function plain(value) {
  return JSON.parse(JSON.stringify(value));
}
