import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
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
  const places = [...new Set(PLACES.filter((dir) => existsSync(dir)).map((dir) => realpathSync(dir)))];
  const denied = programsIn(places, isDenied);
  const spared = programsIn(places, (name) => EVERYDAY.has(name) && !isDenied(name)).map(({ file }) => file);
  const files = new Set(denied.map(({ file }) => file).filter((file) => !spared.includes(file)));
  const paths = new Set(denied.filter(({ file }) => files.has(file)).map(({ path }) => path));
  // Only a file that has more names than were found is worth looking at every program.
  const known = (file: string) => new Set(denied.filter((other) => other.file === file).map(({ path }) => path)).size;
  const hasOtherNames = denied.some(({ file, names }) => names > known(file));
  if (hasOtherNames) {
    for (const { path, file } of programsIn(places, () => true)) if (files.has(file)) paths.add(path);
  }
  return [...paths].sort();
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
  /** The real one, with no link in it. */
  readonly path: string;
  /** The file itself, whatever it is called. */
  readonly file: string;
  readonly names: number;
}

function programsIn(dirs: readonly string[], isWanted: (name: string) => boolean): Program[] {
  return dirs.flatMap((dir) =>
    readdirSync(dir)
      .filter(isWanted)
      .flatMap((name) => programAt(join(dir, name))),
  );
}

function programAt(name: string): Program[] {
  try {
    const path = realpathSync(name);
    const { dev, ino, nlink } = statSync(path);
    return [{ path, file: `${dev}:${ino}`, names: nlink }];
  } catch {
    // A link to nothing: there is no such program.
    return [];
  }
}
