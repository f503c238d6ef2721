import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateDirectory, syncDirectory } from './directories.ts';
import type { JournalRecord } from './format.ts';

/** A longer output stands beside the journal, in a file that is named by its hash: several records name it, one keeps it. */
export const MAX_INLINE_BYTES = 4 * 1024;

/** What stands in a record in place of such an output: the SHA-256 of its UTF-8 bytes, in hex, and their number. */
export interface OutputReference {
  readonly sha256: string;
  readonly bytes: number;
}

/** How a reference becomes the text of an output. */
export type ReadOutput = (reference: OutputReference) => string;

export function outputFile(journal: string, sha256: string): string {
  return join(dirname(journal), 'outputs', sha256);
}

/** A record as its line, and the outputs that do not stand in it, by their hash. */
export function detachOutputs(record: JournalRecord): { line: string; outputs: ReadonlyMap<string, Buffer> } {
  const outputs = new Map<string, Buffer>();
  const line = JSON.stringify(record, (key, value: unknown) => {
    // A UTF-16 unit takes at most three bytes.
    if (!isOutput(key) || typeof value !== 'string' || value.length * 3 <= MAX_INLINE_BYTES) return value;
    const content = Buffer.from(value);
    if (content.length <= MAX_INLINE_BYTES) return value;
    const sha256 = hashOf(content);
    outputs.set(sha256, content);
    return { sha256, bytes: content.length } satisfies OutputReference;
  });
  return { line, outputs };
}

/** Puts an output beside a journal, unless it is there. It is on the disk when this settles, whole or not at all. */
export async function keepOutput(journal: string, sha256: string, content: Buffer): Promise<void> {
  const file = outputFile(journal, sha256);
  const there = await stat(file).catch(() => null);
  if (there?.size === content.length) return;
  await makePrivateDirectory(dirname(file));
  const temporary = `${file}.new`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(content);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(file));
}

/** Parses a line, with each reference replaced by what `readOutput` makes of it. Null when it is no JSON. */
export function attachOutputs(line: string, readOutput: ReadOutput): unknown {
  try {
    // A reviver makes parsing several times slower, and hardly a line needs one.
    if (!line.includes('"sha256"')) return JSON.parse(line);
    return JSON.parse(line, (key, value: unknown) => (isOutput(key) && isReference(value) ? readOutput(value) : value));
  } catch {
    return null;
  }
}

/** Reads the outputs beside a journal. One that is missing, or is not what it was, is named in its own place. */
export function createOutputReader(journal: string): ReadOutput {
  let newest: { sha256: string; text: string } | null = null;
  return ({ sha256, bytes }) => {
    if (newest?.sha256 === sha256) return newest.text;
    const file = outputFile(journal, sha256);
    let content: Buffer;
    try {
      content = readFileSync(file);
    } catch (error) {
      return `[${bytes} bytes of output that cannot be read: ${error instanceof Error ? error.message : error}]`;
    }
    if (hashOf(content) !== sha256) return `[${bytes} bytes of output that are not what they were: ${file}]`;
    newest = { sha256, text: content.toString('utf8') };
    return newest.text;
  };
}

/** Says how long an output is, and reads nothing. */
export function nameOutput({ bytes }: OutputReference): string {
  return `[${bytes} bytes of output]`;
}

function isOutput(key: string): boolean {
  return key === 'stdout' || key === 'stderr';
}

function isReference(value: unknown): value is OutputReference {
  if (typeof value !== 'object' || value === null || !('sha256' in value) || !('bytes' in value)) return false;
  return typeof value.sha256 === 'string' && /^[0-9a-f]{64}$/.test(value.sha256) && Number.isInteger(value.bytes);
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
