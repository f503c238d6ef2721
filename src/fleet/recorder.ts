import type { Journal } from '../journal/append.ts';
import type { JournalRecord } from '../journal/format.ts';

/** A journal that only collects: the engine keeps what one actor has recorded together with its answer. */
export interface Recorder extends Journal {
  /** What was recorded, in order. */
  readonly records: readonly JournalRecord[];
}

/** @param file names the place beside which the host remembers the box; no journal is there */
export function createRecorder(file: string): Recorder {
  const records: JournalRecord[] = [];
  return {
    file,
    records,
    append: async (record) => void records.push(record),
    note: (record) => void records.push(record),
    close: async () => {},
  };
}
