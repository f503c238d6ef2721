import type { Style } from './style.ts';

/** Rows under a head, each column as wide as its widest cell; what a terminal has no room for is cut. Ends with a newline. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  columns: number,
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const cut = lines.map((line) => (line.length > columns && columns > 40 ? `${line.slice(0, columns - 1)}…` : line));
  return `${cut.map((line, index) => (index === 0 ? style.faint(line) : line)).join('\n')}\n`;
}
