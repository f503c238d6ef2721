import type { Keyboard } from './command.ts';

/** Waits for one of these keys; null when the signal is aborted first. */
export function nextKey(keyboard: Keyboard, wanted: readonly string[], signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const settle = (key: string | null): void => {
      stop();
      signal.removeEventListener('abort', giveUp);
      resolve(key);
    };
    const giveUp = (): void => settle(null);
    const stop = keyboard.listen((key) => {
      if (wanted.includes(key)) settle(key);
    });
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
  });
}
