import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { CatalogueEntry } from './catalogue.ts';
import { estimateMemoryBytes } from './memory.ts';

/** A file of a repository on the hub, as `hf:USER/REPOSITORY/FILE.gguf` or `hf:USER/REPOSITORY/FILE.gguf#REVISION` names it. */
export interface HubFile {
  /** `USER/REPOSITORY`. */
  readonly repo: string;
  /** May hold directories. */
  readonly path: string;
  /** A branch, a tag or a commit; `main` when none is named. */
  readonly revision: string;
}

/** What the hub said of a file when it was fetched. It is kept beside the file, which is held against it ever after. */
export interface HubRecord extends HubFile {
  readonly commit: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export type ParsedHubUri =
  | { readonly ok: true; readonly file: HubFile }
  /** Completes the sentence "hf:… …". */
  | { readonly ok: false; readonly reason: string };

export const HUB_FORM = 'hf:USER/REPOSITORY/FILE.gguf, with #REVISION behind it if need be';

/** Reads an `hf:` URI. One file is named by it, and always the same place on the disk. */
export function parseHubUri(uri: string): ParsedHubUri {
  if (/^hf:[^/:#]+\/[^/:#]+:[^/]+$/.test(uri)) {
    return { ok: false, reason: 'names a quantisation, and which file that is changes at the hub: name the file' };
  }
  const [, repo, file, revision = 'main'] = /^hf:([^/#]+\/[^/#]+)\/([^#]+\.gguf)(?:#(.+))?$/.exec(uri) ?? [];
  if (repo === undefined || file === undefined || ![repo, file, revision].every(isSafePath)) {
    return { ok: false, reason: 'is not a file of the hub' };
  }
  if (/-\d{5}-of-\d{5}\.gguf$/.test(file)) {
    return { ok: false, reason: 'is one part of a model in several files, which gyre does not put together' };
  }
  return { ok: true, file: { repo, path: file, revision } };
}

/** The one way to write it: `main` is left out. */
export function formatHubUri({ repo, path: file, revision }: HubFile): string {
  return `hf:${repo}/${file}${revision === 'main' ? '' : `#${revision}`}`;
}

/** Where it is kept, relative to MODELS_DIR. Two repositories never share a place. */
export function hubFilePlace({ repo, path: file, revision }: HubFile): string {
  return path.join(HUB_DIR, `${repo}${revision === 'main' ? '' : `@${encodeURIComponent(revision)}`}`, file);
}

/** Makes a model of what the hub says: pinned to the hash, and to the commit as its only source. */
export function toEntry(record: HubRecord): CatalogueEntry {
  return {
    name: formatHubUri(record),
    file: hubFilePlace(record),
    bytes: record.bytes,
    sha256: record.sha256,
    licence: 'see the hub',
    parameters: '?',
    contextTokens: 0,
    // What its header says of keys and values is not known yet: it takes more than this.
    memoryBytes: estimateMemoryBytes({ layers: 0, keyValueHeads: 0, keyLength: 0, valueLength: 0 }, record.bytes, 0),
    sources: [{ kind: 'hf', repo: record.repo, file: record.path, revision: record.commit }],
  };
}

/** What was kept beside this file; null when there is nothing, or nothing that can be read. */
export async function readHubRecord(file: string): Promise<HubRecord | null> {
  const text = await readFile(recordFile(file), 'utf8').catch(() => '');
  const parsed = recordSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

/** Keeps what the hub said beside the file, in one step. */
export async function keepHubRecord(
  file: string,
  { repo, path: name, revision, commit, bytes, sha256 }: HubRecord,
): Promise<void> {
  const temporary = `${recordFile(file)}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(temporary, `${JSON.stringify({ repo, path: name, revision, commit, bytes, sha256 })}\n`);
    await rename(temporary, recordFile(file));
  } finally {
    await rm(temporary, { force: true });
  }
}

export async function dropHubRecord(file: string): Promise<void> {
  await rm(recordFile(file), { force: true });
}

/** Files from the hub below MODELS_DIR, relative to it, in order. */
export async function listHubFiles(modelsDir: string): Promise<readonly string[]> {
  const found = await readdir(path.join(modelsDir, HUB_DIR), { recursive: true }).catch(() => []);
  return found
    .filter((name) => name.endsWith('.gguf'))
    .map((name) => path.join(HUB_DIR, name))
    .toSorted();
}

/** The URI of a file at this place relative to MODELS_DIR; null when no pull would put one there. */
export function uriOfPlace(place: string): string | null {
  const [, repo, revision = 'main', file] = /^hf\/([^/@]+\/[^/@]+)(?:@([^/]+))?\/(.+\.gguf)$/.exec(place) ?? [];
  if (repo === undefined || file === undefined) return null;
  const uri = formatHubUri({ repo, path: file, revision: decode(revision) });
  return parseHubUri(uri).ok ? uri : null;
}

const HUB_DIR = 'hf';

const recordSchema = z.object({
  repo: z.string(),
  path: z.string(),
  revision: z.string(),
  commit: z.string(),
  bytes: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Each step a plain name: it becomes a place on the disk, and part of an address. */
function isSafePath(text: string): boolean {
  return text.split('/').every((step) => /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(step)) && !text.includes('..');
}

function recordFile(file: string): string {
  return `${file}.hub.json`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
