/**
 * A resumable stream: one stream of bytes over successive transports (D28). Each side keeps what the other has not
 * acknowledged, the end of writing counting one byte, and retransmits it on a new transport from the other's count. So
 * nothing is lost, repeated or reordered, wherever the transport before was cut.
 */
import type { CloseKind } from '../protocol/reasons.ts';
import { DEAF, type ByteStream, type Closed, type StreamHandler } from './byte-stream.ts';
import { BY_OWNER, OF_HANDLER, OVERFLOW, type HoldReason } from './holds.ts';
import { ResumableInput } from './resumable-input.ts';
import { isBroken, type Flow, type ResumableOwner } from './resumable.ts';
import { RetransmitBuffer } from './retransmit-buffer.ts';

export class ResumableStream implements ByteStream, StreamHandler {
  readonly #owner: ResumableOwner;
  /** Set when bytes written are kept. Before, the transport is all there is. */
  #flow: Flow | null = null;
  #transport: ByteStream | null;
  /** True when the other side acknowledges, and no more than a window is sent without that. */
  #windowed = false;
  readonly #retransmit = new RetransmitBuffer();
  #ended = false;
  /** The transport has no room. */
  #full = false;
  /** `write` has returned false, and `onWritable` has not followed. */
  #owesWritable = false;
  readonly #input: ResumableInput;
  /** The transport was closed while something is held. */
  #closed: Closed | null = null;
  #over = false;
  #gone = false;

  constructor(transport: ByteStream, owner: ResumableOwner) {
    this.#transport = transport;
    this.#owner = owner;
    this.#input = new ResumableInput(this, owner);
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
    return this.#input.received;
  }

  /** Count that the other side acknowledged, while it is waited for to acknowledge more; else null. */
  get unackedSince(): number | null {
    return this.#windowed && this.#owesWritable && this.#transport ? this.#retransmit.base : null;
  }

  get connected(): boolean {
    return this.#transport !== null;
  }

  get writeTimeout(): number | undefined {
    return this.#input.handler.writeTimeout;
  }

  get buffered(): number {
    return this.#transport ? this.#transport.buffered + this.#retransmit.unsent : this.waiting;
  }

  /**
   * Keeps what is written from now on until the other side has it.
   * @param windowed whether both sides acknowledge, and what is sent and not acknowledged is at most a window
   */
  keep(flow: Flow, windowed: boolean): void {
    this.#flow = flow;
    if (flow.queue) this.#retransmit.queue = flow.queue;
    this.#windowed = windowed;
    this.#input.keep(flow, windowed);
    // Bytes that were held there may come from within this call.
    if (windowed) this.#transport?.release(BY_OWNER);
  }

  attach(handler: StreamHandler): void {
    this.#input.handler = handler;
    if (this.#input.holds.delete(OF_HANDLER)) queueMicrotask(() => this.#resumeReading());
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
    this.#input.holds.add(reason);
    // In a window the other side stops by itself, and its acknowledgements must still come through.
    if (!this.#windowed) this.#transport?.hold(BY_OWNER);
  }

  release(reason: HoldReason): void {
    if (this.#input.holds.delete(reason)) this.#resumeReading();
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
    if (!this.#transport || this.#input.acknowledged === this.received) return;
    this.#owner.sendReceived((this.#input.acknowledged = this.received));
  }

  /** Tells whether a side that has received so much can still be given the rest. */
  canResume(otherReceived: number): boolean {
    return !this.#over && otherReceived >= this.#retransmit.base && otherReceived <= this.#retransmit.written;
  }

  /** Resumes over a new transport, from the other side's count (see `canResume`); it has ours. One still there is dropped. */
  adopt(transport: ByteStream, otherReceived: number): void {
    this.#dropTransport();
    this.#transport = transport;
    transport.attach(this);
    this.#input.acknowledged = this.received;
    this.#retransmit.acknowledge(otherReceived);
    this.#retransmit.rewind();
    this.#full = false;
    if (this.#input.holds.any && !this.#windowed) transport.hold(BY_OWNER);
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
    this.#finish({ clean: this.#ended && this.#input.hasEnded });
  }

  onData(bytes: Uint8Array): void {
    this.#take(bytes);
  }

  onEnd(): void {
    this.#take(null);
  }

  onWritable(): void {
    this.#full = false;
    this.#relieve();
  }

  onThrottled(): void {
    this.#input.handler.onThrottled?.();
  }

  /** A side that breaks the rules of its transport cannot resume; what is due to it is written until the close. */
  onFault(reason: string): void {
    this.#owner.onOver();
    this.#input.handler.onFault(reason);
  }

  onCloseFrame(code: number, answer: () => void): boolean {
    if (isBroken({ clean: false, code }) || !this.#input.handler.onCloseFrame?.(code, answer)) return false;
    // It could be resumed while the answer waits, and that is for this transport alone.
    this.#owner.onOver();
    return true;
  }

  onClose(closed: Closed): void {
    const complete = this.#ended && this.#input.hasEnded && this.waiting === 0;
    if (isBroken(closed) && !complete && !this.#over) {
      this.#dropTransport();
      if (!this.#owner.onDropped()) this.#finish(closed);
    } else if (this.#input.isWaiting && !this.#over) this.#closed = closed;
    else this.#finish(complete ? { ...closed, clean: true } : closed);
  }

  /** Hands over what was held, then reads on. */
  #resumeReading(): void {
    this.#input.handOver(this.#windowed);
    this.#update();
    if (this.#input.holds.any) return;
    this.#transport?.release(BY_OWNER | OVERFLOW);
    if (this.#closed) this.onClose(this.#closed);
  }

  /** Sends what the transport was not given yet, as far as the window allows (`added`: see {@link RetransmitBuffer.sendTo}). */
  #pump(added?: Uint8Array, shared?: boolean): void {
    const transport = this.#transport;
    const kept = this.#retransmit;
    if (!transport || kept.sent === kept.written) return;
    if (!kept.sendTo(transport, this.#windowed ? this.#flow!.size : Infinity, added, shared))
      this.#full = true;
    if (!this.#ended || kept.queue.pending) return;
    kept.endSent();
    transport.end();
  }

  #relieve(): void {
    if (!this.#owesWritable || this.#full || !this.#transport) return;
    if (this.#windowed && this.waiting > this.#flow!.lowWater) return;
    this.#owesWritable = false;
    this.#input.handler.onWritable();
  }

  #take(bytes: Uint8Array | null): void {
    if (this.#over || this.#input.push(bytes, this.#windowed)) return;
    this.#update();
    // Beyond this side's own bound, whatever the other side's window is, it has to be made to stop.
    if (this.#flow?.holdsTooMuch) this.#transport?.hold(OVERFLOW);
  }

  /** Tells the flow control what has changed: the only call by which it takes memory, and gives back. */
  #update(): void {
    this.#flow?.update(this.#retransmit, this.#transport);
  }

  /** Drops the transport; bytes held and not counted come again, since it is the count that the other side goes by. */
  #dropTransport(): void {
    this.#transport?.attach(DEAF);
    this.#transport?.abort();
    this.#forgetTransport();
  }

  #forgetTransport(): void {
    this.#transport = null;
    this.#input.clear();
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
    this.#input.handler.onClose(closed);
  }
}
