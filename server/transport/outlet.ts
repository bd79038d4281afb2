/** Writes that are done with what they are given when they return, at half the cost of Node's own. */
import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { handleOf } from './handle.ts';

const kDescriptor = Symbol('descriptor');

interface Outlet extends Socket {
  [kDescriptor]?: number;
}

/** Lets {@link write} go straight to the operating system. Only for plain TCP: elsewhere bytes are not sent as they are. */
export function openOutlet(socket: Socket): void {
  const descriptor = handleOf(socket)?.fd ?? -1;
  if (descriptor >= 0) (socket as Outlet)[kDescriptor] = descriptor;
}

/**
 * Writes bytes: as many as the operating system takes at once by the descriptor, where there is an outlet, and the
 * rest through the socket. False asks to hold back until the socket drains.
 * @param kept whether the bytes never change, and may be queued as they are; others are copied then
 */
export function write(socket: Socket, bytes: Uint8Array, kept: boolean): boolean {
  const descriptor = (socket as Outlet)[kDescriptor];
  // Behind what is queued; and once the handle is gone, the descriptor may be another connection's.
  const isFree = descriptor !== undefined && socket.writableLength === 0 && handleOf(socket) !== null;
  const rest = isFree ? writeNow(descriptor, bytes) : bytes;
  return rest === null || socket.write(kept ? rest : Buffer.from(rest));
}

/** The rest; null when there is none. */
function writeNow(descriptor: number, bytes: Uint8Array): Uint8Array | null {
  try {
    const taken = writeSync(descriptor, bytes);
    return taken === bytes.length ? null : bytes.subarray(taken);
  } catch {
    // It takes nothing now, or never again; the socket finds out which.
    return bytes;
  }
}
