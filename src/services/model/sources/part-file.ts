import { createHash, randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A file on its way: it has its final name only once it is whole, checked and on the disk. */
export interface PartFile {
  readonly file: string;
  readonly bytes: number;
  /** The first bytes that were written, at most 8. */
  readonly head: Buffer;
  write(chunk: Uint8Array): Promise<void>;
  /** Of all that was written, lower-case hex. Ends the writing. */
  digest(): string;
  /** Makes it durable and gives it its final name, in place of a file that had it. */
  keepAs(file: string): Promise<void>;
  /** Leaves nothing behind. Does nothing after `keepAs`; never throws. */
  discard(): Promise<void>;
}

/** Two pulls of one model write two files, and whichever is whole first gets the name: neither can spoil the other. */
export async function createPartFile(target: string): Promise<PartFile> {
  const file = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  const handle = await open(file, 'wx', 0o644);
  const hash = createHash('sha256');
  let bytes = 0;
  let head = Buffer.alloc(0);
  let isKept = false;
  return {
    file,
    get bytes() {
      return bytes;
    },
    get head() {
      return head;
    },
    async write(chunk) {
      await handle.writeFile(chunk);
      hash.update(chunk);
      bytes += chunk.length;
      if (head.length < 8) head = Buffer.concat([head, chunk]).subarray(0, 8);
    },
    digest: () => hash.digest('hex'),
    async keepAs(name) {
      await handle.chmod(0o644);
      await handle.sync();
      await handle.close();
      await rename(file, name);
      isKept = true;
      await syncDirectory(path.dirname(name));
    },
    async discard() {
      if (isKept) return;
      await handle.close().catch(() => {});
      await rm(file, { force: true }).catch(() => {});
    },
  };
}

/** Removes what killed pulls of this file left behind: their process is gone, and nothing was written for an hour. */
export async function removeStaleParts(target: string, nowMs: number): Promise<void> {
  const dir = path.dirname(target);
  for (const name of await readdir(dir)) {
    const [, pid] = /^(\d+)-[0-9a-f]{8}\.(?:part|scratch)$/.exec(name.slice(path.basename(target).length + 1)) ?? [];
    if (!name.startsWith(`${path.basename(target)}.`) || pid === undefined || isAlive(Number(pid))) continue;
    const stats = await stat(path.join(dir, name)).catch(() => null);
    if (stats !== null && nowMs - stats.mtimeMs > 3_600_000)
      await rm(path.join(dir, name), { recursive: true, force: true });
  }
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
