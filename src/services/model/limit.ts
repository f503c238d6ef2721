/** The end of what may be waited for. */
export interface Limit {
  /** Resolves with the reason. */
  readonly reached: Promise<string>;
  /** It is reached now. */
  reach(reason: string): void;
  /** Nobody waits any more. */
  dismiss(): void;
}

/** It is reached when the signal is aborted or the time is over, whichever comes first. */
export function limitOf(signal: AbortSignal, timeoutMs: number): Limit {
  let reach = (_reason: string): void => {};
  const reached = new Promise<string>((resolve) => {
    reach = resolve;
  });
  const onAbort = (): void => reach('The thought was given up.');
  const timer = setTimeout(() => reach(`The model took longer than ${timeoutMs} ms.`), timeoutMs);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    reached,
    reach,
    dismiss() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
