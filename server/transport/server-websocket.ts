/** The server's side of a WebSocket (package `ws`): who reads its connection, and what a fault is called. */
import type { Socket } from 'node:net';
import { WebSocket, type RawData } from 'ws';
import { isPlain, lender } from './lent.ts';

/** Who takes what a WebSocket brings. */
export interface WebSocketOwner {
  /** The connection was read; only where {@link ServerWebSocket.takeOver} said so. Lent. */
  onRead(bytes: Buffer): void;
  /** A ping or a pong came: work that no command pays for. */
  onControl(): void;
  /** `ws` has read a message, and hands it over whole. */
  onMessage(bytes: Buffer, isBinary: boolean): void;
  /** The other side broke the rules of WebSocket: a close for that follows (D26). */
  onWebSocketFault(reason: string): void;
  /** This side's close frame is about to be written, or `ws` has ended the connection: nothing else may follow. */
  onClosing(): void;
  /** There is room again for what is written to the connection. */
  onRoom(): void;
  onClosed(code: number, reason: Buffer): void;
}

/** What a break of the WebSocket protocol is in words; `ws` finds it and closes with the code alone (D26). */
const FAULTS: Readonly<Record<number, string>> = {
  1002: 'the WebSocket protocol was violated',
  1007: 'the message is not valid text',
  1009: 'the message is over 64 KiB',
};

const NOTHING = Buffer.alloc(0);

const kOwner = Symbol('owner');

interface Transport extends Socket {
  [kOwner]?: WebSocketOwner;
}

const lendReads = lender((transport, bytes) => (transport as Transport)[kOwner]?.onRead(bytes));

/** What `ws` has and its declared types leave out: it is given the connection once the upgrade is answered. */
const BaseWebSocket = WebSocket as unknown as new (
  ...args: ConstructorParameters<typeof WebSocket>
) => WebSocket & { setSocket(transport: Socket, head: Buffer, options: object): void };

/**
 * The server's WebSocket: never closes for a fault of the other side without saying why. It carries its owner, so that
 * one set of listeners serves all sockets: closures for each would be most of an idle client's memory.
 */
export class ServerWebSocket extends BaseWebSocket {
  [kOwner]?: WebSocketOwner;
  /** The connection under the WebSocket. */
  transport!: Socket;
  /** What came behind the upgrade already, when the owner is to read the connection. */
  #early: Buffer | null = null;

  /**
   * `ws` gathers and copies what it reads, which costs a relay most of its speed. Where it can be, the owner reads the
   * connection, and leaves to `ws` what is not plain payload.
   */
  override setSocket(given: Socket, head: Buffer, options: object): void {
    let [transport, unread] = [given, head];
    if (isPlain(given)) {
      this.#early = Buffer.concat([head, (given.read() as Buffer | null) ?? NOTHING]);
      [transport, unread] = [lendReads(given), NOTHING];
    }
    this.transport = transport;
    super.setSocket(transport, unread, options);
  }

  /** Sets who is told of everything from now on. True when that one reads the connection, false when `ws` does. */
  takeOver(owner: WebSocketOwner): boolean {
    const { transport } = this;
    this[kOwner] = owner;
    (transport as Transport)[kOwner] = owner;
    this.on('message', onMessage);
    // What listens already (@fastify/websocket) would keep the request and its answer for as long as the connection.
    this.removeAllListeners('error');
    this.on('error', onError);
    this.on('close', onClose);
    this.on('ping', onControl);
    this.on('pong', onControl);
    transport.on('drain', onDrain);
    transport.on('end', onEnd);
    const early = this.#early;
    this.#early = null;
    if (early && early.length > 0) process.nextTick(() => owner.onRead(early));
    return early !== null;
  }

  /** Gives `ws` bytes to read, as if it had read the connection itself. */
  readByWs(bytes: Buffer): void {
    this.transport.emit('data', bytes);
  }

  override close(code?: number, reason?: string | Buffer): void {
    const fault = code === undefined || reason !== undefined ? undefined : FAULTS[code];
    if (fault !== undefined) this[kOwner]?.onWebSocketFault(fault);
    this[kOwner]?.onClosing();
    super.close(code, reason ?? fault);
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  (this as ServerWebSocket)[kOwner]!.onMessage(data as Buffer, isBinary);
}

/** What the other side does wrong or the network suffers is told by the close; anything else is a defect of ours. */
function onError(error: NodeJS.ErrnoException): void {
  if (error.syscall === undefined && !error.code?.startsWith('WS_ERR_')) throw error;
}

function onControl(this: WebSocket): void {
  (this as ServerWebSocket)[kOwner]!.onControl();
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as ServerWebSocket)[kOwner]!.onClosed(code, reason);
}

function onDrain(this: Transport): void {
  this[kOwner]?.onRoom();
}

/** Behind `ws`, which does not wait for a close frame any more, and ends this side as well. */
function onEnd(this: Transport): void {
  this[kOwner]?.onClosing();
}
