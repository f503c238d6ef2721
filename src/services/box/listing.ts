import { cleanName } from './clean-name.ts';
import { type BoxEntry, textOf, walkBox } from './read-box.ts';

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
  const found: BoxEntry[] = [];
  for (const entry of walkBox(boxDir, { start: workingDirectory, maxDepth: MAX_DEPTH }).entries) {
    if (found.push(entry) === MAX_COUNTED) break;
  }
  // Breadth first, and within a level directory by directory: no name holds a NUL.
  const key = ({ path }: BoxEntry) => path.replaceAll('/', '\0');
  found.sort((a, b) => a.depth - b.depth || (key(a) < key(b) ? -1 : 1));
  const files = found
    .slice(0, MAX_SHOWN)
    .map((entry) => cleanName(textOf(entry.path)) + (entry.isDirectory ? '/' : ''));
  return { files, filesOmitted: found.length - files.length };
}
