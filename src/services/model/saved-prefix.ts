import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from './hash-file.ts';
import type { LoadOptions } from './worker-protocol.ts';

/** The part of the library's sequence that is needed here. */
export interface StateHolder {
  saveStateToFile(file: string): Promise<unknown>;
  loadStateFromFile(file: string, options: { acceptRisk: true }): Promise<void>;
}

/**
 * What a model has evaluated of a prompt's beginning, kept in files, so that the next start need not read it again.
 * The library loads such a file unchecked, and a wrong one can crash the process: hence a directory of our own with
 * mode 0700, a name that says what the file was made from, and the file's own SHA-256 in its name.
 */
export interface SavedPrefixes {
  /** True when the state is there, is whole, and has been loaded. Never rejects. */
  load(key: string, holder: StateHolder): Promise<boolean>;
  /** Saves what is evaluated now, and lets go of what has not been used for longest. Never rejects: a full disk costs time only. */
  save(key: string, holder: StateHolder): Promise<void>;
}

/** @param dir made when missing */
export function openSavedPrefixes(dir: string): SavedPrefixes {
  return {
    async load(key, holder) {
      const name = (await listNames(dir)).find((candidate) => candidate.startsWith(`${key}.`));
      if (name === undefined) return false;
      const file = join(dir, name);
      try {
        if (name !== nameOf(key, await hashFile(file))) throw new Error('It is damaged.');
        await holder.loadStateFromFile(file, { acceptRisk: true });
        const now = new Date();
        await utimes(file, now, now);
        return true;
      } catch {
        await rm(file, { force: true }).catch(() => {});
        return false;
      }
    },

    async save(key, holder) {
      const draft = join(dir, `draft-${process.pid}-${randomUUID()}`);
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        await chmod(dir, 0o700);
        await holder.saveStateToFile(draft);
        await chmod(draft, 0o600);
        await rename(draft, join(dir, nameOf(key, await hashFile(draft))));
        await dropOldest(dir);
      } catch {
        await rm(draft, { force: true }).catch(() => {});
      }
    },
  };
}

/** The name that a state is kept under: it differs as soon as one of the parts does. */
export function keyOf(parts: readonly (string | number)[], tokens: readonly number[]): string {
  return createHash('sha256')
    .update(JSON.stringify([parts, tokens]))
    .digest('hex')
    .slice(0, keyLength);
}

/** What a state depends on of the files that it was made with. */
export async function describeFiles({
  file,
  adapter,
}: Pick<LoadOptions, 'file' | 'adapter'>): Promise<readonly (string | number)[]> {
  const { size, mtimeMs, ctimeMs } = await stat(file);
  return [file, size, mtimeMs, ctimeMs, adapter?.sha256 ?? 'no adapter'];
}

/** Each takes tens of megabytes: about 30 KB per token for the starter, 140 for a 4B model. */
export const MAX_SAVED_PREFIXES = 4;

const keyLength = 32;

function nameOf(key: string, sha256: string): string {
  return `${key}.${sha256}.state`;
}

async function listNames(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch(() => []);
}

/** Drafts that a killed process left count like the rest. */
async function dropOldest(dir: string): Promise<void> {
  const files = await Promise.all(
    (await listNames(dir)).map(async (name) => ({
      name,
      usedMs: (await stat(join(dir, name)).catch(() => null))?.mtimeMs ?? 0,
    })),
  );
  const surplus = files.toSorted((a, b) => b.usedMs - a.usedMs).slice(MAX_SAVED_PREFIXES);
  for (const { name } of surplus) await rm(join(dir, name), { force: true });
}
