/** The flow-control window of a resumable stream: how much may be under way, and be held, for which budget. */
import { BlockQueue } from './block-queue.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ByteStream } from './byte-stream.ts';
import { HeldInput } from './held-input.ts';
import type { Flow, Kept } from './resumable.ts';

/** The largest window of a private connection is so many times the first: 4 MiB for 256 KiB. */
export const GROWTH = 16;
/** The least is such a part of it, while the budget is used up: texts go on at once, bulk data a piece at a time. */
export const LEAST = 1 / 16;

/** Received bytes after which an acknowledgement is sent at once, and those once that many came so without a pause. */
const ACK_AFTER = 128 * 1024;
const ACK_AFTER_MANY = 512 * 1024;
const MANY = 2 * 1024 * 1024;
/** Received bytes after which it is sent soon: the other side's window may be small. */
const ACK_SOON_AFTER = 16 * 1024;
/** Delays of an acknowledgement, in ms. */
const SOON = 50;
const ACK_DELAY = 1_000;

/**
 * A window that grows. Each side's is its own matter: it doubles when all of a closed window was acknowledged, and was
 * under way meanwhile, not waiting in the transport. The budget is shared by all: `update` charges it for what the stream
 * keeps, and gives back; as it fills up, `size` and `maxHeld` shrink, down to a 16th of the first window when nothing is
 * left, so that what all streams keep together stays near the budget.
 */
export class FlowWindow implements Flow {
  readonly #first: number;
  readonly #budget: ByteBudget;
  readonly #most: number;
  #grown: number;
  /** End of the bytes that were sent when the window closed; none while it is open. */
  #closedAt: number | null = null;
  /** Bytes acknowledged at once, since the other side last paused before that. */
  #ackedAtOnce = 0;
  /** Bytes that were not acknowledged when more came last. */
  #due = 0;
  /** Bytes charged to the budget. */
  #charged = 0;
  readonly queue: BlockQueue | undefined;
  readonly input: HeldInput | undefined;

  /**
   * @param first bytes of the window at first, which it has while the budget has no spare
   * @param growth the largest window is so many times that; 1 for a stream without a window, which is never held
   */
  constructor(first: number, budget: ByteBudget, growth = GROWTH) {
    this.#first = this.#grown = first;
    this.#most = growth * first;
    this.#budget = budget;
    if (growth > 1) {
      this.queue = new BlockQueue();
      this.input = new HeldInput();
    }
  }

  get size(): number {
    if (this.#budget.hasSpare) return this.#grown;
    return this.#isPoor ? LEAST * this.#first : this.#first;
  }

  /** Not far below the window, so that what has queued up meanwhile is read in large pieces, and little of it at once. */
  get lowWater(): number {
    return Math.max(this.size / 2, this.size - ACK_AFTER_MANY);
  }

  /** Bytes that may be held: all that the other side may have under way by its window, as long as there is memory for it. */
  get maxHeld(): number {
    if (this.#budget.hasSpare) return this.#most + this.#first;
    return this.#isPoor ? LEAST * this.#first : 2 * this.#first;
  }

  get holdsTooMuch(): boolean {
    return (this.input?.length ?? 0) > this.maxHeld;
  }

  /** Acknowledges more rarely what comes in a long stream: each costs both sides as much as some ten KiB. */
  ackDelay(due: number): number {
    // It was acknowledged after a delay: the other side may have waited for it.
    if (due <= this.#due && this.#due >= ACK_AFTER) this.#ackedAtOnce = 0;
    this.#due = due;
    if (due < ACK_SOON_AFTER) return ACK_DELAY;
    if (due < (this.#ackedAtOnce < MANY ? ACK_AFTER : ACK_AFTER_MANY)) return SOON;
    this.#ackedAtOnce += due;
    this.#due = 0;
    return 0;
  }

  update({ base, sent, queue }: Kept, transport: ByteStream | null): void {
    const bytes = queue.copied + (this.input?.length ?? 0);
    if (bytes !== this.#charged) this.#budget.take(bytes - this.#charged);
    this.#charged = bytes;
    // Bytes that have to be retransmitted say nothing of the window.
    if (!transport) {
      this.#closedAt = null;
      return;
    }
    if (this.#closedAt !== null && base >= this.#closedAt) {
      this.#closedAt = null;
      if (2 * transport.buffered <= this.#grown && this.#budget.hasSpare)
        this.#grown = Math.min(2 * this.#grown, this.#most);
    }
    if (this.#closedAt === null && sent - base >= this.#grown) this.#closedAt = sent;
  }

  /** True when nothing is left of the budget, and this stream has some of it. */
  get #isPoor(): boolean {
    return this.#budget.isFull && this.#charged > 0;
  }
}
