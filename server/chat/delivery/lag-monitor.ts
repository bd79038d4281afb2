/** Monitors lag: how many recipients lag, short of being slow consumers, and for which of them the senders wait. */
import type { Recipients } from './recipients.ts';
import type { Outbox } from './outbox.ts';
import type { Lag } from '../limits/rate-limiter.ts';

/** Bytes of batches after which lag is measured: fewer do not make a client lag. */
const MEASURE_EVERY = 16 * 1024;
/** The part of all clients, one at least, that may lag without anybody having to wait for them. */
const A_FEW = 1 / 200;

export class LagMonitor implements Lag {
  readonly #recipients: Recipients;
  /** Clients that had more than a quarter, and half, of what they may have pending, when that was measured last. */
  #lagging = 0;
  #farBehind = 0;
  /** Number of clients at that measurement. */
  #measuredSize = 0;
  /** Clients that lag far and that senders wait for, and since when. */
  readonly #waitedFor = new Map<Outbox, number>();
  /** Bytes of batches since lag was measured. */
  #unmeasuredBytes = 0;

  constructor(recipients: Recipients) {
    this.#recipients = recipients;
  }

  /**
   * Pressure of clients that lag: `some` when more than a few do, `high` when most do, and far. A few may have
   * themselves to blame, and must not slow the others down.
   */
  get pressure(): Lag['pressure'] {
    const { size } = this.#recipients;
    // Clients that lagged and are gone must not count as part of those that are left.
    if (this.#lagging > 0 && size < this.#measuredSize) this.measure();
    if (this.#farBehind > size / 2) return 'high';
    return this.#lagging > Math.max(1, size * A_FEW) ? 'some' : 'none';
  }

  /** Counts anew the clients that lag. */
  measure(): void {
    this.#unmeasuredBytes = 0;
    this.#lagging = 0;
    this.#farBehind = 0;
    this.#measuredSize = this.#recipients.size;
    for (const outbox of this.#recipients) {
      if (outbox.isLagging) this.#lagging++;
      if (outbox.isFarBehind) this.#farBehind++;
    }
  }

  /**
   * Closes, as slow consumers, clients that senders have waited for too long: half of all clients, reading just enough, must not silence
   * the other. To be called again and again while anybody waits.
   * @param timeout in ms
   */
  closeLongLagging(now: number, timeout: number): void {
    if (this.pressure === 'high')
      for (const outbox of this.#recipients)
        if (outbox.isFarBehind && !this.#waitedFor.has(outbox)) this.#waitedFor.set(outbox, now);
    for (const [outbox, since] of [...this.#waitedFor]) {
      const isOver = now - since >= timeout;
      const isStill = this.#recipients.has(outbox) && outbox.isLagging;
      if (isOver || !isStill) this.#waitedFor.delete(outbox);
      if (isOver && isStill) outbox.closeAsSlow();
    }
  }

  /** Forgets whom senders waited for: nobody waits any more. */
  clearWaits(): void {
    this.#waitedFor.clear();
  }

  /** Notes that all recipients were sent a batch of so many bytes. */
  delivered(bytes: number): void {
    this.#unmeasuredBytes += bytes;
    if (this.#unmeasuredBytes >= MEASURE_EVERY) this.measure();
  }
}
