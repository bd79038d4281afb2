/** How those are doing who get what is said: whether they keep up, and for whom the others wait. */
import type { Recipients } from './recipients.ts';
import type { Outbox } from './outbox.ts';

/** Bytes of batches after which it is looked whether clients are behind: fewer do not make them so. */
const MEASURE_EVERY = 16 * 1024;
/** The part of all clients, one at least, that may be behind without anybody having to wait for them. */
const A_FEW = 1 / 200;

export type Pressure = 'none' | 'some' | 'high';

export class LagMonitor {
  readonly #recipients: Recipients;
  /** Clients that had a quarter, and half, of what they may have pending, when that was measured last. */
  #lagging = 0;
  #farBehind = 0;
  /** For whom everyone waits, and since when. */
  readonly #waitedFor = new Map<Outbox, number>();
  /** Bytes of batches since it was looked whether clients are behind. */
  #unmeasuredBytes = 0;

  constructor(recipients: Recipients) {
    this.#recipients = recipients;
  }

  /**
   * Whether clients are behind with what they were sent: `some` when more than a few are, `high` when most are, and far.
   * A few may have themselves to blame, and are not to hold up the others.
   */
  get pressure(): Pressure {
    const { size } = this.#recipients;
    if (this.#farBehind > size / 2) return 'high';
    return this.#lagging > Math.max(1, size * A_FEW) ? 'some' : 'none';
  }

  /** Finds out anew. */
  measure(): void {
    this.#unmeasuredBytes = 0;
    this.#lagging = 0;
    this.#farBehind = 0;
    for (const outbox of this.#recipients) {
      if (outbox.isSlow) this.#lagging++;
      if (outbox.isVerySlow) this.#farBehind++;
    }
  }

  /**
   * Cuts those for whom everyone has waited too long: half of a room that reads just enough must not silence the other.
   * To be called again and again while anybody waits. @param patience in ms
   */
  closeLongLagging(now: number, patience: number): void {
    if (this.pressure === 'high')
      for (const outbox of this.#recipients)
        if (outbox.isVerySlow && !this.#waitedFor.has(outbox)) this.#waitedFor.set(outbox, now);
    for (const [outbox, since] of [...this.#waitedFor]) {
      const isOver = now - since >= patience;
      const isStill = this.#recipients.has(outbox) && outbox.isSlow;
      if (isOver || !isStill) this.#waitedFor.delete(outbox);
      if (isOver && isStill) outbox.closeAsSlow();
    }
  }

  /** Nobody waits any more. */
  clearWaits(): void {
    this.#waitedFor.clear();
  }

  /** All were sent a batch of so many bytes. */
  delivered(bytes: number): void {
    this.#unmeasuredBytes += bytes;
    if (this.#unmeasuredBytes >= MEASURE_EVERY) this.measure();
  }
}
