/**
 * Options of a wait for an event, in ms. No test is about how long that takes, and on a machine that does much else it takes
 * many times as long; it is less than a test has (../vitest.config.ts), so that a failure says what was waited for.
 */
export const PATIENT = { timeout: 45_000, interval: 20 } as const;
