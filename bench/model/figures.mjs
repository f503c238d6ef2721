/**
 * One line of the table.
 *
 * @typedef {object} Figure
 * @property {string} part
 * @property {string} figure what is measured
 * @property {number | null} value null when nothing could be measured
 * @property {string} measured the value for people, with its spread
 * @property {string | null} target for people; null when it is only reported
 * @property {boolean | null} ok null without a target
 */

/**
 * @param {string} part
 * @param {string} figure
 * @param {number | null} value
 * @param {string} measured
 * @param {{ text: string, atMost?: number, atLeast?: number } | null} [target]
 * @returns {Figure}
 */
export function figureOf(part, figure, value, measured, target = null) {
  if (target === null) return { part, figure, value, measured, target: null, ok: null };
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target;
  const ok = value !== null && value <= atMost && value >= atLeast;
  return { part, figure, value, measured, target: target.text, ok };
}

/**
 * The middle one, or the mean of the two in the middle.
 *
 * @param {readonly number[]} numbers at least one
 */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly number[]} numbers */
export function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** @param {readonly number[]} numbers at least one */
export function mean(numbers) {
  return sum(numbers) / numbers.length;
}

/**
 * The least and the greatest.
 *
 * @param {readonly number[]} numbers
 * @param {number} [digits]
 */
export function spread(numbers, digits = 2) {
  return `${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)}`;
}

/**
 * Columns as wide as their widest cell.
 *
 * @param {readonly Figure[]} figures
 */
export function renderTable(figures) {
  const rows = [
    ['part', 'figure', 'measured', 'target', ''],
    ...figures.map(({ part, figure, measured, target, ok }) => [part, figure, measured, target ?? '–', verdict(ok)]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => [...row[column]].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(widths[column] - [...cell].length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param {boolean | null} ok */
function verdict(ok) {
  return ok === null ? '' : ok ? 'ok' : 'over';
}

/**
 * Numbers from 0 to 1, always the same ones (mulberry32).
 *
 * @param {number} seed
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
