import { type FileHandle, open } from 'node:fs/promises';
import { AgentError } from '../../errors.ts';
import { findHeaderProblem, HEADER_BYTES } from './gguf-header.ts';
import { hashChunkBytes, hashStream } from './hash-file.ts';
import { isStamped, keepStamp, makeStamp } from './verification-stamp.ts';

export interface VerifyFileOptions {
  /** Absolute. */
  readonly file: string;
  readonly what: 'model' | 'adapter';
  /** What to do when it is not right: the next thing to type. */
  readonly cure: string;
  /** What the file must be; without it only the header is looked at. */
  readonly pinned?: PinnedFile | undefined;
  /** Remembers what was found right, so that a file is hashed once and not at every start. */
  readonly stateDir: string;
  /** Called while the file is hashed, and not at all when a stamp spares that. */
  readonly onProgress: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
  readonly signal: AbortSignal;
}

export interface PinnedFile {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Makes sure that a file is what it should be: the GGUF header always, size and SHA-256 when it is pinned.
 * Never changes or removes the file.
 * @throws AgentError `model-unavailable` with what was expected and found; the signal's reason when aborted
 */
export async function verifyFile(options: VerifyFileOptions): Promise<void> {
  const { file, cure, signal } = options;
  try {
    const handle = await open(file, 'r');
    await examine(handle, options).finally(() => handle.close());
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AgentError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AgentError('model-unavailable', `${file} cannot be read: ${reason}.`, { hint: cure, cause: thrown });
  }
}

async function examine(handle: FileHandle, options: VerifyFileOptions): Promise<void> {
  const { pinned, stateDir, file, onProgress, signal } = options;
  const before = await handle.stat({ bigint: true });
  if (!before.isFile()) throw unusable(options, 'it is not a file');
  if (pinned !== undefined && before.size !== BigInt(pinned.bytes)) {
    const found = Number(before.size).toLocaleString('en-US');
    throw unusable(options, `it has ${found} bytes, and ${pinned.bytes.toLocaleString('en-US')} were expected`);
  }
  const problem = findHeaderProblem(await readHead(handle));
  if (problem !== null) throw unusable(options, problem);
  if (pinned === undefined || (await isStamped(stateDir, makeStamp(file, pinned.sha256, before)))) return;

  let doneBytes = 0;
  const stream = handle.createReadStream({ start: 0, highWaterMark: hashChunkBytes, autoClose: false });
  const sha256 = await hashStream(stream, (bytes) => {
    signal.throwIfAborted();
    doneBytes += bytes;
    onProgress({ doneBytes, totalBytes: pinned.bytes });
  });
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

function unusable({ file, what, cure }: VerifyFileOptions, problem: string): AgentError {
  return new AgentError('model-unavailable', `${file} is not a usable ${what}: ${problem}.`, { hint: cure });
}
