/** Lets so many do something at the same time; the others wait in the order in which they came. */
export interface Queue {
  /** An aborted signal lets the work begin out of turn: it looks at the signal itself, and ends at once. */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createQueue(places: number): Queue {
  let free = places;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const enter = (signal: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      if (free > 0) {
        free -= 1;
        return resolve(true);
      }
      const begin = () => {
        signal.removeEventListener('abort', goAway);
        resolve(true);
      };
      const goAway = () => {
        waiting.splice(waiting.indexOf(begin), 1);
        resolve(false);
      };
      if (signal.aborted) return resolve(false);
      waiting.push(begin);
      signal.addEventListener('abort', goAway, { once: true });
    });
  return {
    async take(work, signal) {
      const hasPlace = await enter(signal);
      try {
        return await work();
      } finally {
        if (hasPlace) leave();
      }
    },
  };
}
