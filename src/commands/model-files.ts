import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../errors.ts';
import { CATALOGUE, type CatalogueEntry, findByFile, findByName, typedName } from '../services/model/catalogue.ts';
import { pullModel } from '../services/model/pull-model.ts';
import { sizeOnDisk } from '../services/model/resolve-model.ts';
import { dropStamp } from '../services/model/verification-stamp.ts';
import { verifyModelAnew } from '../services/model/verify-model.ts';
import { createProgressLine } from '../terminal/progress.ts';
import { size } from '../terminal/style.ts';
import type { Sink } from './command.ts';

/** What the commands about model files work with. */
export interface ModelFiles {
  readonly modelsDir: string;
  readonly stateDir: string;
  readonly hfEndpoint: string;
  readonly availableMemoryBytes: number;
  /** For data. */
  readonly out: Sink;
  /** For people. */
  readonly err: Sink;
  readonly isJson: boolean;
  readonly signal: AbortSignal;
  readonly catalogue?: readonly CatalogueEntry[];
}

/** One line of `gyre models list`. What the catalogue does not know of a file is null. */
export interface ModelRow {
  readonly name: string;
  readonly alias: string | null;
  readonly file: string;
  readonly parameters: string | null;
  readonly bytes: number;
  readonly licence: string | null;
  readonly contextTokens: number | null;
  /** At a context of 8192 tokens. */
  readonly memoryBytes: number | null;
  readonly fits: boolean | null;
  /** `damaged`: the file has another size than the catalogue says. */
  readonly onDisk: 'yes' | 'no' | 'damaged';
}

