/** Keeps the beginning and the end of a text that may be of any length, in constant memory. */
export interface HeadAndTail {
  push(text: string): void;
  /** What was kept. When something was left out, a line in the middle says how much. */
  read(): { text: string; truncated: boolean };
}

/**
 * A buffer for at most `maxBytes` bytes of UTF-8, not counting the line that marks the cut. A text that fits is kept as
 * it is; of a longer one the first and the last half. Code points are never cut in two.
 */
export function createHeadAndTail(maxBytes: number): HeadAndTail {
  const head = Buffer.alloc(Math.ceil(maxBytes / 2));
  const tail = Buffer.alloc(maxBytes - head.length);
  let total = 0;

  return {
    push(text) {
      let bytes = Buffer.from(text, 'utf8');
      const inHead = total < head.length ? bytes.copy(head, total) : 0;
      total += bytes.length;
      bytes = bytes.subarray(inHead);
      // Only the last bytes can stay; where they go is decided by how many came before them.
      const skipped = Math.max(0, bytes.length - tail.length);
      bytes = bytes.subarray(skipped);
      const start = (total - head.length - bytes.length) % tail.length;
      const untilWrap = bytes.copy(tail, Math.max(0, start));
      bytes.copy(tail, 0, untilWrap);
    },
    read() {
      if (total <= head.length) return { text: head.toString('utf8', 0, total), truncated: false };
      const inTail = total - head.length;
      if (inTail <= tail.length) {
        return { text: Buffer.concat([head, tail.subarray(0, inTail)]).toString('utf8'), truncated: false };
      }
      const seam = inTail % tail.length;
      const first = withoutCutEnd(head);
      const last = withoutCutStart(Buffer.concat([tail.subarray(seam), tail.subarray(0, seam)]));
      const leftOut = total - first.length - last.length;
      return { text: `${first}\n[… ${leftOut} bytes left out …]\n${last}`, truncated: true };
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
