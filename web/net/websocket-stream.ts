/** A browser's WebSocket as a `ByteStream` (D24, D25). Also works with Node's own WebSocket. */
import type { ByteStream, Closed, CloseKind, StreamHandler } from '../../shared/byte-stream.ts';
import { SUBPROTOCOL, WEB_SUBPROTOCOL } from '../../shared/control.ts';
import { wire } from './wire-tap.ts';

/** Bytes waiting in the browser above which `write` asks to hold back. */
export const HIGH_WATERMARK = 256 * 1024;
/** Longest binary message sent, in bytes; the server refuses one over 64 KiB (D26). */
const MAX_MESSAGE_BYTES = 32 * 1024;
/** A WebSocket has no drain event: while it is over the watermark, and only then, it is looked at this often (ms). */
const DRAIN_POLL_MS = 50;
/** A page may only close with 1000 or 3000–4999: the codes of D26 are said as 4000 + their last digits. */
const CLOSE_CODES: Readonly<Record<CloseKind, number>> = {
  'going-away': 4001,
  unreadable: 4002,
  'not-allowed': 4008,
  'too-slow': 4013,
  'too-many': 4013,
};

/** A stream that counts. */
export interface CountedStream extends ByteStream {
  /** Bytes written since the beginning. */
  readonly written: number;
}

/**
 * Connects to a Chaton WebSocket endpoint. What is written before it is open is sent when it is.
 * @param onControl gets the text messages of the control channel (D28), which is only asked for if this is given
 */
export function openWebSocketStream(url: string, onControl?: (text: string) => void): CountedStream {
  return new WebSocketStream(new WebSocket(url, onControl ? WEB_SUBPROTOCOL : SUBPROTOCOL), onControl);
}

class WebSocketStream implements CountedStream {
  readonly #socket: WebSocket;
  #handler: StreamHandler | null = null;
  /** Written before the socket was open. An empty one is the end of writing. */
  #early: Uint8Array<ArrayBuffer>[] = [];
  /** What came while paused: a browser cannot make the other side wait. */
  #held: (() => void)[] = [];
  #paused = false;
  #writingEnded = false;
  #readingEnded = false;
  #closing = false;
  #gone = false;
  readonly #onControl: ((text: string) => void) | undefined;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;
  written = 0;

  constructor(socket: WebSocket, onControl?: (text: string) => void) {
    this.#onControl = onControl;
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#received(data);
    socket.onclose = ({ code, reason }) =>
      this.#deliver(() =>
        this.#close({ clean: this.#writingEnded && this.#readingEnded && code === 1000, code, reason }),
      );
  }

  get buffered(): number {
    return this.#early.reduce((sum, bytes) => sum + bytes.length, this.#socket.bufferedAmount);
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#writingEnded || this.#closing) return true;
    this.written += bytes.length;
    for (let at = 0; at < bytes.length; at += MAX_MESSAGE_BYTES)
      this.#send(bytes.slice(at, at + MAX_MESSAGE_BYTES));
    if (this.buffered <= HIGH_WATERMARK) return true;
    this.#drainTimer ??= setTimeout(() => this.#drained(), DRAIN_POLL_MS);
    return false;
  }

  end(): void {
    if (this.#writingEnded || this.#closing) return;
    this.#writingEnded = true;
    this.#send(new Uint8Array(0));
    this.#closeIfBothEnded();
  }

  close(kind: CloseKind, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#held = [];
    this.#paused = false;
    this.#socket.close(CLOSE_CODES[kind], reason);
  }

  abort(): void {
    if (this.#gone) return;
    this.#closing = true;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#held = [];
    this.#socket.close(4000, 'aborted');
    // Not when the browser says so: on a dead network that takes minutes.
    queueMicrotask(() => this.#close({ clean: false }));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (let next = this.#nextHeld(); next; next = this.#nextHeld()) next();
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length > 0) wire.tap?.(this, 'sent', bytes);
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#early.push(bytes);
    else this.#socket.send(bytes);
  }

  #opened(): void {
    for (const bytes of this.#early) this.#socket.send(bytes);
    this.#early = [];
    this.#closeIfBothEnded();
  }

  #received(data: unknown): void {
    if (this.#closing) return;
    if (typeof data === 'string' && this.#onControl) return this.#deliver(() => this.#onControl?.(data));
    if (!(data instanceof ArrayBuffer)) return this.#fault('a text message on chaton.v1');
    if (this.#readingEnded) return this.#fault('data after the end of writing');
    if (data.byteLength > 0) {
      wire.tap?.(this, 'received', new Uint8Array(data));
      this.#deliver(() => this.#handler?.onData(new Uint8Array(data)));
      return;
    }
    this.#readingEnded = true;
    this.#deliver(() => this.#handler?.onEnd());
    this.#closeIfBothEnded();
  }

  #fault(reason: string): void {
    this.#handler?.onFault(reason);
    this.close('unreadable', reason);
  }

  /** D25: both ends of writing close with 1000. By then everything has come, so nothing is lost by it. */
  #closeIfBothEnded(): void {
    if (this.#writingEnded && this.#readingEnded && this.#early.length === 0) this.#socket.close(1000);
  }

  #drained(): void {
    this.#drainTimer = undefined;
    if (this.#gone || this.#closing) return;
    if (this.buffered > HIGH_WATERMARK) this.#drainTimer = setTimeout(() => this.#drained(), DRAIN_POLL_MS);
    else this.#handler?.onDrain();
  }

  #deliver(call: () => void): void {
    if (this.#paused) this.#held.push(call);
    else call();
  }

  /** Nothing once the owner pauses again, as it may from within any of these calls. */
  #nextHeld(): (() => void) | undefined {
    return this.#paused ? undefined : this.#held.shift();
  }

  #close(closed: Closed): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#closing = true;
    clearTimeout(this.#drainTimer);
    this.#handler?.onClose(closed);
  }
}
