import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../../errors.ts';
import {
  CATALOGUE,
  type CatalogueEntry,
  DEFAULT_MODEL_FILE,
  findByFile,
  findByHubFile,
  findByName,
  formatBytes,
  typedName,
} from './catalogue.ts';
import {
  formatHubUri,
  HUB_FORM,
  type HubRecord,
  hubFilePlace,
  parseHubUri,
  readHubRecord,
  toEntry,
} from './hub-file.ts';

/** Which file a run thinks with. Files are absolute. */
export type ResolvedModel =
  | { readonly kind: 'script'; readonly file: string }
  | {
      readonly kind: 'gguf';
      /** A catalogue name, else the file's name. */
      readonly name: string;
      readonly file: string;
      readonly bytes: number;
      /** The checksum that the file must have; absent for a file of the person's own. */
      readonly pinned?: CatalogueEntry;
    };

/** Bytes of a regular file, links followed; null when there is none. */
export type SizeOf = (file: string) => Promise<number | null>;

export interface ResolveOptions {
  /** What the person named, or null. */
  readonly model: string | null;
  readonly modelsDir: string;
  /** Relative paths start here. */
  readonly cwd: string;
  readonly availableMemoryBytes: number;
  readonly sizeOf?: SizeOf;
  readonly catalogue?: readonly CatalogueEntry[];
  /** What the hub said of a file when it was fetched. */
  readonly recordOf?: (file: string) => Promise<HubRecord | null>;
}

/**
 * Finds the model's file. A model that the person named never falls back to another one.
 * It does not look inside the file: see `verifyModel`. Without a name, the memory guides the choice; whether the model
 * fits with the run's own settings is for the worker to say.
 * @throws AgentError `model-unavailable` when it is missing, with the command that fetches it
 */
export async function resolveModel(options: ResolveOptions): Promise<ResolvedModel> {
  const script = scriptFile(options.model, options.cwd);
  if (script !== null) return { kind: 'script', file: script };
  const found = options.model === null ? await chooseModel(options) : await findNamed(options.model, options);
  return { kind: 'gguf', ...found };
}

/** The absolute file behind `script:FILE`; null for any other model. */
export function scriptFile(model: string | null, cwd: string): string | null {
  return model?.startsWith('script:') ? path.resolve(cwd, model.slice('script:'.length)) : null;
}

/**
 * Says in one sentence why `script:FILE` cannot be used; null when it can, or when the model is no script.
 * A missing script is a bad setting: it is known before anything is started.
 */
export async function findScriptProblem(options: {
  readonly model: string | null;
  readonly cwd: string;
  readonly sizeOf?: SizeOf;
}): Promise<string | null> {
  const file = scriptFile(options.model, options.cwd);
  if (file === null) return null;
  return (await (options.sizeOf ?? sizeOnDisk)(file)) === null ? `there is no script file ${file}` : null;
}

/** `SizeOf` on the real disk. A file that cannot be looked at counts as missing. */
export async function sizeOnDisk(file: string): Promise<number | null> {
  const stats = await stat(file).catch(() => null);
  return stats?.isFile() ? stats.size : null;
}

/** True when MODELS_DIR holds a file that a run without a named model would take. */
export async function hasCatalogueModel(modelsDir: string): Promise<boolean> {
  const sizes = await Promise.all(CATALOGUE.map((entry) => sizeOnDisk(path.join(modelsDir, entry.file))));
  return sizes.some((bytes) => bytes !== null);
}

/** The model we would have a person fetch: the starter, unless the memory asks for a smaller one. */
export function suggestModel(catalogue: readonly CatalogueEntry[], availableMemoryBytes: number): CatalogueEntry {
  const starter = findByName(catalogue, 'starter');
  if (starter !== undefined && starter.memoryBytes <= availableMemoryBytes) return starter;
  const bySize = catalogue.toSorted((a, b) => b.bytes - a.bytes);
  const suggested = bySize.find((entry) => entry.memoryBytes <= availableMemoryBytes) ?? bySize.at(-1);
  if (suggested === undefined) throw new AgentError('internal', 'The catalogue of models is empty.');
  return suggested;
}

interface FoundFile {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly pinned?: CatalogueEntry;
}

interface PinnedFile extends FoundFile {
  readonly pinned: CatalogueEntry;
}

