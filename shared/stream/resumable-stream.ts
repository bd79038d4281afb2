/**
 * A resumable stream: one stream of bytes over successive transports (D28). Both sides use it: each counts what it wrote
 * and what came, an end of writing counting one, keeps what the other has not acknowledged, and on a new transport
 * retransmits from the other's count. So nothing is lost, repeated or reordered, wherever the transport before was cut.
 */
import type { ByteStream, Closed, StreamHandler } from './byte-stream.ts';
import { BY_OWNER, OF_HANDLER, OVERFLOW, Holds, type HoldReason } from './holds.ts';
import type { HeldInput } from './held-input.ts';
import { RetransmitBuffer, type ByteQueue } from './retransmit-buffer.ts';
import type { CloseKind } from '../protocol/reasons.ts';

/** Close code with which a page drops a WebSocket that it takes for dead, and means to resume. */
export const ABANDONED = 4006;
/** Close code that a WebSocket reports when the connection under it broke. */
const BROKEN = 1006;

/** Owner of a {@link ResumableStream}: finds it transports, and exchanges counts with the other side's owner. */
export interface ResumableOwner {
  /** Sends an acknowledgement over the present transport: how much came. */
  sendReceived(received: number): void;
  /** Runs a function after `ms`. */
  later(run: () => void, ms: number): void;
  /** The transport broke. Answers whether `adopt` or `lose` will follow; if not, the stream ends. */
  onDropped(): boolean;
  /** The stream cannot be resumed any more, because it was ended; why, if this side closed it. Before its close. */
  onOver(kind?: CloseKind): void;
}

/** The retransmit buffer, as flow control sees it. */
export interface Kept extends Pick<RetransmitBuffer, 'base' | 'sent'> {
  readonly queue: { readonly copied: number };
}

/** Flow control of a stream that keeps what is written: bounds, and who is told of what is kept. */
export interface Flow {
  /** Bytes under way in a window, or bytes kept without one. */
  readonly size: number;
  /** Low-water mark: bytes that are not acknowledged, up to which there is room again in a window. */
  readonly lowWater: number;
  /** Queue for what is written; a `PieceQueue` unless given. */
  readonly queue?: ByteQueue | undefined;
  /** Input that waits for a handler that holds, in a window. Without it the handler may not hold. */
  readonly input?: HeldInput | undefined;
  /** True when so much waits there that the transport must not be read. */
  readonly holdsTooMuch?: boolean;
  /** Longest delay, in ms, of the acknowledgement of so many received bytes; 0 for at once. In a window. */
  ackDelay(due: number): number;
  /** Notes what has changed, `input` included. */
  update(kept: Kept, transport: ByteStream | null): void;
}

export class ResumableStream implements ByteStream, StreamHandler {
  readonly #owner: ResumableOwner;
  /** Set when bytes written are kept. Before, the transport is all there is. */
  #flow: Flow | null = null;
  #handler!: StreamHandler;
  #transport: ByteStream | null;
  /** True when the other side acknowledges, and no more than a window is sent without that. */
  #windowed = false;
  /** Retransmit buffer: bytes written and not acknowledged. */
  readonly #retransmit = new RetransmitBuffer();
  #ended = false;
  /** The transport has no room. */
  #full = false;
  /** `write` has returned false, and `onWritable` has not followed. */
  #owesWritable = false;
  #received = 0;
  #acknowledged = 0;
  /** Delay of the acknowledgement that is due; none is when it is infinite. */
  #ackDelay = Infinity;
  #otherEnded = false;
  /** Reasons why the handler gets no data for now. */
  readonly #holds = new Holds();
  /** The transport was closed while something is held. */
  #closed: Closed | null = null;
  #over = false;
  #gone = false;

  constructor(transport: ByteStream, owner: ResumableOwner) {
    this.#transport = transport;
    this.#owner = owner;
    transport.attach(this);
  }

  /** Bytes written since the beginning, the end of writing counting one. */
  get written(): number {
    return this.#retransmit.written;
  }

  /** Bytes written that are not known to have come. */
  get waiting(): number {
    return this.#retransmit.waiting;
  }

  /** Bytes received and handed over since the beginning, counted the same way. */
  get received(): number {
    return this.#received;
  }

  /** Count that the other side acknowledged, while it is waited for to acknowledge more; else null. */
  get unackedSince(): number | null {
    return this.#windowed && this.#owesWritable && this.#transport ? this.#retransmit.base : null;
  }

  /** True when there is a transport. */
  get connected(): boolean {
    return this.#transport !== null;
  }

