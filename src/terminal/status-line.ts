/** Where a live view is drawn. */
export interface LiveSink {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  /** Calls back after each change of `columns`. Returns a function that ends it. */
  onResize?(listener: () => void): () => void;
}

export interface StatusLine {
  /** Prints lines for good, above the status line. */
  above(lines: readonly string[]): void;
  /** Shows this text, as it is. */
  set(text: string): void;
  /** Shows this text, and after it the speed and the end of whatever is appended from now on. */
  startOver(text: string): void;
  append(text: string): void;
  clear(): void;
  /** Clears it for good. */
  close(): void;
}

const REDRAW_MS = 100;
const ERASE = '\r\u001b[2K';

/** One line at the bottom that is drawn over and over. Without a terminal only `above` shows anything. */
export function createStatusLine(sink: LiveSink): StatusLine {
  let text = '';
  let tail = '';
  let pieces = 0;
  let startedAt = 0;
  /** How long the line is that stands there; 0 when none does. */
  let drawn = 0;
  let timer: NodeJS.Timeout | null = null;

  function draw() {
    timer = null;
    if (!sink.isTTY || text === '') return;
    const seconds = (performance.now() - startedAt) / 1000;
    const speed = pieces > 1 && seconds > 0.2 ? ` · ${(pieces / seconds).toFixed(1)} tokens/s` : '';
    const line = `${text}${speed}${tail === '' ? '' : ` · ${tail}`}`.slice(0, Math.max(10, sink.columns - 1));
    sink.write(`${ERASE}${line}`);
    drawn = line.length;
  }

  /** Terminals break a line that has become too long for them, and the cursor stands in the last of its parts. */
  function redraw() {
    if (drawn === 0) return;
    const above = Math.floor((drawn - 1) / Math.max(1, sink.columns));
    sink.write(`\r${above === 0 ? '' : `\u001b[${above}A`}\u001b[J`);
    draw();
  }

  const forgetResize = sink.isTTY ? sink.onResize?.(redraw) : undefined;

  function drawSoon() {
    timer ??= setTimeout(draw, REDRAW_MS);
    timer.unref();
  }

  function clear() {
    if (timer) clearTimeout(timer);
    timer = null;
    if (drawn > 0) sink.write(ERASE);
    drawn = 0;
  }

  return {
    above(lines) {
      const wasDrawn = drawn > 0;
      clear();
      for (const line of lines) sink.write(`${line}\n`);
      if (wasDrawn) draw();
    },
    set(next) {
      text = next;
      tail = '';
      pieces = 0;
      drawSoon();
    },
    startOver(next) {
      text = next;
      tail = '';
      pieces = 0;
      startedAt = performance.now();
      if (next === '') clear();
      else drawSoon();
    },
    append(piece) {
      if (pieces === 0) startedAt = performance.now();
      pieces += 1;
      tail = (tail + piece.replace(/[^\x20-\x7e]+/g, ' ')).slice(-200);
      drawSoon();
    },
    clear() {
      text = '';
      clear();
    },
    close() {
      text = '';
      clear();
      forgetResize?.();
    },
  };
}
