/** WebSocket (package `ws`) → ByteStream, per D24–D26. */
import { WebSocket, type RawData } from 'ws';
import type { ByteStream, CloseKind, StreamHandler } from '../../shared/byte-stream.ts';

/** Largest message, in bytes, that is taken; a larger one closes with 1009 (D26). */
export const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long, in ms, a closing handshake may take, the sending of what is queued included. */
export const CLOSE_TIMEOUT = 2_000;

/** Bytes under way above which `write` asks to hold back. */
const HIGH_WATER = 64 * 1024;

const CODES: Readonly<Record<CloseKind, number>> = {
  unreadable: 1002,
  'not-allowed': 1008,
  'too-slow': 1013,
  'going-away': 1001,
};

/** What `ws` closes with by itself, in words (D26: the reason is a short English sentence). */
const OWN_REASONS: Readonly<Record<number, string>> = {
  1002: 'the WebSocket protocol was violated',
  1007: 'the message is not valid text',
  1009: 'the message is over 64 KiB',
};

const BINARY = { binary: true } as const;
const EMPTY = Buffer.alloc(0);
const kStream = Symbol('stream');

/** One set of listeners serves all sockets. */
interface StreamSocket extends WebSocket {
  [kStream]?: WebSocketStream;
}

/** The server's WebSocket: never closes for an error of the other side without saying why. */
export class ServerWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason ?? (code === undefined ? undefined : OWN_REASONS[code]));
  }
}

/**
 * A WebSocket as a {@link ByteStream}: binary messages are the bytes, wherever they are cut (D24); a zero-length
 * message is the end of writing, once per direction (D25).
 */
export class WebSocketStream implements ByteStream {
  readonly #socket: WebSocket;
  #handler!: StreamHandler;
  #closing = false;
  #ended = false;
  #otherEnded = false;
  #heldBack = false;
  #paused = false;
  /** Messages that `ws` had already parsed when it was paused. */
  #pending: Uint8Array[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    (socket as StreamSocket)[kStream] = this;
    socket.on('message', onMessage);
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#closing || bytes.length === 0) return true;
    if (this.#socket.bufferedAmount + bytes.length < HIGH_WATER) {
      this.#socket.send(bytes, BINARY);
      return true;
    }
    // The callback tells when these bytes, and so all before them, are handed to the operating system.
    this.#heldBack = true;
    this.#socket.send(bytes, BINARY, () => this.#sent());
    return false;
  }

  end(): void {
    if (this.#ended || this.#closing) return;
    this.#ended = true;
    this.#socket.send(EMPTY, BINARY);
    this.#closeIfBothEnded();
  }

  close(kind: CloseKind, reason: string): void {
    this.#closeWith(CODES[kind], reason);
  }

  abort(): void {
    this.#socket.terminate();
  }

  pause(): void {
    if (this.#paused || this.#closing) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#takePending();
    if (!this.isPaused) this.#socket.resume();
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** One message came; `ws` hands it over whole. */
  message(data: RawData, isBinary: boolean): void {
    if (this.#closing) return;
    const bytes = data as Buffer;
    if (!isBinary) this.#closeWith(1003, 'text messages are not part of chaton.v1');
    else if (this.#paused) this.#pending.push(bytes);
    else this.#take(bytes);
  }

  gone(code: number, reason: Buffer): void {
    this.#closing = true;
    this.#handler.onClose({ clean: this.#ended && this.#otherEnded, code, reason: reason.toString() });
  }

  #take(bytes: Uint8Array): void {
    if (this.#otherEnded) {
      this.#closeWith(1002, 'data after the end of writing');
    } else if (bytes.length > 0) {
      this.#handler.onData(bytes);
    } else {
      this.#otherEnded = true;
      this.#handler.onEnd();
      this.#closeIfBothEnded();
    }
  }

  #takePending(): void {
    while (!this.isPaused) {
      const bytes = this.#pending.shift();
      if (!bytes) return;
      this.#take(bytes);
    }
  }

  #sent(): void {
    if (!this.#heldBack || this.#socket.bufferedAmount >= HIGH_WATER) return;
    this.#heldBack = false;
    if (!this.#closing) this.#handler.onDrain();
  }

  #closeIfBothEnded(): void {
    if (this.#ended && this.#otherEnded) this.#closeWith(1000, 'both sides ended');
  }

  #closeWith(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#pending = [];
    this.#paused = false;
    // A paused socket would never see the other side's answer.
    this.#socket.resume();
    this.#socket.close(code, reason);
  }
}

function onMessage(this: StreamSocket, data: RawData, isBinary: boolean): void {
  this[kStream]!.message(data, isBinary);
}

function onError(): void {
  // `ws` closes with the right code, and 'close' tells it.
}

function onClose(this: StreamSocket, code: number, reason: Buffer): void {
  this[kStream]!.gone(code, reason);
}
