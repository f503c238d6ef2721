import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files of installed programs that are denied, by their real paths: whatever a command calls such a program, and
 * however it computes the name, it gets to one of these. A second name of the same file counts too.
 *
 * A file that is also an everyday program is spared, as where one busybox is all of them.
 * @param isDenied says of a program's name whether it may not run
 */
export function findMasks(isDenied: (program: string) => boolean): readonly string[] {
  // One directory may have several names, as where /bin is a link to /usr/bin.
  const places = new Set(PLACES.filter((dir) => existsSync(dir)).map((dir) => realpathSync(dir)));
  const programs = [...places].flatMap(programsIn);
  const isSpared = (name: string) => EVERYDAY.has(name) && !isDenied(name);
  const spared = new Set(programs.filter(({ name }) => isSpared(name)).map(({ file }) => file));
  const denied = new Set(programs.filter(({ name }) => isDenied(name)).map(({ file }) => file));
  const paths = programs.filter(({ file }) => denied.has(file) && !spared.has(file)).map(({ path }) => path);
  return [...new Set(paths)].sort();
}

/** What a masked program is instead. */
export const MASK = `#!/bin/sh
echo "\${0##*/}: denied: this program may not run here, under any name. This is final: find another way." >&2
exit 126
`;

const PLACES = ['/usr/bin', '/usr/sbin', '/usr/games', '/bin', '/sbin'];
const EVERYDAY: ReadonlySet<string> = new Set([
  ...[
    'sh',
    'bash',
    'env',
    'awk',
    'ls',
    'cat',
    'cp',
    'mv',
    'rm',
    'mkdir',
    'grep',
    'sed',
    'find',
    'sort',
    'head',
    'tail',
  ],
  ...['cut', 'tr', 'wc', 'xargs', 'tar', 'date', 'sleep', 'timeout', 'git'],
]);

interface Program {
  readonly name: string;
  /** The real one, with no link in it. */
  readonly path: string;
  /** The file itself, whatever it is called. */
  readonly file: string;
}

function programsIn(dir: string): Program[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => programAt(dir, entry));
  } catch {
    return [];
  }
}

function programAt(dir: string, entry: Dirent): Program[] {
  try {
    const named = join(dir, entry.name);
    const path = entry.isSymbolicLink() ? realpathSync(named) : named;
    const { dev, ino } = statSync(path);
    return [{ name: entry.name, path, file: `${dev}:${ino}` }];
  } catch {
    // A link to nothing: there is no such program.
    return [];
  }
}
