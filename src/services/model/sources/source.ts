import type { CatalogueEntry } from '../catalogue.ts';

/**
 * Where a model's bytes come from. Yields the whole file from its first byte on; may rejoin a broken connection, but
 * never repeats or leaves out bytes. What it yields is not trusted. Throws a plain Error with one sentence for the
 * person; rejects soon after the signal is aborted. Nothing of it is left behind when the caller stops reading.
 */
export type SourceStream = AsyncGenerator<Uint8Array, void, undefined>;

export interface SourceRequest {
  readonly entry: CatalogueEntry;
  /** A directory of its own for what must be kept in between; the caller removes it. */
  readonly scratchDir: string;
  readonly signal: AbortSignal;
  /** What it is about to fetch, such as `wheel 3 of 22`. */
  readonly onStep: (step: string) => void;
}
