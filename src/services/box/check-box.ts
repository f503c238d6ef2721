import { constants } from 'node:fs';
import { access, copyFile, lstat, mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory that package.json is in. */
const packageDir = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

export interface BoxRequest {
  /** Absolute. */
  readonly dir: string;
  /** A person named it: then it must be there. The default one is made when it is missing. */
  readonly isNamed: boolean;
  readonly homeDir: string;
  /**
   * What a command must never be able to write: state, models, settings. Absolute; need not exist. The box may not lie in
   * one that is closed either.
   */
  readonly keepOut: readonly { readonly what: string; readonly dir: string; readonly isClosed?: boolean }[];
}

/**
 * Says whether a directory may be the box, and makes the default one when it is missing.
 * @returns the box's real path, or the reason why it is refused
 */
export async function checkBox(
  request: BoxRequest,
): Promise<{ ok: true; dir: string } | { ok: false; problem: string }> {
  const { dir } = request;
  const stats = await lstat(dir).catch(() => null);
  if (!stats && request.isNamed) return refuse(`There is no directory ${dir}.`);
  if (!stats) {
    const problem = await makeDefaultBox(dir);
    if (problem) return refuse(problem);
  }
  if (stats?.isSymbolicLink()) return refuse(`${dir} is a symbolic link. Name the directory that it points to.`);
  if (stats && !stats.isDirectory()) return refuse(`${dir} is not a directory.`);
  const real = await realpath(dir);
  if (real === '/') return refuse('The root directory cannot be the sandbox: everything would be in it.');
  if (real === (await realPathOf(request.homeDir))) return refuse(`${dir} is your home directory. Name one inside it.`);
  for (const { what, dir: kept, isClosed } of [...request.keepOut, { what: "gyre's own code", dir: packageDir }]) {
    const keptPath = await realPathOf(kept);
    if (isWithin(keptPath, real)) return refuse(`${dir} contains ${what} (${kept}): commands could change it.`);
    if (isClosed && isWithin(real, keptPath)) return refuse(`${dir} lies in ${what} (${kept}), which is gyre's own.`);
  }
  if (['dist', 'src', 'node_modules'].some((part) => isWithin(real, join(packageDir, part)))) {
    return refuse(`${dir} contains gyre's own code: commands could change it.`);
  }
  const isWritable = await access(real, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return isWritable ? { ok: true, dir: real } : refuse(`${dir} is not writable.`);
}

/** Whether `path` is `dir` or lies below it. Both absolute. */
export function isWithin(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir.endsWith(sep) ? dir : dir + sep);
}

/** The real path of something that may not be there yet: of its nearest ancestor that is, with the rest appended. */
async function realPathOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => null);
  if (real !== null || path === '/') return real ?? path;
  return join(await realPathOf(dirname(path)), basename(path));
}

async function makeDefaultBox(dir: string): Promise<string | null> {
  try {
    await mkdir(dir);
    await copyFile(join(packageDir, 'sandbox', 'WELCOME.txt'), join(dir, 'WELCOME.txt'));
    return null;
  } catch (error) {
    return `${dir} cannot be made: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

function refuse(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}
