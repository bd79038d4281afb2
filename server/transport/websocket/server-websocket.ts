/** The server's side of a WebSocket: package `ws` answers the upgrade, and from there on the connection is ours. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { isPlain, sharedBufferReader } from '../socket/shared-read-buffer.ts';

/** Who takes what a connection under a WebSocket brings. */
export interface ConnectionOwner {
  /** The connection was read. Good until this returns, and may be changed. */
  onRead(bytes: Buffer): void;
  /** The other side has ended the connection; nothing else is read. */
  onReadEnd(): void;
  /** The connection is gone. */
  onGone(): void;
}

const NOTHING = Buffer.alloc(0);

const kOwner = Symbol('owner');

/** It carries its owner, so that one set of listeners serves all: closures would be most of an idle client's memory. */
interface Transport extends Socket {
  [kOwner]?: ConnectionOwner;
}

const readIntoSharedBuffer = sharedBufferReader((transport, bytes) =>
  (transport as Transport)[kOwner]?.onRead(bytes),
);

/** What `ws` has and its declared types leave out: it is given the connection once the upgrade is answered. */
const BaseWebSocket = WebSocket as unknown as new (
  ...args: ConstructorParameters<typeof WebSocket>
) => Omit<WebSocket, 'close'> & { setSocket(transport: Socket, head: Buffer): void };

/**
 * What `ws` makes of an upgrade. It is given a connection, which it passes on: what reads and writes frames is
 * {@link WebSocketStream}, over TLS as over plain TCP, so that the same limits hold for both.
 */
export class ServerWebSocket extends BaseWebSocket {
  /** The connection under the WebSocket. */
  transport!: Socket;
  /** What came behind the upgrade already, and is not in the connection. */
  #early = NOTHING;

  override setSocket(given: Socket, head: Buffer): void {
    const canLend: boolean = isPlain(given);
    if (canLend) this.#early = Buffer.concat([head, (given.read() as Buffer | null) ?? NOTHING]);
    else if (head.length > 0) given.unshift(head);
    this.transport = canLend ? readIntoSharedBuffer(given) : given;
    this.transport.setTimeout(0);
    this.transport.setNoDelay();
  }

  /** Sets who is told of everything from now on. */
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
}

function onEnd(this: Transport): void {
  this[kOwner]!.onReadEnd();
}

function onError(): void {
  // 'close' follows and tells it.
}

function onClose(this: Transport): void {
  this[kOwner]!.onGone();
}
