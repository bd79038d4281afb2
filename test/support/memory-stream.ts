/** A connection made of memory: the test is the other side, and nothing happens that it does not ask for. */
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { OF_HANDLER, Holds, type HoldReason } from '../../shared/stream/holds.ts';
import { bytes } from './raw-hex.ts';
import type { CloseKind } from '../../shared/protocol/reasons.ts';

export class MemoryStream implements ByteStream {
  /** What was written, one element for each `write`: the very object when it is shared, else a copy. */
  readonly writes: Uint8Array[] = [];
  /** Set by `end`. */
  ended = false;
  /** Set by `close`, to its arguments. */
  closed: { readonly kind: CloseKind; readonly reason: string } | null = null;
  /** Set by `abort`, to its arguments. */
  aborted: { readonly kind: CloseKind | undefined; readonly reason: string | undefined } | null = null;
  readonly #holds = new Holds();
  #buffered = 0;
  #stalled = false;
  #handler: StreamHandler | null = null;
  /** What the test sent while the stream was paused; null is the end of writing. */
  readonly #waiting: Array<Uint8Array | null> = [];

  readonly #onWrite: (bytes: Uint8Array) => void;

  constructor(onWrite: (bytes: Uint8Array) => void = () => {}) {
    this.#onWrite = onWrite;
  }

  /** Whether the owner asked to be told nothing for now. */
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

  /** The other side sends: hex, or bytes. Over a paused stream it arrives later. */
  send(raw: string | Uint8Array): void {
    this.#arriveInTurn(typeof raw === 'string' ? bytes(raw) : raw);
  }

  /** The other side ends its writing. */
  sendEnd(): void {
    this.#arriveInTurn(null);
  }

  /** The other side breaks the rules of the transport; the stream closes for it. */
  breakRules(reason: string): void {
    this.#handler?.onFault(reason);
    this.close('unreadable', reason);
  }

  /** The connection is gone: by default without a word, as by a reset. */
  lose(closed: Closed = { clean: false }): void {
    this.#handler?.onClose(closed);
    this.#handler = null;
  }

  /** From now on the other side takes nothing: what is written stays, and `write` asks to hold back. */
  stall(): void {
    this.#stalled = true;
  }

  /** So many more bytes are under way beside the stream's own: those, too, are not taken while it is stalled. */
  queue(size: number): void {
    if (this.#stalled) this.#buffered += size;
  }

  /** The other side takes everything again. */
  drain(): void {
    this.#stalled = false;
    this.#buffered = 0;
    this.#handler?.onDrain();
  }

  /** What was written since the last time it was asked for, in hex. */
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

  /** What comes after `close` or `abort` is thrown away. */
  #arrive(what: Uint8Array | null): void {
    if (this.#isOver) return;
    if (what) this.#lend(what);
    else this.#handler?.onEnd();
  }

  /** What is lent is spoiled afterwards: who kept it without a copy is found out. */
  #lend(bytes: Uint8Array): void {
    const lent = new Uint8Array(bytes);
    this.#handler?.onData(lent);
    lent.fill(0xee);
  }
}
