import { open } from 'node:fs/promises';
import { printable } from './gguf-header.ts';
import { type GgufMetadata, readGgufMetadata, textOf } from './gguf-metadata.ts';

/** A LoRA adapter in a GGUF file: what is added to a model's weights while it thinks. */
export interface Adapter {
  /** The file's name. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Says what keeps a GGUF file from being a LoRA adapter for a model; null when nothing does. The answer completes the
 * sentence "FILE is not a usable adapter: …". Whether its tensors fit is for the library to say.
 */
export async function findAdapterProblem(
  file: string,
  model: { readonly name: string; readonly architecture: string },
): Promise<string | null> {
  const handle = await open(file);
  try {
    const metadata = await readGgufMetadata(handle, (await handle.stat()).size);
    return (
      findDifference(metadata, 'general.type', 'adapter', 'an adapter') ??
      findDifference(metadata, 'adapter.type', 'lora', 'a LoRA adapter') ??
      findDifference(metadata, 'general.architecture', model.architecture, model.name)
    );
  } catch (error) {
    return `its header cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await handle.close();
  }
}

/** What to do about an adapter of the person's own that cannot be used. */
export const OTHER_ADAPTER = 'Name another file with --adapter, or run without one: --adapter none.';

function findDifference(metadata: GgufMetadata, key: string, expected: string, owner: string): string | null {
  const found = textOf(metadata, key);
  if (found === expected) return null;
  return `its ${key} is ${found === undefined ? 'missing' : quoted(found)}, and ${owner} has ${quoted(expected)}`;
}

function quoted(text: string): string {
  return JSON.stringify(printable(text.slice(0, 40)));
}
