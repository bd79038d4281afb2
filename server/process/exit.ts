/** Ends the process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogOutput } from '../log/log-output.ts';

/** Write deadline, in ms, of the last lines of the log, and of files. */
const LOG_DEADLINE = 500;
/** Interval, in ms, of the checks whether a thread still writes. */
const THREAD_CHECK = 5;

/**
 * Ends the process, whatever becomes of the log and of the disk: its last lines have a deadline, and so has what threads still
 * do, a write of the state file for one.
 */
export async function exitWith(code: number, output: LogOutput): Promise<void> {
  const until = performance.now() + LOG_DEADLINE;
  await output.flush(LOG_DEADLINE);
  while (isThreadBusy() && performance.now() < until) await sleep(THREAD_CHECK);
  // The exit would wait for that thread, which a disk that does not answer holds for ever.
  if (isThreadBusy()) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

/** Tells whether a thread is in a call of the system, of files or of names, which nobody can call back. */
function isThreadBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfo)/.test(name));
}
