/** The receiving side of a resumable stream: hands over what comes, in order, counts it and acknowledges it (D28). */
import type { StreamHandler } from './byte-stream.ts';
import { Holds } from './holds.ts';
import type { Flow, ResumableOwner } from './resumable.ts';

export class ResumableInput {
  handler!: StreamHandler;
  /** Reasons why the handler gets no data for now. */
  readonly holds = new Holds();
  /** True when the other side has ended its writing, and the handler knows. */
  hasEnded = false;
  readonly #stream: { sendReceived(): void };
  readonly #owner: Pick<ResumableOwner, 'sendReceived' | 'later'>;
  #flow: Flow | null = null;
  /** True while the other side sends no more than a window that is not acknowledged. */
  #windowed = false;
  #received = 0;
  #acknowledged = 0;
  /** Delay of the acknowledgement that is due; none is when it is infinite. */
  #ackDelay = Infinity;

  /** @param stream acknowledges what came, if it has a transport */
  constructor(stream: { sendReceived(): void }, owner: Pick<ResumableOwner, 'sendReceived' | 'later'>) {
    this.#stream = stream;
    this.#owner = owner;
  }

  /** Bytes handed over since the beginning, the end of writing counting one. */
  get received(): number {
    return this.#received;
  }

  /** True while something waits for the handler. */
  get isWaiting(): boolean {
    return this.#flow?.input?.any === true;
  }

  /** Takes part in flow control from now on. */
  keep(flow: Flow, windowed: boolean): void {
    this.#flow = flow;
    this.#windowed = windowed;
    this.#scheduleAck();
  }

  /** Acknowledges nothing more: the stream is over. */
  stopAcknowledging(): void {
    this.#windowed = false;
  }

  /** Takes the next bytes, or the end of writing: null. False when they have to wait for the handler. */
  push(bytes: Uint8Array | null): boolean {
    if (this.hasEnded) return true;
    const input = this.#flow?.input;
    if (!this.#windowed || !(this.holds.any || input?.any)) {
      this.#take(bytes);
      return true;
    }
    input!.push(bytes);
    return false;
  }

  /** Hands over what waits: a few blocks, since that is bounded and coalesced. */
  handOver(): void {
    const input = this.#flow?.input;
    while (input?.any && !this.holds.any) this.#take(input.shift());
  }

  /** Forgets what waits: it is not counted, so it comes again over the next transport. */
  clear(): void {
    this.#flow?.input?.clear();
  }

  /** Acknowledges what came, if that was not done. */
  acknowledge(): void {
    if (this.#acknowledged === this.#received) return;
    this.#acknowledged = this.#received;
    this.#owner.sendReceived(this.#received);
  }

  /** Notes that the other side was told the count in another way. */
  onCountKnown(): void {
    this.#acknowledged = this.#received;
  }

  /** Counts before it hands over: a handler may end it all. */
  #take(bytes: Uint8Array | null): void {
    this.#received += bytes?.length ?? 1;
    this.#scheduleAck();
    if (bytes) this.handler.onData(bytes);
    else {
      this.hasEnded = true;
      this.handler.onEnd();
    }
  }

  #scheduleAck(): void {
    const due = this.#received - this.#acknowledged;
    if (!this.#windowed || due === 0) return;
    const delay = this.#flow!.ackDelay(due);
    if (delay === 0) return this.#stream.sendReceived();
    if (delay >= this.#ackDelay) return;
    this.#ackDelay = delay;
    this.#owner.later(() => {
      this.#ackDelay = Infinity;
      this.#stream.sendReceived();
    }, delay);
  }
}
