/** How those are doing who get what is said: whether they keep up, and for whom the others wait. */
import type { Members } from './recipients.ts';
import type { Outbox } from './outbox.ts';
import type { Tally } from '../environment/counters.ts';

/** Bytes of batches after which it is looked whether clients are behind: fewer do not make them so. */
const WORTH_A_LOOK = 16 * 1024;
/** The part of all clients, one at least, that may be behind without anybody having to wait for them. */
const A_FEW = 1 / 200;

export type Pressure = 'none' | 'some' | 'high';

export class Audience {
  readonly #members: Members;
  readonly #tally: Tally;
  /** For whom everyone waits, and since when. */
  readonly #waitedFor = new Map<Outbox, number>();
  /** Bytes of batches since it was looked whether clients are behind. */
  #unlooked = 0;

  constructor(members: Members, tally: Tally) {
    this.#members = members;
    this.#tally = tally;
  }

  /**
   * Whether clients are behind with what they were sent: `some` when more than a few are, `high` when most are, and far.
   * A few may have themselves to blame, and are not to hold up the others.
   */
  get pressure(): Pressure {
    const { lagging, farBehind } = this.#tally;
    const { size } = this.#members;
    if (farBehind > size / 2) return 'high';
    return lagging > Math.max(1, size * A_FEW) ? 'some' : 'none';
  }

  /** Finds out anew. */
  measurePressure(): void {
    this.#unlooked = 0;
    this.#tally.lagging = 0;
    this.#tally.farBehind = 0;
    for (const outbox of this.#members) {
      if (outbox.isBehind) this.#tally.lagging++;
      if (outbox.isFarBehind) this.#tally.farBehind++;
    }
  }

  /**
   * Cuts those for whom everyone has waited too long: half of a room that reads just enough must not silence the other.
   * To be called again and again while anybody waits. @param patience in ms
   */
  stopWaiting(now: number, patience: number): void {
    if (this.pressure === 'high')
      for (const outbox of this.#members)
        if (outbox.isFarBehind && !this.#waitedFor.has(outbox)) this.#waitedFor.set(outbox, now);
    for (const [outbox, since] of [...this.#waitedFor]) {
      const isOver = now - since >= patience;
      const isStill = this.#members.has(outbox) && outbox.isBehind;
      if (isOver || !isStill) this.#waitedFor.delete(outbox);
      if (isOver && isStill) outbox.cut();
    }
  }

  /** Nobody waits any more. */
  forgetWaiting(): void {
    this.#waitedFor.clear();
  }

  /** All were sent a batch of so many bytes. */
  delivered(bytes: number): void {
    this.#unlooked += bytes;
    if (this.#unlooked >= WORTH_A_LOOK) this.measurePressure();
  }
}
