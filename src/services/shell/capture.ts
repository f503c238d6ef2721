import { createHeadAndTail } from '../../protocol/head-and-tail.ts';
import { createCleaner } from '../../protocol/untrusted.ts';

/** Bytes of each stream that are kept, counted after cleaning. */
const KEPT_BYTES = 32 * 1024;
/** Bytes that a command may print, both streams together, before cleaning. */
export const MAX_OUTPUT_BYTES = 10 * 1024 * 1024;

export interface Captured {
  readonly stdout: string;
  readonly stderr: string;
  /** One of them was cut. */
  readonly truncated: boolean;
}

/** Cleans and cuts what a command prints while it prints it, in constant memory. */
export interface Capture {
  /** @returns false when the command has now printed too much; from then on nothing is kept. */
  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): boolean;
  /** Nothing may be pushed after it. */
  end(): Captured;
}

export function createCapture(): Capture {
  const streams = { stdout: createStream(), stderr: createStream() };
  let total = 0;

  return {
    push(name, bytes) {
      if (total > MAX_OUTPUT_BYTES) return false;
      total += bytes.length;
      streams[name].push(bytes);
      return total <= MAX_OUTPUT_BYTES;
    },
    end() {
      const stdout = streams.stdout.end();
      const stderr = streams.stderr.end();
      return { stdout: stdout.text, stderr: stderr.text, truncated: stdout.truncated || stderr.truncated };
    },
  };
}

function createStream() {
  const cleaner = createCleaner();
  const kept = createHeadAndTail(KEPT_BYTES);
  return {
    push: (bytes: Uint8Array) => kept.push(cleaner.push(bytes)),
    end() {
      kept.push(cleaner.end());
      return kept.read();
    },
  };
}
