import type { Clock } from '../clock.ts';

/** A clock that moves only when it is told to. */
export interface ScriptedClock extends Clock {
  /** Moves on, and ends the waits whose time has come, the earliest first. */
  advance(ms: number): void;
  /** How many wait. */
  waiting(): number;
}

/** @param startMs where it begins [0] */
export function createScriptedClock(startMs = 0): ScriptedClock {
  let nowMs = startMs;
  const sleepers = new Set<{ readonly endMs: number; wake(): void }>();
  return {
    now: () => nowMs,
    wait: ({ untilMs, atMostMs }, signal) =>
      new Promise((resolve) => {
        const endMs = Math.min(untilMs ?? Number.POSITIVE_INFINITY, nowMs + (atMostMs ?? Number.POSITIVE_INFINITY));
        const sleeper = { endMs, wake };
        function wake() {
          sleepers.delete(sleeper);
          signal.removeEventListener('abort', wake);
          resolve(null);
        }
        if (signal.aborted || endMs <= nowMs) return resolve(null);
        sleepers.add(sleeper);
        signal.addEventListener('abort', wake);
      }),
    advance(ms) {
      nowMs += ms;
      const due = [...sleepers].filter(({ endMs }) => endMs <= nowMs).sort((a, b) => a.endMs - b.endMs);
      for (const sleeper of due) sleeper.wake();
    },
    waiting: () => sleepers.size,
  };
}
