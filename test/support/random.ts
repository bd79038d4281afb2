/** Random numbers with a seed, so that a run can be repeated. */

/** Seed of this run: CHATON_SEED, as a failure has printed it, else the test's own. */
export function seedOr(usual: number): number {
  const told = process.env['CHATON_SEED'];
  if (told === undefined) return usual;
  if (!/^-?\d{1,10}$/.test(told)) throw new Error(`CHATON_SEED=${told}: not a whole number`);
  return Number(told);
}

/** Draws a whole number from 0 up to, not including, `sides`. */
export type Roll = (sides: number) => number;

/** Makes a small generator (mulberry32). The same seed gives the same numbers. */
export function dice(seed: number): Roll {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  };
}

/** Draws one of these. */
export function pick<T>(roll: Roll, from: readonly T[]): T {
  return from[roll(from.length)]!;
}
