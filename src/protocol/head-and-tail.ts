/** Keeps the beginning and the end of a text that may be of any length, in constant memory. */
export interface HeadAndTail {
  push(text: string): void;
  /** What was kept. When something was left out, a line in the middle says how much. */
  read(): { text: string; truncated: boolean };
}

/**
 * A buffer for at most `maxBytes` bytes of UTF-8, not counting the line that marks the cut. A text that fits is kept as
 * it is; of a longer one the first and the last half. Code points are never cut in two.
 * @param maxBytes at least 8
 */
export function createHeadAndTail(maxBytes: number): HeadAndTail {
  // Nearly every text is short: it needs no halves.
  let short = '';
  let shortBytes = 0;
  let halves: Halves | null = null;

  return {
    push(text) {
      if (halves === null) {
        shortBytes += Buffer.byteLength(text);
        short += text;
        if (shortBytes <= maxBytes) return;
        halves = createHalves(maxBytes);
        halves.push(Buffer.from(short));
        short = '';
      } else {
        halves.push(Buffer.from(text));
      }
    },
    read: () => (halves === null ? { text: short, truncated: false } : { text: halves.read(), truncated: true }),
  };
}

interface Halves {
  push(bytes: Buffer): void;
  /** Only after more than both halves was pushed. */
  read(): string;
}

function createHalves(maxBytes: number): Halves {
  const head = Buffer.alloc(Math.ceil(maxBytes / 2));
  /** A ring: the byte after the head is at 0, and later ones replace earlier ones. */
  const tail = Buffer.alloc(maxBytes - head.length);
  let total = 0;

  return {
    push(bytes) {
      const inHead = total < head.length ? bytes.copy(head, total) : 0;
      total += bytes.length;
      const last = bytes.subarray(Math.max(inHead, bytes.length - tail.length));
      const start = Math.max(0, total - last.length - head.length) % tail.length;
      const untilWrap = last.copy(tail, start);
      last.copy(tail, 0, untilWrap);
    },
    read() {
      const seam = (total - head.length) % tail.length;
      const first = withoutCutEnd(head);
      const last = withoutCutStart(Buffer.concat([tail.subarray(seam), tail.subarray(0, seam)]));
      return `${first}\n[… ${total - first.length - last.length} bytes left out …]\n${last}`;
    },
  };
}

/** Drops the first bytes of a code point whose last bytes are missing. */
function withoutCutEnd(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  while (start > 0 && isContinuation(bytes[start])) start -= 1;
  const lead = bytes[start] ?? 0;
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return start + length > bytes.length ? bytes.subarray(0, start) : bytes;
}

/** Drops the last bytes of a code point whose first bytes are missing. */
function withoutCutStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return bytes.subarray(start);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