  /** Write deadline of the handler, for the transport there is. */
  get writeTimeout(): number | undefined {
    return this.#handler.writeTimeout;
  }

  get buffered(): number {
    const { written, sent } = this.#retransmit;
    return this.#transport ? this.#transport.buffered + written - sent : this.waiting;
  }

  /**
   * Keeps what is written from now on until the other side has it.
   * @param windowed whether both sides acknowledge, and what is sent and not acknowledged is at most a window
   */
  keep(flow: Flow, windowed: boolean): void {
    this.#flow = flow;
    if (flow.queue) this.#retransmit.queue = flow.queue;
    this.#windowed = windowed;
    if (windowed) this.#transport?.release(BY_OWNER);
    this.#scheduleReceived();
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    if (this.#holds.delete(OF_HANDLER)) queueMicrotask(() => this.#resumeReading());
  }

  write(bytes: Uint8Array, shared?: boolean): boolean {
    if (this.#ended || this.#over || bytes.length === 0) return true;
    const flow = this.#flow;
    if (flow) {
      this.#retransmit.add(bytes, shared);
      this.#pump(bytes, shared);
      // At a fan-out nothing is copied, mostly, and the flow control need not be fetched from memory.
      if (this.#windowed || this.#retransmit.queue.copied) this.#update();
    } else {
      this.#retransmit.skip(bytes.length);
      this.#full = this.#transport?.write(bytes, shared) === false;
    }
    const isBounded = this.#windowed || !this.#transport;
    this.#owesWritable ||= this.#full || (isBounded && this.waiting >= flow!.size);
    return !this.#owesWritable;
  }

  cork(): void {
    this.#transport?.cork?.();
  }

  uncork(): void {
    this.#transport?.uncork?.();
  }

  end(): void {
    if (this.#ended || this.#over) return;
    this.#ended = true;
    this.#retransmit.addEnd();
    this.#pump();
  }

  close(kind: CloseKind, reason: string): void {
    this.#fail(kind, () => this.#transport?.close(kind, reason));
  }

  abort(kind?: CloseKind, reason?: string): void {
    this.#fail(kind, () => this.#transport?.abort(kind, reason));
  }

  hold(reason: HoldReason): void {
    this.#holds.add(reason);
    // In a window the other side stops by itself, and its acknowledgements must still come through.
    if (!this.#windowed) this.#transport?.hold(BY_OWNER);
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) this.#resumeReading();
  }

  /** Notes that the other side acknowledged so much of what was written. False when that cannot be. */
  acknowledged(count: number): boolean {
    if (count > this.#retransmit.sent) return false;
    this.#retransmit.acknowledge(count);
    this.#update();
    this.#pump();
    this.#update();
    this.#relieve();
    return true;
  }

  /** Acknowledges what came, if that was not done. */
  sendReceived(): void {
    if (!this.#transport || this.#acknowledged === this.#received) return;
    this.#acknowledged = this.#received;
    this.#owner.sendReceived(this.#received);
  }

  /** Tells whether a side that has received so much can still be given the rest. */
  canResume(otherReceived: number): boolean {
    return !this.#over && otherReceived >= this.#retransmit.base && otherReceived <= this.#retransmit.written;
  }

  /**
   * Resumes over a new transport, from the other side's count (see `canResume`); it has ours. A transport that is still
   * there is dropped: what came over it and was not handed over comes again.
   */
  adopt(transport: ByteStream, otherReceived: number): void {
    this.#dropTransport();
    this.#transport = transport;
    transport.attach(this);
    this.#acknowledged = this.#received;
    this.#retransmit.acknowledge(otherReceived);
    this.#retransmit.rewind();
    this.#full = false;
    if (this.#holds.any && !this.#windowed) transport.hold(BY_OWNER);
    // The end is sent on each transport anew: it closes by itself when both sides have (D25).
    if (this.#ended && this.waiting === 0) transport.end();
    else this.#pump();
    this.#update();
    this.#relieve();
  }

  /** Drops the present transport, as if it had broken. */
  drop(): void {
    if (!this.#transport || this.#over) return;
    this.#dropTransport();
    if (!this.#owner.onDropped()) this.lose();
  }

  /** Ends the stream, at once: no other transport will come. */
  lose(): void {
    this.#dropTransport();
    this.#finish({ clean: this.#ended && this.#otherEnded });
  }

  onData(bytes: Uint8Array): void {
    this.#takeInTurn(bytes);
  }

  onEnd(): void {
    this.#takeInTurn(null);
  }

  onWritable(): void {
    this.#full = false;
    this.#relieve();
  }

  onThrottled(): void {
    this.#handler.onThrottled?.();
  }

  /** A side that breaks the rules of its transport cannot resume. */
  onFault(reason: string): void {
    this.#setOver();
    this.#handler.onFault(reason);
  }

  onClose(closed: Closed): void {
    const broken = closed.code === undefined || closed.code === BROKEN || closed.code === ABANDONED;
    const complete = this.#ended && this.#otherEnded && this.waiting === 0;
    if (!broken || this.#over || complete) {
      if (this.#flow?.input?.any && !this.#over) this.#closed = closed;
      else this.#finish(complete ? { ...closed, clean: true } : closed);
      return;
    }
    this.#dropTransport();
    if (!this.#owner.onDropped()) this.#finish(closed);
  }

  /** Hands over what was held: a few blocks, since what is held is bounded and coalesced. Then it is read on. */
  #resumeReading(): void {
    const input = this.#flow?.input;
    while (input?.any && !this.#holds.any) this.#take(input.shift());
    this.#update();
    if (this.#holds.any) return;
    this.#transport?.release(BY_OWNER | OVERFLOW);
    if (this.#closed) this.onClose(this.#closed);
  }

  /**
   * Sends what the transport was not given yet, as far as the window allows.
   * @param added bytes that were just added: with nothing before them they are sent as they came, since a transport may
   *   need no copy of them
   */
  #pump(added?: Uint8Array, shared?: boolean): void {
    const transport = this.#transport;
    const kept = this.#retransmit;
    if (!transport || kept.sent === kept.written) return;
    const window = this.#windowed ? this.#flow!.size : Infinity;
    for (let bytes = kept.next(window, added); bytes; bytes = kept.next(window))
      if (!transport.write(bytes, bytes === added && shared)) this.#full = true;
    if (!this.#ended || kept.queue.pending) return;
    kept.endSent();
    transport.end();
  }

  #relieve(): void {
    if (!this.#owesWritable || this.#full || !this.#transport) return;
    if (this.#windowed && this.waiting > this.#flow!.lowWater) return;
    this.#owesWritable = false;
    this.#handler.onWritable();
  }

  #takeInTurn(bytes: Uint8Array | null): void {
    if (this.#over || this.#otherEnded) return;
    const input = this.#flow?.input;
    if (!this.#windowed || !(this.#holds.any || input?.any)) return this.#take(bytes);
    input!.push(bytes);
    this.#update();
    // Beyond this side's own bound, whatever the other side's window is, it has to be made to stop.
    if (this.#flow?.holdsTooMuch) this.#transport?.hold(OVERFLOW);
  }

  /** Counts before it hands over: a handler may end it all. */
  #take(bytes: Uint8Array | null): void {
    this.#received += bytes?.length ?? 1;
    this.#scheduleReceived();
    if (bytes) this.#handler.onData(bytes);
    else {
      this.#otherEnded = true;
      this.#handler.onEnd();
    }
  }

  #scheduleReceived(): void {
    const due = this.#received - this.#acknowledged;
    if (!this.#windowed || due === 0) return;
    const delay = this.#flow!.ackDelay(due);
    if (delay === 0) return this.sendReceived();
    if (delay >= this.#ackDelay) return;
    this.#ackDelay = delay;
    this.#owner.later(() => {
      this.#ackDelay = Infinity;
      this.sendReceived();
    }, delay);
  }

  /** Tells the flow control what has changed; the one place at which memory is taken, and given back. */
  #update(): void {
    this.#flow?.update(this.#retransmit, this.#transport);
  }

  /** Drops the transport; bytes held and not counted come again, since it is the count that the other side goes by. */
  #dropTransport(): void {
    const transport = this.#transport;
    this.#forgetTransport();
    transport?.attach(DEAF);
    transport?.abort();
  }

  #forgetTransport(): void {
    this.#transport = null;
    this.#flow?.input?.clear();
    this.#update();
  }

  #fail(kind: CloseKind | undefined, breakOff: () => void): void {
    if (this.#over) return;
    this.#windowed = false;
    this.#pump();
    this.#setOver(kind);
    if (this.#transport) breakOff();
    // The handler is not called from within its own call.
    else queueMicrotask(() => this.#finish({ clean: false }));
  }

  #setOver(kind?: CloseKind): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.onOver(kind);
  }

  #finish(closed: Closed): void {
    if (this.#gone) return;
    this.#setOver();
    this.#gone = true;
    this.#retransmit.clear();
    this.#forgetTransport();
    this.#handler.onClose(closed);
  }
}

/** Handler of a transport that was dropped. */
export const DEAF: StreamHandler = { onData() {}, onEnd() {}, onWritable() {}, onFault() {}, onClose() {} };
