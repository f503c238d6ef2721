import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AgentError } from '../../errors.ts';
import { type CatalogueEntry, typedName } from './catalogue.ts';
import { findHeaderProblem, HEADER_BYTES } from './gguf-header.ts';
import { dropStamp, isStamped, keepStamp, makeStamp } from './verification-stamp.ts';

export interface VerifyOptions {
  /** Absolute. */
  readonly file: string;
  /** The checksum to hold it against; without one only the header is looked at. */
  readonly pinned?: CatalogueEntry | undefined;
  /** Remembers what was found right, so that a file is hashed once and not at every start. */
  readonly stateDir: string;
  /** Called while the file is hashed, and not at all when a stamp spares that. */
  readonly onProgress: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes sure that a file is the model it should be: the GGUF header always, size and SHA-256 when it is pinned.
 * Never changes or removes the file.
 * @throws AgentError `model-unavailable` with what was expected and found; the signal's reason when aborted
 */
export async function verifyModel(options: VerifyOptions): Promise<void> {
  try {
    const handle = await open(options.file, 'r');
    await examine(handle, options).finally(() => handle.close());
  } catch (thrown) {
    options.signal.throwIfAborted();
    if (thrown instanceof AgentError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const hint = cure(options);
    throw new AgentError('model-unavailable', `${options.file} cannot be read: ${reason}.`, { hint, cause: thrown });
  }
}

/** Like `verifyModel`, and reads the whole file even when it was found right before. */
export async function verifyModelAnew(options: VerifyOptions): Promise<void> {
  await dropStamp(options.stateDir, options.file);
  await verifyModel(options);
}

async function examine(handle: FileHandle, options: VerifyOptions): Promise<void> {
  const { pinned, stateDir, file } = options;
  const before = await handle.stat({ bigint: true });
  if (!before.isFile()) throw unusable(options, 'it is not a file');
  if (pinned !== undefined && before.size !== BigInt(pinned.bytes)) {
    const found = Number(before.size).toLocaleString('en-US');
    throw unusable(options, `it has ${found} bytes, and ${pinned.bytes.toLocaleString('en-US')} were expected`);
  }
  const problem = findHeaderProblem(await readHead(handle));
  if (problem !== null) throw unusable(options, problem);
  if (pinned === undefined || (await isStamped(stateDir, makeStamp(file, pinned.sha256, before)))) return;

  const sha256 = await hashFile(handle, pinned.bytes, options);
  if (sha256 !== pinned.sha256) {
    throw unusable(options, `its SHA-256 is ${sha256}, and ${pinned.sha256} was expected`);
  }
  const stamp = makeStamp(file, sha256, before);
  const after = makeStamp(file, sha256, await handle.stat({ bigint: true }));
  if (JSON.stringify(stamp) === JSON.stringify(after)) await keepStamp(stateDir, stamp);
}

async function readHead(handle: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await handle.read(head, 0, HEADER_BYTES, 0);
  return head.subarray(0, bytesRead);
}

async function hashFile(handle: FileHandle, totalBytes: number, options: VerifyOptions): Promise<string> {
  const hash = createHash('sha256');
  let doneBytes = 0;
  for await (const chunk of handle.createReadStream({ start: 0, highWaterMark: 1 << 20, autoClose: false })) {
    options.signal.throwIfAborted();
    hash.update(chunk);
    doneBytes += chunk.length;
    options.onProgress({ doneBytes, totalBytes });
  }
  return hash.digest('hex');
}

function unusable(options: VerifyOptions, problem: string): AgentError {
  return new AgentError('model-unavailable', `${options.file} is not a usable model: ${problem}.`, {
    hint: cure(options),
  });
}

function cure(options: VerifyOptions): string {
  if (options.pinned === undefined) return 'Name another .gguf file with --model, or run "gyre models pull starter".';
  return `Run "gyre models pull ${typedName(options.pinned)}": it fetches the file anew and puts it in place of this one.`;
}
