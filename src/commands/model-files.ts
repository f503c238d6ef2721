import { rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../errors.ts';
import {
  CATALOGUE,
  type CatalogueEntry,
  findByFile,
  findByHubFile,
  findByName,
  typedName,
} from '../services/model/catalogue.ts';
import {
  dropHubRecord,
  formatHubUri,
  HUB_FORM,
  type HubFile,
  type HubRecord,
  hubFilePlace,
  keepHubRecord,
  parseHubUri,
  readHubRecord,
  toEntry,
} from '../services/model/hub-file.ts';
import { readModelFile } from '../services/model/model-file.ts';
import { hubName, pullModel } from '../services/model/pull-model.ts';
import { sizeOnDisk } from '../services/model/resolve-model.ts';
import { describeHubFile } from '../services/model/sources/hub.ts';
import type { HubPatience } from '../services/model/sources/hub-request.ts';
import { removeLeftParts } from '../services/model/sources/part-file.ts';
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
  /** Told to the hub alone, and nowhere written. */
  readonly hfToken: string | null;
  readonly availableMemoryBytes: number;
  /** For data. */
  readonly out: Sink;
  /** For people. */
  readonly err: Sink;
  readonly isJson: boolean;
  readonly signal: AbortSignal;
  readonly catalogue?: readonly CatalogueEntry[];
  readonly patience?: HubPatience;
}

/**
 * Fetches a model of the catalogue or a file of the hub, unless it is there and found right; a damaged file is replaced,
 * and one that has changed at the hub too. Answers 0.
 * @throws AgentError `usage` for an unknown name, `model-unavailable` when it cannot be fetched
 */
export async function pullModelCommand(name: string, files: ModelFiles): Promise<number> {
  const progress = createProgressLine({ out: files.err, unit: 'bytes', now: () => performance.now() });
  try {
    const wanted = await findWanted(name, files, (notice) => progress.note(notice));
    const { entry } = wanted;
    const file = path.join(files.modelsDir, entry.file);
    warnOfMemory(entry, files, progress);
    if (await isThere(file, entry, files, progress)) {
      if (wanted.record !== null) await keepHubRecord(file, wanted.record);
      progress.end();
      tell(files, { name: entry.name, file, source: null }, `${entry.name} is there and verified: ${file}`);
      return 0;
    }
    progress.note(`Fetching ${entry.name} (${size(entry.bytes)}, ${entry.licence}) into ${files.modelsDir}`);
    const pulled = await pullModel({
      entry,
      modelsDir: files.modelsDir,
      hfEndpoint: files.hfEndpoint,
      hfToken: files.hfToken,
      onProgress: ({ doneBytes, totalBytes, source }) =>
        progress.update({ label: source, done: doneBytes, total: totalBytes }),
      onNotice: (notice) => progress.note(notice),
      signal: files.signal,
      ...(files.patience === undefined ? {} : { patience: files.patience }),
    });
    if (wanted.record !== null) await keepHubRecord(file, wanted.record);
    await verify(file, entry, files, progress);
    if (wanted.record !== null) await warnOfFormat(file, entry, progress);
    progress.end();
    tell(files, { name: entry.name, ...pulled }, `${entry.name} is ready (from ${pulled.source}, verified): ${file}`);
    return 0;
  } catch (thrown) {
    progress.end();
    throw thrown;
  }
}

/**
 * Deletes the file of a model of the catalogue or of the hub. Answers 0, also when there is none: then nothing changes.
 * @throws AgentError `usage` for an unknown name: files of the person's own are not ours to delete
 */
export async function removeModel(name: string, files: ModelFiles): Promise<number> {
  const { name: fullName, place } = findPlace(name, files);
  const file = path.join(files.modelsDir, place);
  const bytes = await sizeOnDisk(file);
  await rm(file, { force: true }).catch((cause: Error) => {
    throw new AgentError('model-unavailable', `${file} cannot be removed: ${cause.message}.`, {
      hint: 'Give yourself the right to write in its directory, and try again.',
      cause,
    });
  });
  await dropStamp(files.stateDir, file);
  await removeLeftParts(file);
  if (name.startsWith('hf:')) {
    await dropHubRecord(file);
    await removeEmptyDirectories(path.dirname(file), files.modelsDir);
  }
  const sentence =
    bytes === null ? `${fullName} is not there: there is no file ${file}` : `Removed ${file} (${size(bytes)})`;
  tell(files, { name: fullName, file, removed: bytes !== null }, sentence);
  return 0;
}

