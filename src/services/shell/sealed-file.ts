import { closeSync, openSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes to be given to processes by descriptor. They have no name, so nobody else can open them and none are left over. */
export interface SealedFile {
  /** A descriptor of its own, read-only, at the beginning. The caller closes it. */
  open(): number;
  close(): void;
}

/** Whoever is given a descriptor may read it, whatever its uid. Needs /proc. */
export async function createSealedFile(dir: string, content: string | Buffer): Promise<SealedFile> {
  const nest = await mkdtemp(join(dir, 'sealed-'));
  try {
    const path = join(nest, 'file');
    const file = await open(path, 'wx', 0o444);
    await file.writeFile(content);
    await file.close();
    const descriptor = openSync(path, 'r');
    return { open: () => openSync(`/proc/self/fd/${descriptor}`, 'r'), close: () => closeSync(descriptor) };
  } finally {
    await rm(nest, { recursive: true, force: true });
  }
}
