/** Resetting a connection, whatever it is just doing. */
import type { Socket } from 'node:net';

/** Timeout, in ms, of an end of writing that is under way; then a connection is closed instead of reset. */
const END_TIMEOUT = 1_000;

/**
 * Resets a connection. While an end of writing is being handed to the operating system (FIN, or close_notify before it)
 * libuv refuses to, and Node then neither closes the connection nor says so: the reset follows as soon as that is done.
 */
export function resetConnection(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (!isEnding || socket.destroyed) {
    socket.resetAndDestroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), END_TIMEOUT);
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => socket.resetAndDestroy());
}
