import type { WorkerHealth } from './worker-protocol.ts';

export type RestartReason = 'memory' | 'speed';

/** Watches one model over all of its processes, and says when a new one is worth its loading time. */
export interface HealthWatch {
  /** Call it after each thought. Null: let the process be. */
  note(health: WorkerHealth): RestartReason | null;
  /** Call it when a new process has taken over. */
  restarted(): void;
}

/**
 * A process is worth replacing when its memory has grown by more than 15 % and 64 MiB since it had warmed up, or when its
 * last 20 answers were, in the median, written at less than 40 % of the speed of its first 20. Answers slow down with the
 * length of the prompt alone, to about half: hence not 60 %. Where a restart for speed has not helped, the machine
 * is busy and not the process, and there is no second one.
 */
export function createHealthWatch(): HealthWatch {
  let samples: WorkerHealth[] = [];
  let slowMs: number | null = null;
  let isSpeedWatched = true;

  return {
    note(health) {
      samples.push(health);
      if (samples.length < 2 * spanOfSpeed) return null;
      if (samples.length > 2 * spanOfSpeed) samples.splice(spanOfSpeed, 1);
      const warm = samples[warmUp];
      if (warm === undefined) return null;
      const excess = health.residentBytes - warm.residentBytes;
      if (excess > 0.15 * warm.residentBytes && excess > 64 * 2 ** 20) return 'memory';
      const firstMs = medianMs(samples.slice(0, spanOfSpeed));
      const lastMs = medianMs(samples.slice(spanOfSpeed));
      if (slowMs !== null) {
        isSpeedWatched = firstMs < 0.7 * slowMs;
        slowMs = null;
      }
      if (!isSpeedWatched || firstMs >= 0.4 * lastMs) return null;
      slowMs = lastMs;
      return 'speed';
    },
    restarted() {
      samples = [];
    },
  };
}

const spanOfSpeed = 20;
const warmUp = 5;

function medianMs(samples: readonly WorkerHealth[]): number {
  const sorted = samples.map(({ msPerToken }) => msPerToken ?? 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
