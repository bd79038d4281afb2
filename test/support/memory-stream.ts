/** Connection in memory: the test is the other side, and nothing happens that it does not ask for. */
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { OF_HANDLER, Holds, type HoldReason } from '../../shared/stream/holds.ts';
import { bytes } from './raw-hex.ts';
import type { CloseKind } from '../../shared/protocol/reasons.ts';

export class MemoryStream implements ByteStream {
  /** Buffers written, one for each `write`: the very object when it is shared, else a copy. */
  readonly writes: Uint8Array[] = [];
  /** True after `end`. */
  ended = false;
  /** Arguments of `close`. */
  closed: { readonly kind: CloseKind; readonly reason: string } | null = null;
  /** Arguments of `abort`. */
  aborted: { readonly kind: CloseKind | undefined; readonly reason: string | undefined } | null = null;
  readonly #holds = new Holds();
  #buffered = 0;
  #stalled = false;
  #handler: StreamHandler | null = null;
  /** Input that the test sent while the stream was paused; null is the end of writing. */
  readonly #waiting: Array<Uint8Array | null> = [];

  readonly #onWrite: (bytes: Uint8Array) => void;

  constructor(onWrite: (bytes: Uint8Array) => void = () => {}) {
    this.#onWrite = onWrite;
  }

  /** True while its owner pauses reading. */
  get paused(): boolean {
    return this.#holds.any;
  }

  get buffered(): number {
    return this.#buffered;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    if (this.#holds.delete(OF_HANDLER)) queueMicrotask(() => this.#goOn());
  }

  write(given: Uint8Array, shared = false): boolean {
    if (this.#isOver || this.ended) return true;
    this.writes.push(shared ? given : new Uint8Array(given));
    this.#onWrite(given);
    if (this.#stalled) this.#buffered += given.length;
    return !this.#stalled;
  }

  end(): void {
    if (!this.#isOver) this.ended = true;
  }

  close(kind: CloseKind, reason: string): void {
    if (!this.#isOver) this.closed = { kind, reason };
  }

  abort(kind?: CloseKind, reason?: string): void {
    this.aborted ??= { kind, reason };
  }

  hold(reason: HoldReason): void {
    this.#holds.add(reason);
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) this.#goOn();
  }

  #goOn(): void {
    while (!this.paused && this.#waiting.length > 0) this.#arrive(this.#waiting.shift()!);
  }

  /** Sends hex or bytes from the other side. On a paused stream they arrive later. */
  send(raw: string | Uint8Array): void {
    this.#arriveInTurn(typeof raw === 'string' ? bytes(raw) : raw);
  }

  /** Ends the writing of the other side. */
  sendEnd(): void {
    this.#arriveInTurn(null);
  }

  /** Breaks the rules of the transport on the other side; the handler closes the stream for it. */
  breakRules(reason: string): void {
    this.#handler?.onFault(reason);
  }

  /** Closes the connection on the other side as a WebSocket does, which is lost once it is answered. */
  sendCloseFrame(code = 1000): void {
    const answer = () => this.lose({ clean: false, code });
    if (!this.#handler?.onCloseFrame?.(code, answer)) answer();
  }

  /** True once the connection is lost. */
  get isLost(): boolean {
    return this.#handler === null;
  }

  /** Loses the connection; by default uncleanly, as by a reset. */
  lose(closed: Closed = { clean: false }): void {
    this.#handler?.onClose(closed);
    this.#handler = null;
  }

  /** Lets the other side take nothing from now on: what is written stays pending, and `write` reports backpressure. */
  stall(): void {
    this.#stalled = true;
  }

  /** Adds pending bytes beside the stream's own: those, too, are not taken while it is stalled. */
  queue(size: number): void {
    if (this.#stalled) this.#buffered += size;
  }

  /** Lets the other side take everything again. */
  drain(): void {
    this.#stalled = false;
    this.#buffered = 0;
    this.#handler?.onWritable();
  }

  /** Takes what was written since the last call, in hex. */
  taken(): string {
    const hex = Buffer.concat(this.writes).toString('hex');
    this.writes.length = 0;
    return hex;
  }

  get #isOver(): boolean {
    return this.closed !== null || this.aborted !== null;
  }

  #arriveInTurn(what: Uint8Array | null): void {
    if (this.paused) this.#waiting.push(what);
    else this.#arrive(what);
  }

  /** Delivers input, which is ignored after `close` or `abort`. */
  #arrive(what: Uint8Array | null): void {
    if (this.#isOver) return;
    if (what) this.#lend(what);
    else this.#handler?.onEnd();
  }

  /** Delivers bytes that are overwritten afterwards: an owner that kept them without a copy is found out. */
  #lend(bytes: Uint8Array): void {
    const lent = new Uint8Array(bytes);
    this.#handler?.onData(lent);
    lent.fill(0xee);
  }
}
