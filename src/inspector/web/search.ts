import type { Frame } from '../messages.ts';
import type { History } from './history.ts';
import type { Words } from './words.ts';

/** Finds frames whose words or texts hold what is searched for, some of them at a time. */
export interface Search {
  /** The indices that were found until now, in order; null while nothing is searched for. */
  readonly found: readonly number[] | null;
  /** How many frames were looked at. */
  readonly looked: number;
  start(query: string): void;
  /** Looks on, for some milliseconds at most. True when there is nothing more to look at now. */
  work(history: History, words: Words, forMs: number): boolean;
}

export function createSearch(): Search {
  let query = '';
  let found: number[] = [];
  let looked = 0;
  let searched: History | null = null;
  // Frames never change, so what was read of one holds.
  let texts: string[] = [];

  return {
    get found() {
      return query === '' ? null : found;
    },
    get looked() {
      return looked;
    },
    start(asked) {
      const wanted = asked.trim().toLowerCase();
      if (wanted === query) return;
      query = wanted;
      found = [];
      looked = 0;
    },
    work(history, words, forMs) {
      if (history !== searched) {
        searched = history;
        texts = [];
        found = [];
        looked = 0;
      }
      if (query === '') return true;
      const until = performance.now() + forMs;
      while (looked < history.length) {
        if (looked % 64 === 0 && performance.now() > until) return false;
        const text = textOf(looked, history, words);
        if (text.includes(query)) found.push(looked);
        looked++;
      }
      return true;
    },
  };

  function textOf(index: number, history: History, words: Words): string {
    const known = texts[index];
    if (known !== undefined) return known;
    const frame = history.frame(index);
    const text = frame === null ? '' : searchable(frame, words);
    texts[index] = text;
    return text;
  }
}

function searchable(frame: Frame, words: Words): string {
  const { sign, what, more } = words.lineOf(frame);
  const parts = [sign, what, more, `iteration ${frame.iteration}`];
  if (frame.kind === 'moved') parts.push(frame.event, ...frame.guards.map(({ name }) => name));
  else collect(frame, parts);
  return parts.join('\n').toLowerCase();
}

/** All texts in a value, without the names that they have. */
function collect(value: unknown, into: string[]): void {
  if (typeof value === 'string') into.push(value);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) collect(part, into);
}
