/** Exit codes of the process: a supervisor starts it anew for some of them, and for one it never should. */

/** The process ended as it was told to, or answered what it was asked. */
export const DONE = 0;
/** A defect, or an end that was not in good order: start it anew. */
export const FAILED = 1;
/** Settings, files or an installation that cannot work: another try ends in the same way (preflight.cjs has it, too). */
export const WRONG_SETTINGS = 2;
/** Exit code for an obstacle to starting that may pass, a port that is taken for one: try again (EX_TEMPFAIL of sysexits.h). */
export const TRY_AGAIN = 75;
