import type { FileHandle } from 'node:fs/promises';

/** What a GGUF file says before its tensors. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

export type GgufValue = string | number | boolean | readonly GgufValue[];

/**
 * Reads what stands before the tensors of a GGUF file of version 2 or 3. Lists of more than 1024 items are left out, but
 * for those that `keepsList` asks for: word lists have 150,000 and more. Nothing in the file can make it read beyond the
 * file's end, or without end.
 * @throws Error whose message completes the sentence "its header cannot be read: …"
 */
export async function readGgufMetadata(
  handle: FileHandle,
  fileBytes: number,
  keepsList: (key: string) => boolean = () => false,
): Promise<GgufMetadata> {
  const reader = createReader(handle, fileBytes);
  await reader.skip(16);
  const metadata = new Map<string, GgufValue>();
  for (let left = await reader.length(); left > 0; left--) {
    const key = await reader.text();
    const value = await readValue(reader, await reader.number(4), keepsList(key) ? Number.POSITIVE_INFINITY : 1024, 0);
    if (value !== undefined) metadata.set(key, value);
  }
  return metadata;
}

/** A text that is there and not empty. */
export function textOf(metadata: GgufMetadata, key: string): string | undefined {
  const value = metadata.get(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Undefined: a list of more than `maxItems`, which was read past. */
async function readValue(
  reader: Reader,
  type: number,
  maxItems: number,
  depth: number,
): Promise<GgufValue | undefined> {
  if (type === STRING) return await reader.text();
  if (type === BOOLEAN) return (await reader.number(0)) !== 0;
  if (type !== ARRAY) return await reader.number(type);
  if (depth > 3) throw new Error('it has lists in lists in lists');
  const itemType = await reader.number(4);
  const count = await reader.length();
  const isKept = count <= maxItems;
  const itemBytes = sizes[itemType];
  if (!isKept && itemBytes !== undefined) {
    await reader.skip(count * itemBytes);
    return undefined;
  }
  const items: GgufValue[] = [];
  for (let left = count; left > 0; left--) {
    if (!isKept && itemType === STRING) {
      await reader.skip(await reader.length());
      continue;
    }
    const item = await readValue(reader, itemType, maxItems, depth + 1);
    if (isKept && item !== undefined) items.push(item);
  }
  return isKept ? items : undefined;
}

const BOOLEAN = 7;
const STRING = 8;
const ARRAY = 9;

/** Bytes of each type that is a number, by its code. */
const sizes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

interface Reader {
  /** A number of this type code. */
  number(type: number): Promise<number>;
  /** How many bytes or items follow. */
  length(): Promise<number>;
  text(): Promise<string>;
  skip(bytes: number): Promise<void>;
}

const WINDOW_BYTES = 1 << 20;
const MAX_TEXT_BYTES = 1 << 24;

function createReader(handle: FileHandle, fileBytes: number): Reader {
  let window = Buffer.alloc(0);
  let windowStart = 0;
  let at = 0;

  const take = async (bytes: number): Promise<Buffer> => {
    if (at + bytes > fileBytes) throw new Error('it ends in the middle');
    if (at < windowStart || at + bytes > windowStart + window.length) {
      window = Buffer.alloc(Math.min(Math.max(bytes, WINDOW_BYTES), fileBytes - at));
      windowStart = at;
      const { bytesRead } = await handle.read(window, 0, window.length, at);
      if (bytesRead < bytes) throw new Error('it ends in the middle');
      window = window.subarray(0, bytesRead);
    }
    const piece = window.subarray(at - windowStart, at - windowStart + bytes);
    at += bytes;
    return piece;
  };
  const length = async (): Promise<number> => {
    const count = (await take(8)).readBigUInt64LE();
    if (count > BigInt(fileBytes)) throw new Error(`it counts ${count} of something in ${fileBytes} bytes`);
    return Number(count);
  };

  return {
    length,
    async number(type) {
      const bytes = sizes[type];
      if (bytes === undefined) throw new Error(`it has a value of the unknown type ${type}`);
      return decodeNumber(type, await take(bytes));
    },
    async text() {
      const bytes = await length();
      if (bytes > MAX_TEXT_BYTES) throw new Error(`it has a text of ${bytes} bytes`);
      return (await take(bytes)).toString('utf8');
    },
    async skip(bytes) {
      if (at + bytes > fileBytes) throw new Error('it ends in the middle');
      at += bytes;
    },
  };
}

function decodeNumber(type: number, bytes: Buffer): number {
  switch (type) {
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 10:
      return Number(bytes.readBigUInt64LE());
    case 11:
      return Number(bytes.readBigInt64LE());
    case 12:
      return bytes.readDoubleLE();
    default:
      return bytes.readUInt8();
  }
}