async function chooseModel(options: ResolveOptions): Promise<FoundFile> {
  const present: PinnedFile[] = [];
  for (const entry of options.catalogue ?? CATALOGUE) {
    const file = path.join(options.modelsDir, entry.file);
    const bytes = await (options.sizeOf ?? sizeOnDisk)(file);
    if (bytes !== null) present.push({ name: entry.name, file, bytes, pinned: entry });
  }
  const bySize = present.toSorted((a, b) => b.pinned.bytes - a.pinned.bytes);
  const chosen =
    present.find((found) => found.pinned.file === DEFAULT_MODEL_FILE) ??
    bySize.find((found) => found.pinned.memoryBytes <= options.availableMemoryBytes) ??
    bySize.at(-1);
  if (chosen !== undefined) return chosen;
  throw new AgentError('model-unavailable', `No model in ${options.modelsDir}.`, {
    hint: `Run ${pullCommand(suggestion(options))}, or name a .gguf file with --model.`,
  });
}

async function findNamed(model: string, options: ResolveOptions): Promise<FoundFile> {
  const catalogue = options.catalogue ?? CATALOGUE;
  if (model.startsWith('hf:')) return await findHubFile(model, options);
  const entry = findByName(catalogue, model);
  if (entry !== undefined) return await expectPinned(entry, options);
  if (model.includes('/')) return await expectFile(path.resolve(options.cwd, model), options);
  return await expectFile(path.join(options.modelsDir, model), options);
}

async function findHubFile(uri: string, options: ResolveOptions): Promise<FoundFile> {
  const parsed = parseHubUri(uri);
  if (!parsed.ok) {
    throw new AgentError('model-unavailable', `${JSON.stringify(uri)} ${parsed.reason}.`, {
      hint: `Type it as ${HUB_FORM}.`,
    });
  }
  const entry = findByHubFile(options.catalogue ?? CATALOGUE, parsed.file);
  if (entry !== undefined) return await expectPinned(entry, options);
  const name = formatHubUri(parsed.file);
  const file = path.join(options.modelsDir, hubFilePlace(parsed.file));
  const bytes = await (options.sizeOf ?? sizeOnDisk)(file);
  if (bytes === null) {
    throw new AgentError('model-unavailable', `${name} is not on disk: there is no file ${file}.`, {
      hint: `Run "gyre models pull ${name}".`,
    });
  }
  const record = await (options.recordOf ?? readHubRecord)(file);
  // Put there by hand, it is a file of the person's own.
  return record === null ? { name, file, bytes } : { name, file, bytes, pinned: toEntry(record) };
}

async function expectPinned(entry: CatalogueEntry, options: ResolveOptions): Promise<FoundFile> {
  const file = path.join(options.modelsDir, entry.file);
  const bytes = await (options.sizeOf ?? sizeOnDisk)(file);
  if (bytes !== null) return { name: entry.name, file, bytes, pinned: entry };
  throw new AgentError('model-unavailable', `${entry.name} is not on disk: there is no file ${file}.`, {
    hint: `Run ${pullCommand(entry)}.`,
  });
}

async function expectFile(file: string, options: ResolveOptions): Promise<FoundFile> {
  // A path into MODELS_DIR is the catalogue's file too. Elsewhere an equal name promises nothing.
  const isKept = path.dirname(file) === path.resolve(options.modelsDir);
  const entry = isKept ? findByFile(options.catalogue ?? CATALOGUE, path.basename(file)) : undefined;
  if (entry !== undefined) return await expectPinned(entry, options);
  const bytes = await (options.sizeOf ?? sizeOnDisk)(file);
  if (bytes !== null) return { name: path.basename(file), file, bytes };
  const names = (options.catalogue ?? CATALOGUE).map(typedName).join(', ');
  throw new AgentError(
    'model-unavailable',
    `No model ${JSON.stringify(options.model)}: there is no file ${shown(file)}.`,
    {
      hint: `Name a .gguf file, or one of ${names}, and fetch it with "gyre models pull NAME".`,
    },
  );
}

function suggestion(options: ResolveOptions): CatalogueEntry {
  return suggestModel(options.catalogue ?? CATALOGUE, options.availableMemoryBytes);
}

/** A name may hold what steers a terminal. */
function shown(file: string): string {
  return /^[\x20-\x7e]*$/.test(file) ? file : JSON.stringify(file);
}

function pullCommand(entry: CatalogueEntry): string {
  return `"gyre models pull ${typedName(entry)}" (${formatBytes(entry.bytes)})`;
}
