/** The connection under a WebSocket, from the moment in which its upgrade is answered. */
import type { Socket } from 'node:net';
import { expire } from '../socket/shared-read-buffer.ts';
import { sockets } from '../socket/sockets.ts';

/** Owner of a connection under a WebSocket, who takes what it brings. */
export interface ConnectionOwner {
  /** The connection was read. The bytes are valid only during the call, and may be changed. */
  onRead(bytes: Buffer): void;
  /** The other side has ended the connection; nothing else is read. */
  onReadEnd(): void;
  /** The connection is closed; called last, and once. */
  onClosed(): void;
}

const NOTHING = Buffer.alloc(0);

const kOwner = Symbol('owner');

/**
 * Socket that carries its owner, so that one set of listeners serves all: closures would be most of an idle client's
 * memory.
 */
interface Transport extends Socket {
  [kOwner]?: ConnectionOwner;
}

const readIntoSharedBuffer = sockets.reader((transport, bytes) =>
  (transport as Transport)[kOwner]?.onRead(bytes),
);

/** A connection whose upgrade is answered, over TLS as over plain TCP, so that the same limits hold for both. */
export class UpgradedConnection {
  readonly transport: Socket;
  /** Bytes that came behind the upgrade already, and are not in the connection. */
  #early = NOTHING;

  /**
   * @param upgraded the connection, not being read
   * @param head what was read of it behind the request
   */
  constructor(upgraded: Socket, head: Buffer) {
    const buffered = (upgraded.read() as Buffer | null) ?? NOTHING;
    const early = Buffer.concat([head, buffered]);
    this.transport = readIntoSharedBuffer(upgraded);
    // In the same socket the next read must not overtake it.
    if (this.transport !== upgraded) this.#early = early;
    else if (early.length > 0) upgraded.unshift(early);
    this.transport.setTimeout(0);
    this.transport.setNoDelay();
  }

  /** Sets the owner, who receives all that the connection brings from now on. */
  takeOver(owner: ConnectionOwner): void {
    const transport = this.transport as Transport;
    const early = this.#early;
    this.#early = NOTHING;
    transport[kOwner] = owner;
    transport.on('data', onData);
    transport.on('end', onEnd);
    transport.on('error', onError);
    transport.on('close', onClose);
    if (early.length > 0) process.nextTick(() => owner.onRead(early));
  }
}

function onData(this: Transport, bytes: Buffer): void {
  this[kOwner]!.onRead(bytes);
  expire(bytes);
}

function onEnd(this: Transport): void {
  this[kOwner]!.onReadEnd();
}

function onError(): void {
  // 'close' follows, and is handled.
}

function onClose(this: Transport): void {
  this[kOwner]!.onClosed();
}
