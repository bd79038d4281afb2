/** Sockets that carry their owner. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expire, hopReadBuffer } from './shared-read-buffer.ts';
import { sockets } from './sockets.ts';
import { breaksTls } from './tls-input.ts';

/** Owner of a connection, who takes what it brings. */
export interface ConnectionOwner {
  /** The connection was read. The bytes are valid only during the call, and may be changed. */
  onRead(bytes: Buffer): void;
  /** The other side has ended the connection; nothing else is read. */
  onReadEnd(): void;
  /** The other side broke the rules of TLS, and the connection is destroyed: `onClosed` follows. */
  onBroken(reason: string): void;
  /** The connection is closed; called last, and once. */
  onClosed(hadError: boolean): void;
}

const kOwner = Symbol('owner');

/** One set of listeners serves all sockets: closures would be most of an idle client's memory. */
interface OwnedSocket extends Socket {
  [kOwner]?: ConnectionOwner;
}

const onRead = (socket: OwnedSocket, bytes: Buffer): boolean => {
  socket[kOwner]?.onRead(bytes);
  return true;
};

const read = sockets.reader(onRead);

/** Has an accepted plain connection read into the shared buffer from now on, where that is possible. */
export const readIntoSharedBuffer = (socket: Socket): Socket =>
  socket instanceof TLSSocket ? socket : read(socket);

/** Has a plain connection between gateways do so, in reads that hold a whole frame. */
export const readHopIntoSharedBuffer: (socket: Socket) => Socket = sockets.reader(onRead, hopReadBuffer);

/** Has a TLS connection, before any of its bytes came, read into the shared buffer, where that is possible. */
export const readTlsIntoSharedBuffer: (socket: TLSSocket) => Socket = read;

/** Gives a socket to an owner. The one before, if there is one, hears nothing more of it. */
export function own(socket: Socket, owner: ConnectionOwner): void {
  const owned = socket as OwnedSocket;
  if (!owned[kOwner]) owned.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  owned[kOwner] = owner;
}

function onData(this: OwnedSocket, bytes: Buffer): void {
  this[kOwner]?.onRead(bytes);
  expire(bytes);
}

function onEnd(this: OwnedSocket): void {
  this[kOwner]?.onReadEnd();
}

function onError(this: OwnedSocket, error: Error): void {
  // 'close' follows, and is handled.
  if (breaksTls(error)) this[kOwner]?.onBroken('TLS was broken');
}

function onClose(this: OwnedSocket, hadError: boolean): void {
  this[kOwner]?.onClosed(hadError);
}
