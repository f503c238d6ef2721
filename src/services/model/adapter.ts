import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentError } from '../../errors.ts';
import { type Adapter, findAdapterProblem, OTHER_ADAPTER } from './adapter-file.ts';
import type { CatalogueEntry, ShippedAdapter } from './catalogue.ts';
import { hashFile } from './hash-file.ts';
import { readModelFile } from './model-file.ts';
import { verifyFile } from './verify-file.ts';

export interface FindAdapterOptions {
  /** A file, absolute, or `none`; null: the one that comes with the model, where one does. */
  readonly adapter: string | null;
  readonly model: { readonly name: string; readonly file: string; readonly pinned?: CatalogueEntry };
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

/**
 * The adapter that a model is used with; null: none. One that comes with gyre must be the pinned file, byte for byte;
 * one of the person's own must be made for the model's architecture.
 * @throws AgentError `model-unavailable` with what was expected and found; the signal's reason when aborted
 */
export async function findAdapter(options: FindAdapterOptions): Promise<Adapter | null> {
  if (options.adapter === 'none') return null;
  if (options.adapter !== null) return readOwn(options.adapter, options);
  const shipped = options.model.pinned?.adapter;
  return shipped === undefined ? null : verifyShipped(shipped, options);
}

/** An adapter's name, in records and for people. */
export function nameOfAdapter({ file }: Pick<Adapter, 'file'>): string {
  return path.basename(file);
}

async function verifyShipped(shipped: ShippedAdapter, { stateDir, signal }: FindAdapterOptions): Promise<Adapter> {
  const { bytes, sha256 } = shipped;
  const file = path.resolve(fileURLToPath(new URL('../../..', import.meta.url)), shipped.file);
  const cure = 'It comes with gyre: install gyre anew, or run without it: --adapter none.';
  await verifyFile({ file, what: 'adapter', cure, pinned: shipped, stateDir, onProgress: () => {}, signal });
  return { name: nameOfAdapter(shipped), file, bytes, sha256 };
}

async function readOwn(file: string, { model, stateDir, signal }: FindAdapterOptions): Promise<Adapter> {
  await verifyFile({ file, what: 'adapter', cure: OTHER_ADAPTER, stateDir, onProgress: () => {}, signal });
  const { architecture } = await readModelFile(model);
  const problem = await findAdapterProblem(file, { name: model.name, architecture });
  if (problem !== null) {
    throw new AgentError('model-unavailable', `${file} is not a usable adapter: ${problem}.`, { hint: OTHER_ADAPTER });
  }
  const { size } = await stat(file);
  return { name: nameOfAdapter({ file }), file, bytes: size, sha256: await hashFile(file) };
}
