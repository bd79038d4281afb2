/** Sockets that carry their owner. */
import type { Socket } from 'node:net';
import { expire } from './shared-read-buffer.ts';
import { sockets } from './sockets.ts';

/** Owner of a connection, who takes what it brings. */
export interface ConnectionOwner {
  /** The connection was read. The bytes are valid only during the call, and may be changed. */
  onRead(bytes: Buffer): void;
  /** The other side has ended the connection; nothing else is read. */
  onReadEnd(): void;
  /** The connection is closed; called last, and once. */
  onClosed(hadError: boolean): void;
}

const kOwner = Symbol('owner');

/** One set of listeners serves all sockets: closures would be most of an idle client's memory. */
interface OwnedSocket extends Socket {
  [kOwner]?: ConnectionOwner;
}

/**
 * Has an accepted plain connection read into the shared buffer from now on, where that is possible; to be called while
 * it has an owner, or before its first read.
 */
export const readIntoSharedBuffer = sockets.reader((socket, bytes) =>
  (socket as OwnedSocket)[kOwner]?.onRead(bytes),
);

/** Gives a socket to an owner. The one before, if there is one, hears nothing more of it. */
export function own(socket: Socket, owner: ConnectionOwner): void {
  const owned = socket as OwnedSocket;
  if (!owned[kOwner]) owned.on('end', onEnd).on('error', onError).on('close', onClose);
  if (owned.listenerCount('data') === 0) owned.on('data', onData);
  owned[kOwner] = owner;
}

/** Pauses a socket, whose owner reads it by `read()` from now on and is told of all but what is read. */
export function readByHand(socket: Socket): void {
  socket.pause().off('data', onData);
}

function onData(this: OwnedSocket, bytes: Buffer): void {
  this[kOwner]?.onRead(bytes);
  expire(bytes);
}

function onEnd(this: OwnedSocket): void {
  this[kOwner]?.onReadEnd();
}

function onError(): void {
  // 'close' follows, and is handled.
}

function onClose(this: OwnedSocket, hadError: boolean): void {
  this[kOwner]?.onClosed(hadError);
}
