import type { Store } from './store.ts';

/** Moves on through the run, some events a second, while playing is on. */
export function createPlayer(store: Store): { show(): void } {
  let timer: ReturnType<typeof setInterval> | null = null;
  return {
    show() {
      const { isPlaying } = store.view;
      if (isPlaying && timer === null) timer = setInterval(() => store.step(1), EVERY_MS);
      if (!isPlaying && timer !== null) {
        clearInterval(timer);
        timer = null;
      }
    },
  };
}

const EVERY_MS = 160;
