/** Deadlines in seconds during which the process was awake, checked once a second. */

/** A second that never comes, yet small enough for V8 to keep it as a plain integer. */
export const NEVER = 2 ** 30;

/** The second by which `ms` from now are certainly over: the present second may be nearly over itself. */
export function deadline(awakeSeconds: number, ms: number): number {
  return Math.min(NEVER, awakeSeconds + Math.ceil(ms / 1000) + 1);
}
