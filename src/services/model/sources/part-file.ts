import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
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
  /** Leaves it for a later `resumePartFile`. Never throws. */
  release(): Promise<void>;
  /** Leaves nothing behind. Does nothing after `keepAs` or `release`; never throws. */
  discard(): Promise<void>;
}

/** Two pulls of one model write two files, and whichever is whole first gets the name: neither can spoil the other. */
export async function createPartFile(target: string, sha256: string): Promise<PartFile> {
  const file = partName(target, process.pid, sha256);
  return await usePartFile(target, sha256, file, await open(file, 'wx+', 0o644));
}

/**
 * Takes over the longest part that an ended pull of the same content left behind; null when there is none. What it holds
 * is hashed again.
 */
export async function resumePartFile(target: string, sha256: string): Promise<PartFile | null> {
  const parts = await listParts(target);
  const left = parts.filter(
    (part) => part.kind === 'part' && part.content === mark(sha256) && isLeft(part, Date.now(), 120_000),
  );
  for (const { file } of left.toSorted((a, b) => b.bytes - a.bytes)) {
    const own = partName(target, process.pid, sha256);
    // Of several pulls that want the same part, one can rename it.
    const isOurs = await rename(file, own).then(
      () => true,
      () => false,
    );
    if (isOurs) return await usePartFile(target, sha256, own, await open(own, 'r+'));
  }
  return null;
}

async function usePartFile(target: string, sha256: string, file: string, handle: FileHandle): Promise<PartFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  let head = Buffer.alloc(0);
  let isOver = false;
  const note = (chunk: Uint8Array): void => {
    hash.update(chunk);
    bytes += chunk.length;
    if (head.length < 8) head = Buffer.concat([head, chunk]).subarray(0, 8);
  };
  for await (const chunk of handle.createReadStream({ start: 0, highWaterMark: 1 << 20, autoClose: false }))
    note(chunk);
  return {
    file,
    get bytes() {
      return bytes;
    },
    get head() {
      return head;
    },
    async write(chunk) {
      let written = 0;
      while (written < chunk.length) {
        written += (await handle.write(chunk, written, chunk.length - written, bytes + written)).bytesWritten;
      }
      note(chunk);
    },
    digest: () => hash.digest('hex'),
    async keepAs(name) {
      await handle.chmod(0o644);
      await handle.sync();
      await handle.close();
      await rename(file, name);
      isOver = true;
      await syncDirectory(path.dirname(name));
    },
    async release() {
      isOver = true;
      await handle.close().catch(() => {});
      await rename(file, partName(target, NOBODY, sha256)).catch(() => {});
    },
    async discard() {
      if (isOver) return;
      isOver = true;
      await handle.close().catch(() => {});
      await rm(file, { force: true }).catch(() => {});
    },
  };
}

/**
 * Removes what ended pulls of this file left behind: their process is gone, and nothing was written for an hour. Parts of
 * this content are spared, because they can be taken over.
 */
export async function removeStaleParts(target: string, nowMs: number, sha256: string): Promise<void> {
  for (const part of await listParts(target)) {
    const isOfUse = part.kind === 'part' && part.content === mark(sha256);
    if (!isOfUse && isLeft(part, nowMs, 3_600_000)) await rm(part.file, { recursive: true, force: true });
  }
}

/** Removes all parts of this file that nobody is writing: it is there, or not wanted any more. */
export async function removeLeftParts(target: string): Promise<void> {
  for (const part of await listParts(target)) {
    if (isLeft(part, Date.now(), 3_600_000)) await rm(part.file, { recursive: true, force: true });
  }
}

/** In the place of a process: whoever wants the part may have it. */
const NOBODY = 0;

interface LeftPart {
  readonly file: string;
  readonly kind: string;
  readonly pid: number;
  /** The beginning of the hash of what it is to become. */
  readonly content: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** A process that is not here may be alive in another container with the same directory: then it still writes. */
function isLeft({ pid, modifiedMs }: LeftPart, nowMs: number, silentMs: number): boolean {
  return pid === NOBODY || (!isAlive(pid) && nowMs - modifiedMs > silentMs);
}

function partName(target: string, pid: number, sha256: string): string {
  return `${target}.${pid}-${mark(sha256)}${randomBytes(4).toString('hex')}.part`;
}

function mark(sha256: string): string {
  return sha256.slice(0, 8);
}

async function listParts(target: string): Promise<readonly LeftPart[]> {
  const dir = path.dirname(target);
  const prefix = `${path.basename(target)}.`;
  const parts: LeftPart[] = [];
  for (const name of await readdir(dir).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const [, pid, content, kind] =
      /^(\d+)-([0-9a-f]{8})[0-9a-f]{8}\.(part|scratch)$/.exec(name.slice(prefix.length)) ?? [];
    const stats = await stat(path.join(dir, name)).catch(() => null);
    if (pid === undefined || content === undefined || kind === undefined || stats === null) continue;
    parts.push({
      file: path.join(dir, name),
      kind,
      pid: Number(pid),
      content,
      bytes: stats.size,
      modifiedMs: stats.mtimeMs,
    });
  }
  return parts;
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
