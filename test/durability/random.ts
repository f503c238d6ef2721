/** What a random test begins with: another one by `GYRE_TEST_SEED`. */
export const seed = Number(process.env['GYRE_TEST_SEED'] ?? 20261123);

/** Numbers from 0 to 1 by a seed (mulberry32). */
export function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
