import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What is mounted over a root, and so is no part of it. */
export const MOUNTED = ['usr', 'proc', 'dev'];

/**
 * An output as it is compared: without white space at the ends of lines, blank lines, and a `./` before a line.
 * The order of lines counts.
 * @param {string} text
 */
export function normaliseOutput(text) {
  return text
    .split('\n')
    .map((line) => line.trimEnd().replace(/^\.\//, ''))
    .filter((line) => line !== '')
    .join('\n');
}

/**
 * All that a root holds: paths, types, contents, targets of links. Modes and times do not count.
 * @param {string} root
 * @returns {string} one line for each path, in order
 */
export function describeTree(root) {
  const lines = [];
  const walk = (directory) => {
    for (const name of readdirSync(join(root, directory)).sort()) {
      const path = directory === '' ? name : `${directory}/${name}`;
      if (MOUNTED.includes(path)) continue;
      lines.push(`${JSON.stringify(path)} ${describeEntry(join(root, path))}`);
      if (lstatSync(join(root, path)).isDirectory()) walk(path);
    }
  };
  walk('');
  return lines.join('\n');
}

function describeEntry(file) {
  const stats = lstatSync(file);
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return `link to ${JSON.stringify(readlinkSync(file))}`;
  if (stats.isFile()) return createHash('sha256').update(readFileSync(file)).digest('hex');
  return stats.isFIFO() ? 'pipe' : 'other';
}
