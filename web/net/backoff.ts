/** Backoff of whoever connects again. */

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** The wait before try number `attempt` (from 0), in ms: doubling from 1 s to 30 s, and half of it by chance. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return Math.round(whole / 2 + (random() * whole) / 2);
}
