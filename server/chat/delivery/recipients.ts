/** The recipients of broadcasts, and which of them have got the batch that is being delivered. */
import type { DirectWriter } from '../../../shared/stream/byte-stream.ts';
import type { Outbox } from './outbox.ts';
import type { Counters } from '../environment/counters.ts';
import type { SendBefore } from './batch-texts.ts';

/** Stands for the direct writer of a client that can only be written to by its stream. */
const NO_WRITER: DirectWriter = { canWriteDirectly: false, write: () => true };

/**
 * Those that have got the batch come before those that have not, divided by a cursor. Direct writers are kept beside the
 * outboxes: a client that gets just the batch, and can be written to directly, is served without its outbox being touched,
 * since with thousands of clients each object touched is a cache miss. So a client whose share is not just the batch must be
 * marked as delivered before {@link Recipients.deliver}.
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

  /** Adds one, marked as delivered. */
  add(outbox: Outbox): void {
    this.#put(outbox, this.#outboxes.length);
    this.markDelivered(outbox);
  }

  delete(outbox: Outbox): void {
    if (outbox.index < 0) return;
    // The last of those delivered to fills its place, and the last of all that one's.
    if (outbox.index < this.#cursor) this.#swap(outbox.index, --this.#cursor);
    this.#swap(outbox.index, this.#outboxes.length - 1);
    this.#outboxes.pop();
    this.#writers.pop();
    outbox.index = -1;
  }

  isDelivered(outbox: Outbox): boolean {
    return outbox.index < this.#cursor;
  }

  /** Moves one before the cursor. */
  markDelivered(outbox: Outbox): void {
    if (!this.isDelivered(outbox)) this.#swap(outbox.index, this.#cursor++);
  }

  /** Puts all behind the cursor, and some behind all others. */
  resetCursor(last: Iterable<Outbox>): void {
    this.#cursor = 0;
    let end = this.#outboxes.length;
    for (const outbox of last) if (outbox.index >= 0) this.#swap(outbox.index, --end);
  }

  /** Writes the batch to at most so many that have not got it; returns how many more it could have been. */
  deliver(batch: Uint8Array, clients: number, counters: Counters): number {
    let left = clients;
    let written = 0;
    for (; left > 0 && !this.areDelivered; left--) {
      const index = this.#cursor++;
      const writer = this.#writers[index]!;
      if (!writer.canWriteDirectly) this.#outboxes[index]!.deliver(batch, counters);
      else {
        writer.write(batch, true);
        written++;
      }
    }
    counters.bytesOut += written * batch.length;
    if (written > 0) counters.pendingBytes(batch.length);
    return left;
  }

  /** Writes the batch as {@link Recipients.deliver} does, each subscriber being sent first what comes before it. */
  deliverBehind(before: SendBefore, batch: Uint8Array, clients: number, counters: Counters): number {
    let left = clients;
    for (; left > 0 && !this.areDelivered; left--)
      this.#outboxes[this.#cursor++]!.deliverBehind(before, batch, counters);
    return left;
  }

  #swap(one: number, other: number): void {
    if (one === other) return;
    const outbox = this.#outboxes[one]!;
    this.#put(this.#outboxes[other]!, one);
    this.#put(outbox, other);
  }

  #put(outbox: Outbox, index: number): void {
    this.#outboxes[index] = outbox;
    this.#writers[index] = outbox.directWriter ?? NO_WRITER;
    outbox.index = index;
  }
}
