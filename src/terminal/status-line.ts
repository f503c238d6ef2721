/** Where a live view is drawn. */
export interface LiveSink {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
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
}

const REDRAW_MS = 100;
const ERASE = '\r\u001b[2K';

/** One line at the bottom that is drawn over and over. Without a terminal only `above` shows anything. */
export function createStatusLine(sink: LiveSink): StatusLine {
  let text = '';
  let tail = '';
  let pieces = 0;
  let startedAt = 0;
  let isDrawn = false;
  let timer: NodeJS.Timeout | null = null;

  function draw() {
    timer = null;
    if (!sink.isTTY || text === '') return;
    const seconds = (performance.now() - startedAt) / 1000;
    const speed = pieces > 1 && seconds > 0.2 ? ` · ${(pieces / seconds).toFixed(1)} tokens/s` : '';
    const line = `${text}${speed}${tail === '' ? '' : ` · ${tail}`}`;
    sink.write(`${ERASE}${line.slice(0, Math.max(10, sink.columns - 1))}`);
    isDrawn = true;
  }

  function drawSoon() {
    timer ??= setTimeout(draw, REDRAW_MS);
    timer.unref();
  }

  function clear() {
    if (timer) clearTimeout(timer);
    timer = null;
    if (isDrawn) sink.write(ERASE);
    isDrawn = false;
  }

  return {
    above(lines) {
      const wasDrawn = isDrawn;
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
  };
}
