/** Who hears the room, and who of them has got what is being delivered. */
import type { DirectWriter } from '../../../shared/stream/byte-stream.ts';
import type { Outbox } from './outbox.ts';
import type { Counters } from '../environment/counters.ts';

/** For who can only be written to by its stream. */
const NO_WRITER: DirectWriter = { canWriteDirectly: false, write: () => true };

/**
 * Those who have been served stand before those who have not. Outlets stand beside the outboxes: whoever gets just the
 * batch, and takes it, is written to without more of it being touched, since of thousands all comes from main memory.
 * So whose share is not just the batch must be counted among the served before {@link Recipients.deliver}.
 */
export class Recipients implements Iterable<Outbox> {
  readonly #outboxes: Outbox[] = [];
  readonly #writers: DirectWriter[] = [];
  #cursor = 0;

  get size(): number {
    return this.#outboxes.length;
  }

  get areDelivered(): boolean {
    return this.#cursor === this.#outboxes.length;
  }

  [Symbol.iterator](): Iterator<Outbox> {
    return this.#outboxes.values();
  }

  has(outbox: Outbox): boolean {
    return outbox.index >= 0;
  }

  /** Takes one in, as served. */
  add(outbox: Outbox): void {
    this.#put(outbox, this.#outboxes.length);
    this.markDelivered(outbox);
  }

  delete(outbox: Outbox): void {
    if (outbox.index < 0) return;
    // The last of those served fills its place, and the last of all that one's.
    if (outbox.index < this.#cursor) this.#swap(outbox.index, --this.#cursor);
    this.#swap(outbox.index, this.#outboxes.length - 1);
    this.#outboxes.pop();
    this.#writers.pop();
    outbox.index = -1;
  }

  isDelivered(outbox: Outbox): boolean {
    return outbox.index < this.#cursor;
  }

  /** Counts one among those who have been served. */
  markDelivered(outbox: Outbox): void {
    if (!this.isDelivered(outbox)) this.#swap(outbox.index, this.#cursor++);
  }

  /** Counts all among those who have not. */
  resetCursor(): void {
    this.#cursor = 0;
  }

  /** Writes the batch to so many of those who have not got it; how many more it could have been. */
  deliver(batch: Uint8Array, clients: number, counters: Counters): number {
    let left = clients;
    let written = 0;
    for (; left > 0 && !this.areDelivered; left--) {
      const place = this.#cursor++;
      const outlet = this.#writers[place]!;
      if (!outlet.canWriteDirectly) this.#outboxes[place]!.deliver(batch, counters);
      else {
        outlet.write(batch, true);
        written++;
      }
    }
    counters.bytesOut += written * batch.length;
    if (written > 0) counters.pendingBytes(batch.length);
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
    this.#writers[place] = outbox.directWriter ?? NO_WRITER;
    outbox.index = place;
  }
}
