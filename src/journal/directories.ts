import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and its parents, for this user alone. Node's own recursive `mkdir` never returns where a parent is
 * there and still answers ENOENT, as in /proc.
 */
export async function makePrivateDirectory(dir: string): Promise<void> {
  const attempt = () =>
    mkdir(dir, { mode: 0o700 }).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
  let error = await attempt();
  if (error?.code === 'ENOENT' && dirname(dir) !== dir) {
    await makePrivateDirectory(dirname(dir));
    error = await attempt();
  }
  if (error && error.code !== 'EEXIST') throw error;
}

/** A file is found again after a power cut only when its directory has been synced too. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
