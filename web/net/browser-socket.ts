/** A browser's WebSocket as a `ByteStream` (D24, D25). Also works with Node's own WebSocket. */
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { WEB_SUBPROTOCOL } from '../../shared/protocol/control.ts';
import { ABANDONED } from '../../shared/stream/resumable.ts';
import { CLOSE_CODES, type CloseKind } from '../../shared/protocol/reasons.ts';

/** Longest binary message sent, in bytes: the longest that the server takes (D26). */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Close code of a page, which may only be 1000 or 3000–4999: the codes of D26 become 4000 + their last digits. */
const closeCodeOf = (kind: CloseKind): number => CLOSE_CODES[kind] + 3000;

/**
 * One WebSocket, with the control channel beside the bytes (D28). What is written before it is open is sent when it is.
 * A browser neither says when it has room nor can make the other side wait: that is left to its owner.
 */
export class BrowserSocket implements ByteStream {
  /** Takes the text messages. */
  onText: ((text: string) => void) | null = null;
  readonly #socket: WebSocket;
  #handler!: StreamHandler;
  /** Messages written before the socket was open. */
  readonly #early: (string | Uint8Array<ArrayBuffer>)[] = [];
  #writingEnded = false;
  #readingEnded = false;
  #closing = false;
  #gone = false;

  constructor(url: string) {
    const socket = new WebSocket(url, WEB_SUBPROTOCOL);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      for (const item of this.#early.splice(0)) socket.send(item);
      if (this.#writingEnded) this.#sendEnd();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#received(data);
    socket.onclose = ({ code, reason }) =>
      this.#close({ clean: this.#writingEnded && this.#readingEnded && code === 1000, code, reason });
  }

  /** True while bytes can go to the server: not while it is still being opened, nor once it is being closed. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  get buffered(): number {
    return this.#early.reduce((sum, { length }) => sum + length, this.#socket.bufferedAmount);
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length && !this.#writingEnded; at += MAX_MESSAGE_BYTES)
      this.#send(bytes.subarray(at, at + MAX_MESSAGE_BYTES) as Uint8Array<ArrayBuffer>);
    return true;
  }

  sendText(text: string): void {
    this.#send(text);
  }

  end(): void {
    if (this.#writingEnded || this.#closing) return;
    this.#writingEnded = true;
    if (this.isOpen) this.#sendEnd();
  }

  close(kind: CloseKind, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.close(closeCodeOf(kind), reason);
  }

  /** Closes at once. Without a kind it is as if it had broken, and the server may expect this page on another. */
  abort(kind?: CloseKind): void {
    this.#closing = true;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(kind ? closeCodeOf(kind) : ABANDONED);
    // The browser's own event is not waited for: on a dead network it takes minutes.
    queueMicrotask(() => this.#close({ clean: false }));
  }

  hold(): void {}

  release(): void {}

  /** While it is being closed, by either side, what is sent goes nowhere, and the browser complains of it. */
  #send(item: string | Uint8Array<ArrayBuffer>): void {
    if (this.#closing) return;
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#early.push(item.slice());
    else if (this.isOpen) this.#socket.send(item);
  }

  #sendEnd(): void {
    this.#socket.send(new Uint8Array(0));
    this.#closeIfBothEnded();
  }

  #received(data: unknown): void {
    if (this.#closing) return;
    if (typeof data === 'string') return this.onText?.(data);
    const bytes = new Uint8Array(data as ArrayBuffer);
    if (this.#readingEnded) {
      const reason = 'data after the end of writing';
      this.#handler.onFault(reason);
      this.close('unreadable', reason);
    } else if (bytes.length > 0) this.#handler.onData(bytes);
    else {
      this.#readingEnded = true;
      this.#handler.onEnd();
      this.#closeIfBothEnded();
    }
  }

  /** Closes with 1000 once both sides have ended their writing (D25). Everything has come by then: nothing is lost. */
  #closeIfBothEnded(): void {
    if (this.#writingEnded && this.#readingEnded) this.#socket.close(1000);
  }

  #close(closed: Closed): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#closing = true;
    this.#handler.onClose(closed);
  }
}
