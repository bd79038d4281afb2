/** Sockets that allow direct writes by their descriptor, since they announce when those have to stop. */
import { Socket } from 'node:net';
import { closeInTurn } from './close-quota.ts';
import type { Blockable } from './socket-access.ts';

/** A socket that blocks its writer before anybody else writes to it, ends it or closes it. */
interface DirectSocket extends Socket {
  writer: Blockable | null;
}

/**
 * Makes one of a socket that Node has made, and that stays the same object: a second one would cost as much again, and
 * so would nearly a change of its prototype.
 */
export function makeDirect(accepted: Socket): DirectSocket {
  const socket = accepted as DirectSocket;
  socket.writer = null;
  socket.write = write as Socket['write'];
  socket._destroy = destroy;
  return socket;
}

export function isDirect(socket: Socket): socket is DirectSocket {
  return 'writer' in socket;
}

function write(this: DirectSocket, ...args: Parameters<Socket['write']>): boolean {
  this.writer?.block();
  return Socket.prototype.write.apply(this, args);
}

/** Every close of the socket, for whatever reason, calls this before the descriptor is free for another connection. */
function destroy(this: DirectSocket, error: Error | null, done: (error?: Error | null) => void): void {
  this.writer?.block();
  const close = (): void => {
    this.writer?.block();
    Socket.prototype._destroy.call(this, error, done);
  };
  // One that is not read to its end could still be read until then.
  if (error || this.readableEnded) closeInTurn(close);
  else close();
}
