import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * What was true of a file when its hash was found right. As long as all of it still is, the file is not read again:
 * hashing the starter takes seconds at every start. The change time catches what a restored modification time hides.
 */
export interface VerificationStamp {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: string;
  readonly inode: string;
  readonly modifiedNs: string;
  readonly changedNs: string;
}

export function makeStamp(file: string, sha256: string, stats: BigIntStats): VerificationStamp {
  return {
    file,
    sha256,
    bytes: String(stats.size),
    inode: String(stats.ino),
    modifiedNs: String(stats.mtimeNs),
    changedNs: String(stats.ctimeNs),
  };
}

/** True when the state directory holds exactly this stamp. */
export async function isStamped(stateDir: string, stamp: VerificationStamp): Promise<boolean> {
  const kept = await readFile(stampFile(stateDir, stamp.file), 'utf8').catch(() => '');
  return kept === serialise(stamp);
}

/** Keeps a stamp. A state directory that cannot be written costs time at the next start, and no more: no error. */
export async function keepStamp(stateDir: string, stamp: VerificationStamp): Promise<void> {
  const target = stampFile(stateDir, stamp.file);
  const temporary = `${target}.${process.pid}`;
  try {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(temporary, serialise(stamp), { mode: 0o600 });
    await rename(temporary, target);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** The next verification reads the whole file again. */
export async function dropStamp(stateDir: string, file: string): Promise<void> {
  await rm(stampFile(stateDir, file), { force: true });
}

function stampFile(stateDir: string, file: string): string {
  const key = createHash('sha256').update(file).digest('hex').slice(0, 16);
  return path.join(stateDir, 'verified-models', `${key}.json`);
}

function serialise(stamp: VerificationStamp): string {
  return `${JSON.stringify(stamp)}\n`;
}
