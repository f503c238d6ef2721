import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { nameOfAdapter } from '../services/model/adapter.ts';
import { CATALOGUE, findByFile } from '../services/model/catalogue.ts';
import { listHubFiles, readHubRecord, uriOfPlace } from '../services/model/hub-file.ts';
import { readModelFacts } from '../services/model/model-file.ts';
import { sizeOnDisk } from '../services/model/resolve-model.ts';
import { size } from '../terminal/style.ts';
import type { ModelFiles } from './model-files.ts';

/** One line of `gyre models list`. What the catalogue does not know of a file is null. */
export interface ModelRow {
  /** What can be given to `--model`. */
  readonly name: string;
  readonly alias: string | null;
  readonly file: string;
  readonly parameters: string | null;
  readonly bytes: number;
  readonly licence: string | null;
  readonly contextTokens: number | null;
  /** The adapter that comes with it and is used with it, by name. */
  readonly adapter: string | null;
  /** At a context of 8192 tokens, with its adapter. */
  readonly memoryBytes: number | null;
  readonly fits: boolean | null;
  /** `damaged`: the file has another size than the catalogue or the hub says. */
  readonly onDisk: 'yes' | 'no' | 'damaged';
}

/** Prints the catalogue, and below it what else lies in MODELS_DIR. Answers 0. */
export async function listModels(files: ModelFiles): Promise<number> {
  const rows = [...(await readCatalogueRows(files)), ...(await readOtherRows(files))];
  if (files.isJson) {
    files.out.write(`${JSON.stringify(rows)}\n`);
    return 0;
  }
  const aliases = rows.flatMap(({ alias, name }) => (alias === null ? [] : [`${alias} is ${name}`]));
  const nicknames = aliases.length === 0 ? '' : `For short, ${aliases.join(', ')}.\n`;
  const adapters = rows.flatMap(({ adapter, name }) => (adapter === null ? [] : [`${name} with ${adapter}`]));
  const adapted = adapters.length === 0 ? '' : `Used with an adapter that comes with gyre: ${adapters.join(', ')}.\n`;
  files.out.write(
    `${table(rows, files.out.isTTY ? files.out.columns : Number.POSITIVE_INFINITY)}\n` +
      `${nicknames}${adapted}Models are kept in ${files.modelsDir}.\n` +
      `Memory is what 8192 tokens of context take; ${size(files.availableMemoryBytes)} is available.\n`,
  );
  return 0;
}

async function readCatalogueRows(files: ModelFiles): Promise<readonly ModelRow[]> {
  const rows: ModelRow[] = [];
  for (const entry of files.catalogue ?? CATALOGUE) {
    const { name, alias = null, parameters, bytes, licence, contextTokens } = entry;
    const adapter = entry.adapter === undefined ? null : nameOfAdapter(entry.adapter);
    const memoryBytes = entry.memoryBytes + (entry.adapter?.bytes ?? 0);
    const file = path.join(files.modelsDir, entry.file);
    const found = await sizeOnDisk(file);
    const onDisk = found === null ? 'no' : found === bytes ? 'yes' : 'damaged';
    const fits = memoryBytes <= files.availableMemoryBytes;
    rows.push({ name, alias, file, parameters, bytes, licence, contextTokens, adapter, memoryBytes, fits, onDisk });
  }
  return rows;
}

/** Files of the person's own, and files of the hub. What they say of themselves stands in their headers. */
async function readOtherRows(files: ModelFiles): Promise<readonly ModelRow[]> {
  const own = (await readdir(files.modelsDir).catch(() => []))
    .filter((name) => name.endsWith('.gguf') && findByFile(files.catalogue ?? CATALOGUE, name) === undefined)
    .toSorted();
  const rows: ModelRow[] = [];
  for (const place of [...own, ...(await listHubFiles(files.modelsDir))]) {
    const file = path.join(files.modelsDir, place);
    const bytes = await sizeOnDisk(file);
    if (bytes === null) continue;
    const facts = await readModelFacts(file);
    const expected = (await readHubRecord(file))?.bytes ?? bytes;
    rows.push({
      name: uriOfPlace(place) ?? place,
      alias: null,
      file,
      parameters: facts?.parameters ?? null,
      bytes,
      licence: facts?.licence ?? null,
      contextTokens: facts?.contextTokens ?? null,
      adapter: null,
      memoryBytes: facts?.memoryBytes ?? null,
      fits: facts === null ? null : facts.memoryBytes <= files.availableMemoryBytes,
      onDisk: bytes === expected ? 'yes' : 'damaged',
    });
  }
  return rows;
}

/** A name that would make its line too long has a line of its own. */
function table(rows: readonly ModelRow[], columns: number): string {
  const all = [
    ['name', 'params', 'size', 'licence', 'context', 'memory', 'fits', 'here'],
    ...rows.map((row) => [
      shown(row.name),
      row.parameters ?? '',
      size(row.bytes),
      row.licence ?? '',
      row.contextTokens === null ? '' : String(row.contextTokens),
      row.memoryBytes === null ? '' : size(row.memoryBytes),
      row.fits === null ? '' : row.fits ? 'yes' : 'no',
      row.onDisk,
    ]),
  ];
  const [, ...factWidths] = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const room = columns - factWidths.reduce((sum, width) => sum + width + 2, 0);
  const nameWidth = Math.max(4, ...all.map(([name = '']) => name.length).filter((length) => length <= room));
  const lines = all.flatMap(([name = '', ...facts]) => {
    const shownFacts = facts.map((cell, column) => `  ${cell.padEnd(factWidths[column] ?? 0)}`).join('');
    return name.length <= nameWidth
      ? [`${name.padEnd(nameWidth)}${shownFacts}`]
      : [name, `${' '.repeat(nameWidth)}${shownFacts}`];
  });
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** A file's name may hold what steers a terminal. */
function shown(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name : JSON.stringify(name);
}
