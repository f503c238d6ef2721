/** How fast answers are written. One that shares the processor with others says nothing of the process's health. */
export interface SpeedWatch {
  /** Call it when a sequence is put to work, and what it returns when the work is done. */
  begin(): () => void;
  /** Call it when an answer begins, and what it returns with its tokens when it is written: milliseconds for each. */
  measure(): (tokens: number) => number;
  /** Of the last answer that was written while nothing else went on; null before the first. */
  msPerToken(): number | null;
}

export function createSpeedWatch(): SpeedWatch {
  let atWork = 0;
  let begun = 0;
  let latest: number | null = null;

  return {
    begin() {
      atWork += 1;
      begun += 1;
      return () => {
        atWork -= 1;
      };
    },
    measure() {
      const startedAt = performance.now();
      const before = begun;
      const isAlone = atWork === 1;
      return (tokens) => {
        const msPerToken = (performance.now() - startedAt) / Math.max(1, tokens);
        if (isAlone && begun === before) latest = msPerToken;
        return msPerToken;
      };
    },
    msPerToken: () => latest,
  };
}
