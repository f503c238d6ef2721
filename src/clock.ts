import type { Wait } from './machine/types.ts';

/** What a run's times and waits go by. */
export interface Clock {
  /** Milliseconds since 1970, whole ones. */
  now(): number;
  /**
   * Resolves when `now()` says `untilMs`, or when `atMostMs` have passed, or when the signal is aborted, whichever is first.
   * Never rejects.
   */
  wait(wait: Wait, signal: AbortSignal): Promise<null>;
}

/** `setTimeout` takes no more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds since 1970 by the wall clock as it was when the process began, and by what has passed since: somebody who
 * sets the clock neither ends a wait nor prolongs it. Time for which the machine was suspended is not counted.
 */
export function now(): number {
  return Math.round(exactNow());
}

/**
 * Waits until `now()` says `untilMs`, or `atMostMs` have passed, whichever comes first; with neither, until the signal is
 * aborted. (`untilMs` may be of another process, by whose clock it was later.) Never rejects and leaves no timer behind.
 */
export async function wait({ untilMs, atMostMs }: Wait, signal: AbortSignal): Promise<null> {
  const endMs = Math.min(untilMs ?? Number.POSITIVE_INFINITY, exactNow() + (atMostMs ?? Number.POSITIVE_INFINITY));
  while (!signal.aborted) {
    const left = endMs - exactNow();
    if (left <= 0) return null;
    await pause(left, signal);
  }
  return null;
}

function exactNow(): number {
  return performance.timeOrigin + performance.now();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(done, Math.min(Math.ceil(ms), MAX_TIMER_MS));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

/** The clock of every run that is given no other. */
export const systemClock: Clock = { now, wait };
