import pc from 'picocolors';

/** How things look in a terminal; without colour, the same words without it. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly name: (text: string) => string;
  readonly marks: Marks;
}

/** What stands before an outcome, and above an iteration. */
export interface Marks {
  readonly ok: string;
  readonly setback: string;
  readonly failure: string;
  /** Between two facts. */
  readonly separator: string;
  readonly iteration: (number: string) => string;
}

/** @param inWords for somebody who hears the text: no signs, no lines */
export function createStyle(useColor: boolean, inWords = false): Style {
  const { bold, dim, green, red, yellow, cyan } = pc.createColors(useColor);
  return { strong: bold, faint: dim, good: green, bad: red, warn: yellow, name: cyan, marks: inWords ? words : signs };
}

const signs: Marks = {
  ok: '✓',
  setback: '•',
  failure: '✗',
  separator: ' · ',
  iteration: (number) => `── ${number} ${'─'.repeat(40)}`,
};

const words: Marks = {
  ok: 'Done:',
  setback: 'Not well:',
  failure: 'Failed:',
  separator: ', ',
  iteration: (number) => `Iteration ${number}`,
};

/** `850 ms`, `12.4 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `512 B`, `12 KB`, `1.1 GB`, in powers of 1000. */
export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

export function count(number: number, noun: string): string {
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, ',')} ${noun}${number === 1 ? '' : 's'}`;
}