interface Wanted {
  readonly entry: CatalogueEntry;
  /** What the hub says of a file that the catalogue does not have. */
  readonly record: HubRecord | null;
}

async function findWanted(name: string, files: ModelFiles, onNotice: (notice: string) => void): Promise<Wanted> {
  if (!name.startsWith('hf:')) return { entry: expectEntry(name, files), record: null };
  const hubFile = expectHubFile(name);
  const entry = findByHubFile(files.catalogue ?? CATALOGUE, hubFile);
  if (entry !== undefined) return { entry, record: null };
  const { hfEndpoint, hfToken, signal } = files;
  try {
    const record = await describeHubFile(hubFile, hfEndpoint, { token: hfToken, patience: files.patience }, signal);
    return { entry: toEntry(record), record };
  } catch (thrown) {
    signal.throwIfAborted();
    const problem = `${hubName(hfEndpoint)}: ${thrown instanceof Error ? thrown.message : String(thrown)}.`;
    const known = await readHubRecord(path.join(files.modelsDir, hubFilePlace(hubFile)));
    if (known === null) {
      throw new AgentError('model-unavailable', `${formatHubUri(hubFile)} could not be fetched. ${problem}`, {
        hint: 'Look at its name at the hub, or name a mirror with HF_ENDPOINT. "gyre models list" shows what has other sources.',
        cause: thrown,
      });
    }
    onNotice(`${problem} It is held against what the hub said when it was fetched.`);
    return { entry: toEntry(known), record: known };
  }
}

function findPlace(name: string, files: ModelFiles): { readonly name: string; readonly place: string } {
  const hubFile = name.startsWith('hf:') ? expectHubFile(name) : null;
  const entry = hubFile === null ? expectEntry(name, files) : findByHubFile(files.catalogue ?? CATALOGUE, hubFile);
  if (entry !== undefined) return { name: entry.name, place: entry.file };
  const file = expectHubFile(name);
  return { name: formatHubUri(file), place: hubFilePlace(file) };
}

function expectHubFile(uri: string): HubFile {
  const parsed = parseHubUri(uri);
  if (parsed.ok) return parsed.file;
  throw new AgentError('usage', `${JSON.stringify(uri)} ${parsed.reason}.`, { hint: `Type it as ${HUB_FORM}.` });
}

function expectEntry(name: string, files: ModelFiles): CatalogueEntry {
  const catalogue = files.catalogue ?? CATALOGUE;
  const entry = findByName(catalogue, name) ?? findByFile(catalogue, name);
  if (entry !== undefined) return entry;
  throw new AgentError('usage', `No model ${JSON.stringify(name)} in the catalogue.`, {
    hint: `Name one of ${catalogue.map(typedName).join(', ')}, or a file of the hub: hf:USER/REPOSITORY/FILE.gguf.`,
  });
}

/** It may be meant for another machine, or for a quieter hour: it is fetched all the same. */
function warnOfMemory({ name, memoryBytes }: CatalogueEntry, files: ModelFiles, progress: Progress): void {
  if (memoryBytes <= files.availableMemoryBytes) return;
  progress.note(
    `${name} needs about ${size(memoryBytes)} of memory, and ${size(files.availableMemoryBytes)} is available here: it will be refused when it is run.`,
  );
}

/** A model that is not understood is told now, and not only when it is run. */
async function warnOfFormat(file: string, { name }: CatalogueEntry, progress: Progress): Promise<void> {
  await readModelFile({ file, name }).catch((thrown: Error) => {
    progress.note(`It will be refused when it is run. ${thrown.message}`);
  });
}

async function removeEmptyDirectories(dir: string, modelsDir: string): Promise<void> {
  for (let at = dir; at !== modelsDir && at.startsWith(`${modelsDir}${path.sep}`); at = path.dirname(at)) {
    const isRemoved = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isRemoved) return;
  }
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
