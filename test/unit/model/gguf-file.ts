export type GgufValue = string | number | boolean | readonly string[];

export interface GgufTensor {
  readonly name: string;
  /** The length of a row first. */
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
}

/** A GGUF file of version 3 with these values and tensors. */
export function ggufWith(values: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[] = []): Buffer {
  const entries = Object.entries(values).flatMap(([key, value]) => [asGgufString(key), asGgufValue(value)]);
  const data = tensors.map(({ numbers }) => padded(Buffer.from(numbers.buffer)));
  const places = data.map((_, index) => data.slice(0, index).reduce((sum, { length }) => sum + length, 0));
  const infos = tensors.map(({ name, shape }, index) =>
    Buffer.concat([
      asGgufString(name),
      asUint32(shape.length),
      ...shape.map(asUint64),
      asUint32(0),
      asUint64(places[index] ?? 0),
    ]),
  );
  const counts = [asUint64(tensors.length), asUint64(Object.keys(values).length)];
  const head = Buffer.concat([Buffer.from('GGUF'), asUint32(3), ...counts, ...entries, ...infos]);
  return Buffer.concat([padded(head), ...data, Buffer.alloc(64)]);
}

function asGgufString(text: string): Buffer {
  return Buffer.concat([asUint64(Buffer.byteLength(text)), Buffer.from(text)]);
}

function asGgufValue(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([asUint32(8), asGgufString(value)]);
  if (typeof value === 'boolean') return Buffer.concat([asUint32(7), Buffer.from([Number(value)])]);
  if (typeof value === 'number') return Buffer.concat([asUint32(4), asUint32(value)]);
  return Buffer.concat([asUint32(9), asUint32(8), asUint64(value.length), ...value.map(asGgufString)]);
}

function asUint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

function asUint64(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(number));
  return bytes;
}

/** To a multiple of 32 bytes: tensors begin at one. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 31)]);
}
