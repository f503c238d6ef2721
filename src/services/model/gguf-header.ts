/** Bytes at the start of a file that `findHeaderProblem` wants to see. */
export const HEADER_BYTES = 8;

/**
 * Says what keeps these first bytes from being the start of a GGUF file that llama.cpp reads; null when nothing does.
 * The answer completes the sentence "FILE is not a usable model: …".
 */
export function findHeaderProblem(head: Buffer): string | null {
  if (head.length < HEADER_BYTES) return `it has ${head.length} bytes, a GGUF header needs ${HEADER_BYTES}`;
  const magic = head.toString('latin1', 0, 4);
  if (magic !== 'GGUF') return `it starts with ${JSON.stringify(printable(magic))} where a GGUF file has "GGUF"`;
  const version = head.readUInt32LE(4);
  if (version < 2 || version > 3) return `it is GGUF version ${version}, and versions 2 and 3 can be read`;
  return null;
}

/** Whoever made the file chose these bytes: none of them may steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '.');
}
