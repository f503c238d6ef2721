import type { Wait } from './machine/types.ts';

/** How late a wait may notice that the wall clock was moved. */
const TICK_MS = 1000;

/**
 * Waits until the wall clock says `untilMs`, or `atMostMs` have passed on a clock that never jumps, whichever comes
 * first; with neither, until the signal is aborted. Never rejects and leaves no timer behind.
 */
export async function wait({ untilMs, atMostMs }: Wait, signal: AbortSignal): Promise<null> {
  const startedAt = performance.now();
  const leftMs = () => {
    const byWallClock = untilMs === null ? Number.POSITIVE_INFINITY : untilMs - Date.now();
    const bySteadyClock = atMostMs === null ? Number.POSITIVE_INFINITY : atMostMs - (performance.now() - startedAt);
    return Math.min(byWallClock, bySteadyClock);
  };
  while (!signal.aborted) {
    const left = leftMs();
    if (left <= 0) return null;
    await pause(Math.min(left, TICK_MS), signal, left === Number.POSITIVE_INFINITY);
  }
  return null;
}

function pause(ms: number, signal: AbortSignal, isEndless: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = isEndless ? undefined : setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
