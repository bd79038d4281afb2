/**
 * Priorities for the journal of systemd, which knows a line's by a prefix such as `<4>` (sd-daemon(3)), and takes each
 * without one for `info`, whatever its text says.
 */
import { fstatSync } from 'node:fs';

/** Priorities of syslog(3) by the levels of the log, the highest first. */
const PRIORITIES: readonly (readonly [level: number, priority: number])[] = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
];
const DEBUG = 7;
const ERROR = 3;

/** Tells whether this descriptor is connected to the journal, which the service manager says in JOURNAL_STREAM. */
export function isJournal(fd: number, stream = process.env['JOURNAL_STREAM']): boolean {
  if (!stream) return false;
  try {
    const { dev, ino } = fstatSync(fd);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Puts the prefix before a line of the log, which is JSON that begins with its level. */
export function withPriority(line: string): string {
  const level = Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0);
  const [, priority = DEBUG] = PRIORITIES.find(([least]) => level >= least) ?? [];
  return `<${priority}>${line}`;
}

/** Beginning of a line on this descriptor that says why there is no start. */
export function errorPrefix(fd: number): string {
  return isJournal(fd) ? `<${ERROR}>` : '';
}
