/** Deadlines in seconds during which the process was awake, checked once a second. */

/** Far from every number of seconds, and as small for the engine. */
export const NEVER = 2 ** 30;

/** The second by which `ms` from now are certainly over: the present second may be nearly over itself. */
export function deadline(awakeSeconds: number, ms: number): number {
  return Math.min(NEVER, awakeSeconds + Math.ceil(ms / 1000) + 1);
}
