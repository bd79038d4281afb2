/** Who hears the room, and who of them has got what is being delivered. */
import type { Outlet } from '../../../shared/stream/byte-stream.ts';
import type { Outbox } from './outbox.ts';
import type { Tally } from '../environment/counters.ts';

/** For who can only be written to by its stream. */
const NO_OUTLET: Outlet = { isFree: false, write: () => true };

/**
 * Those who have been served stand before those who have not. Outlets stand beside the outboxes: whoever gets just the
 * batch, and takes it, is written to without more of it being touched, since of thousands all comes from main memory.
 * So whose share is not just the batch must be counted among the served before {@link Members.deliver}.
 */
export class Members implements Iterable<Outbox> {
  readonly #outboxes: Outbox[] = [];
  readonly #outlets: Outlet[] = [];
  #served = 0;

  get size(): number {
    return this.#outboxes.length;
  }

  get areServed(): boolean {
    return this.#served === this.#outboxes.length;
  }

  [Symbol.iterator](): Iterator<Outbox> {
    return this.#outboxes.values();
  }

  has(outbox: Outbox): boolean {
    return outbox.place >= 0;
  }

  /** Takes one in, as served. */
  add(outbox: Outbox): void {
    this.#put(outbox, this.#outboxes.length);
    this.serve(outbox);
  }

  delete(outbox: Outbox): void {
    if (outbox.place < 0) return;
    // The last of those served fills its place, and the last of all that one's.
    if (outbox.place < this.#served) this.#swap(outbox.place, --this.#served);
    this.#swap(outbox.place, this.#outboxes.length - 1);
    this.#outboxes.pop();
    this.#outlets.pop();
    outbox.place = -1;
  }

  isServed(outbox: Outbox): boolean {
    return outbox.place < this.#served;
  }

  /** Counts one among those who have been served. */
  serve(outbox: Outbox): void {
    if (!this.isServed(outbox)) this.#swap(outbox.place, this.#served++);
  }

  /** Counts all among those who have not. */
  startOver(): void {
    this.#served = 0;
  }

  /** Writes the batch to so many of those who have not got it; how many more it could have been. */
  deliver(batch: Uint8Array, clients: number, tally: Tally): number {
    let left = clients;
    let written = 0;
    for (; left > 0 && !this.areServed; left--) {
      const place = this.#served++;
      const outlet = this.#outlets[place]!;
      if (!outlet.isFree) this.#outboxes[place]!.deliver(batch, tally);
      else {
        outlet.write(batch, true);
        written++;
      }
    }
    tally.bytesOut += written * batch.length;
    if (written > 0) tally.untaken(batch.length);
    return left;
  }

  #swap(one: number, other: number): void {
    if (one === other) return;
    const outbox = this.#outboxes[one]!;
    this.#put(this.#outboxes[other]!, one);
    this.#put(outbox, other);
  }

  #put(outbox: Outbox, place: number): void {
    this.#outboxes[place] = outbox;
    this.#outlets[place] = outbox.outlet ?? NO_OUTLET;
    outbox.place = place;
  }
}