/** Prints the catalogue, and other .gguf files in MODELS_DIR below it. Answers 0. */
export async function listModels(files: ModelFiles): Promise<number> {
  const rows = await readRows(files);
  if (files.isJson) {
    files.out.write(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  files.out.write(table(rows));
  files.out.write(
    `\nModels are kept in ${files.modelsDir}. ${size(files.availableMemoryBytes)} of memory is available.\n`,
  );
  return 0;
}

/**
 * Fetches a model of the catalogue, unless it is there and found right; a damaged file is replaced. Answers 0.
 * @throws AgentError `usage` for an unknown name, `model-unavailable` when it cannot be fetched
 */
export async function pullModelCommand(name: string, files: ModelFiles): Promise<number> {
  const entry = expectEntry(name, files);
  const file = path.join(files.modelsDir, entry.file);
  const progress = createProgressLine({ out: files.err, unit: 'bytes', now: () => performance.now() });
  try {
    if (await isThere(file, entry, files, progress)) {
      progress.end();
      tell(files, { name: entry.name, file, source: null }, `${entry.name} is there and verified: ${file}`);
      return 0;
    }
    progress.note(`Fetching ${entry.name} (${size(entry.bytes)}, ${entry.licence}) into ${files.modelsDir}`);
    const pulled = await pullModel({
      entry,
      modelsDir: files.modelsDir,
      hfEndpoint: files.hfEndpoint,
      onProgress: ({ doneBytes, totalBytes, source }) =>
        progress.update({ label: source, done: doneBytes, total: totalBytes }),
      onNotice: (notice) => progress.note(notice),
      signal: files.signal,
    });
    await verify(file, entry, files, progress);
    progress.end();
    tell(files, { name: entry.name, ...pulled }, `${entry.name} is ready (from ${pulled.source}, verified): ${file}`);
    return 0;
  } catch (thrown) {
    progress.end();
    throw thrown;
  }
}

/**
 * Deletes the file of a model of the catalogue. Answers 0, also when there is none: then nothing changes.
 * @throws AgentError `usage` for an unknown name: files of the person's own are not ours to delete
 */
export async function removeModel(name: string, files: ModelFiles): Promise<number> {
  const entry = expectEntry(name, files);
  const file = path.join(files.modelsDir, entry.file);
  const bytes = await sizeOnDisk(file);
  await rm(file, { force: true }).catch((cause: Error) => {
    throw new AgentError('model-unavailable', `${file} cannot be removed: ${cause.message}.`, {
      hint: 'Give yourself the right to write in its directory, and try again.',
      cause,
    });
  });
  await dropStamp(files.stateDir, file);
  const sentence =
    bytes === null ? `${entry.name} is not there: there is no file ${file}` : `Removed ${file} (${size(bytes)})`;
  tell(files, { name: entry.name, file, removed: bytes !== null }, sentence);
  return 0;
}

async function readRows(files: ModelFiles): Promise<readonly ModelRow[]> {
  const catalogue = files.catalogue ?? CATALOGUE;
  const rows: ModelRow[] = [];
  for (const entry of catalogue) {
    const { name, alias = null, parameters, bytes, licence, contextTokens, memoryBytes } = entry;
    const file = path.join(files.modelsDir, entry.file);
    const found = await sizeOnDisk(file);
    const onDisk = found === null ? 'no' : found === bytes ? 'yes' : 'damaged';
    const fits = memoryBytes <= files.availableMemoryBytes;
    rows.push({ name, alias, file, parameters, bytes, licence, contextTokens, memoryBytes, fits, onDisk });
  }
  for (const name of (await readdir(files.modelsDir).catch(() => [])).toSorted()) {
    const file = path.join(files.modelsDir, name);
    const bytes = name.endsWith('.gguf') && findByFile(catalogue, name) === undefined ? await sizeOnDisk(file) : null;
    const unknown = {
      alias: null,
      parameters: null,
      licence: null,
      contextTokens: null,
      memoryBytes: null,
      fits: null,
    };
    if (bytes !== null) rows.push({ ...unknown, name, file, bytes, onDisk: 'yes' });
  }
  return rows;
}

function table(rows: readonly ModelRow[]): string {
  const cells = rows.map((row) => [
    row.alias === null ? row.name : `${row.name} (${row.alias})`,
    row.parameters ?? '',
    size(row.bytes),
    row.licence ?? '',
    row.contextTokens === null ? '' : String(row.contextTokens),
    row.memoryBytes === null ? '' : size(row.memoryBytes),
    row.fits === null ? '' : row.fits ? 'yes' : 'no',
    row.onDisk,
  ]);
  const all = [['name', 'parameters', 'size', 'licence', 'context', 'memory', 'fits', 'here'], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function expectEntry(name: string, files: ModelFiles): CatalogueEntry {
  const catalogue = files.catalogue ?? CATALOGUE;
  const entry = findByName(catalogue, name) ?? findByFile(catalogue, name);
  if (entry !== undefined) return entry;
  throw new AgentError('usage', `No model ${JSON.stringify(name)} in the catalogue.`, {
    hint: `Name one of ${catalogue.map(typedName).join(', ')}.`,
  });
}

type Progress = ReturnType<typeof createProgressLine>;

async function isThere(file: string, entry: CatalogueEntry, files: ModelFiles, progress: Progress): Promise<boolean> {
  if ((await sizeOnDisk(file)) === null) return false;
  try {
    await verify(file, entry, files, progress);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof AgentError)) throw thrown;
    progress.note(thrown.message);
    return false;
  }
}

/** Reads it from the disk once more, so that what is ready is what will be loaded, and the next run need not hash it. */
async function verify(file: string, entry: CatalogueEntry, files: ModelFiles, progress: Progress): Promise<void> {
  await verifyModelAnew({
    file,
    pinned: entry,
    stateDir: files.stateDir,
    onProgress: ({ doneBytes, totalBytes }) =>
      progress.update({ label: `verifying ${entry.name}`, done: doneBytes, total: totalBytes }),
    signal: files.signal,
  });
}

function tell({ isJson, out }: ModelFiles, data: object, sentence: string): void {
  out.write(isJson ? `${JSON.stringify(data)}\n` : `${sentence}\n`);
}
