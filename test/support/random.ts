/** Chance with a seed: whatever happened by it can be had again. */

/** The seed of this run: CHATON_SEED, as a failure has said it, else what the test has by itself. */
export function seedOr(usual: number): number {
  const told = process.env['CHATON_SEED'];
  if (told === undefined) return usual;
  if (!/^-?\d{1,10}$/.test(told)) throw new Error(`CHATON_SEED=${told}: not a whole number`);
  return Number(told);
}

/** Gives a whole number from 0 up to, not including, `sides`. */
export type Roll = (sides: number) => number;

/** A small generator (mulberry32). The same seed gives the same throws. */
export function dice(seed: number): Roll {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  };
}

/** One of these. */
export function pick<T>(roll: Roll, from: readonly T[]): T {
  return from[roll(from.length)]!;
}
