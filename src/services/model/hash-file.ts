import { createHash } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';

/** The SHA-256 of a file, in lower-case hex. */
export async function hashFile(file: string): Promise<string> {
  return hashStream(createReadStream(file, { highWaterMark: hashChunkBytes }), () => {});
}

/** The same of what a stream has. `onChunk` may throw: then the reading ends with what it has thrown. */
export async function hashStream(stream: ReadStream, onChunk: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) {
    onChunk(chunk.length);
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** Smaller pieces cost time. */
export const hashChunkBytes = 1 << 20;
