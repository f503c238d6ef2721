export type GgufValue = string | number | boolean | readonly string[];

/** A GGUF file of version 3 with these values and no tensors. */
export function ggufWith(values: Readonly<Record<string, GgufValue>>): Buffer {
  const header = Buffer.alloc(24);
  header.write('GGUF', 'latin1');
  header.writeUInt32LE(3, 4);
  header.writeBigUInt64LE(0n, 8);
  header.writeBigUInt64LE(BigInt(Object.keys(values).length), 16);
  const entries = Object.entries(values).flatMap(([key, value]) => [asGgufString(key), asGgufValue(value)]);
  return Buffer.concat([header, ...entries, Buffer.alloc(64)]);
}

function asGgufString(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text)]);
}

function asGgufValue(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([asUint32(8), asGgufString(value)]);
  if (typeof value === 'boolean') return Buffer.concat([asUint32(7), Buffer.from([Number(value)])]);
  if (typeof value === 'number') return Buffer.concat([asUint32(4), asUint32(value)]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([asUint32(9), asUint32(8), length, ...value.map(asGgufString)]);
}

function asUint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}
