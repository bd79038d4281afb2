/** Opens a standard output for writing such that nobody who reads it can hold the process up. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';

export interface Target {
  readonly fd: number;
  /** A write may last as long as whoever is behind it likes: it is for a thread. */
  readonly mayBlock: boolean;
  close(): void;
}

/**
 * Opens what is behind a descriptor anew, without blocking: the descriptor itself is shared with whoever started this
 * process, a shell for one, whose own reads and writes would not block any more either.
 */
export function openTarget(fd: number): Target {
  const stats = fstatSync(fd);
  const asItIs = { fd, mayBlock: true, close() {} };
  // A file has one place to write at for all that have it open, and knows no writing without blocking.
  if (!stats.isFIFO() && !stats.isSocket() && !stats.isCharacterDevice()) return asItIs;
  try {
    const own = openSync(
      `/proc/self/fd/${fd}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
    return { fd: own, mayBlock: false, close: () => closeSync(own) };
  } catch {
    // A socket, a system without /proc, or what belongs to another user (`su`).
  }
  // A terminal of another user, which is rare: it costs a thread of the pool while it stands still.
  if (stats.isCharacterDevice()) return asItIs;
  // Node makes the shared one non-blocking as soon as it has it as a stream, which it does with each standard output
  // that is a pipe; at the end it makes it again what it was.
  const stream = new Socket({ fd, readable: false, writable: true });
  return { fd, mayBlock: false, close: () => void stream };
}
