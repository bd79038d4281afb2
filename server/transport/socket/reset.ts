/** Resetting a connection, whatever it is just doing. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Timeout, in ms, of an end of writing that is under way; then a connection is closed instead of reset. */
const END_TIMEOUT = 1_000;

/**
 * Resets a connection. While an end of writing is being handed to the operating system (FIN, or close_notify before it)
 * libuv refuses to, and Node then neither closes the connection nor says so: the reset follows as soon as that is done.
 * Over TLS it also follows what was written before the end: that leaves a turn later, and would be lost where it is not over TCP.
 */
export function resetConnection(socket: Socket): void {
  const isSecure = socket instanceof TLSSocket;
  const isEnding =
    socket.writableEnded && !socket.writableFinished && (isSecure || socket.writableLength === 0);
  if (!isEnding || socket.destroyed) {
    socket.resetAndDestroy();
    return;
  }
  const timer = setTimeout(() => (isSecure ? socket.resetAndDestroy() : socket.destroy()), END_TIMEOUT);
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => socket.resetAndDestroy());
}

/**
 * Destroys a connection.
 * @param isEnding what is being written is an end of its own, which goes before: over TLS it leaves a turn later
 */
export function destroyConnection(socket: Socket, isEnding: boolean): void {
  if (!isEnding || !(socket instanceof TLSSocket)) {
    socket.destroy();
    return;
  }
  socket.end();
  resetConnection(socket);
}
