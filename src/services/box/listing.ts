import { cleanName } from './clean-name.ts';
import { readBox } from './read-box.ts';

/** So many names fit a small model's attention. */
const MAX_SHOWN = 40;
/** Counting stops here, so that a box full of files costs no more than a tidy one. */
const MAX_COUNTED = 2000;
const MAX_DEPTH = 3;

/** What the model sees of a directory: names down to the third level, directories with a trailing slash. */
export function listFiles(
  boxDir: string,
  workingDirectory: string,
): { files: readonly string[]; filesOmitted: number } {
  const { entries } = readBox(boxDir, workingDirectory, { maxEntries: MAX_COUNTED, maxDepth: MAX_DEPTH });
  const files = entries.slice(0, MAX_SHOWN).map((entry) => cleanName(entry.path) + (entry.isDirectory ? '/' : ''));
  return { files, filesOmitted: entries.length - files.length };
}
