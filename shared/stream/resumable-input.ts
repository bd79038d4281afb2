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
  /** Bytes handed over since the beginning, the end of writing counting one. */
  received = 0;
  /** The count that the other side knows. */
  acknowledged = 0;
  readonly #stream: { sendReceived(): void };
  readonly #owner: Pick<ResumableOwner, 'later'>;
  #flow: Flow | null = null;
  /** Delay of the acknowledgement that is due; none is when it is infinite. */
  #ackDelay = Infinity;

  /** @param stream acknowledges what came, if it has a transport */
  constructor(stream: { sendReceived(): void }, owner: Pick<ResumableOwner, 'later'>) {
    this.#stream = stream;
    this.#owner = owner;
  }

  /** True while something waits for the handler. */
  get isWaiting(): boolean | undefined {
    return this.#flow?.input?.any;
  }

  /** Takes part in flow control from now on. */
  keep(flow: Flow, windowed: boolean): void {
    this.#flow = flow;
    this.#scheduleAck(windowed);
  }

  /**
   * Takes the next bytes, or the end of writing: null. False when they have to wait for the handler.
   * @param windowed whether the other side sends no more than a window that is not acknowledged
   */
  push(bytes: Uint8Array | null, windowed: boolean): boolean {
    if (this.hasEnded) return true;
    const isHeld = windowed && (this.holds.any || this.isWaiting);
    if (isHeld) this.#flow!.input!.push(bytes);
    else this.#take(bytes, windowed);
    return !isHeld;
  }

  /** Hands over what waits: a few blocks, since that is bounded and coalesced. */
  handOver(windowed: boolean): void {
    while (this.isWaiting && !this.holds.any) this.#take(this.#flow!.input!.shift(), windowed);
  }

  /** Forgets what waits: it is not counted, so it comes again over the next transport. */
  clear(): void {
    this.#flow?.input?.clear();
  }

  /** Counts before it hands over: a handler may end it all. */
  #take(bytes: Uint8Array | null, windowed: boolean): void {
    this.received += bytes?.length ?? 1;
    this.#scheduleAck(windowed);
    if (bytes) this.handler.onData(bytes);
    else {
      this.hasEnded = true;
      this.handler.onEnd();
    }
  }

  #scheduleAck(windowed: boolean): void {
    const due = this.received - this.acknowledged;
    if (!windowed || due === 0) return;
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
