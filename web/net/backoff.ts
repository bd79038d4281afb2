/** Backoff of whoever connects again. */

const FIRST_DELAY_MS = 1_000;
/** Longest delay, in ms, while somebody may look at the page, and while it is hidden; turning to it tries at once. */
const LONGEST_DELAY_MS = 10_000;
const HIDDEN_DELAY_MS = 30_000;

/**
 * The wait before try number `attempt` (from 0), in ms: doubling from 1 s to 10 s, or to 30 s while the page is hidden, and
 * half of it by chance. However long the server was away, 10,000 pages then come back spread over 10 s.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  // Outside a browser there is no document.
  const { document } = globalThis as { document?: { hidden: boolean } };
  const longest = document?.hidden ? HIDDEN_DELAY_MS : LONGEST_DELAY_MS;
  const whole = Math.min(FIRST_DELAY_MS * 2 ** attempt, longest);
  return Math.round(whole / 2 + (random() * whole) / 2);
}
