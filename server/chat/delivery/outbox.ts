/** The outbox of one client: what it gets in this turn of the event loop, and the bound on its pending bytes. */
import type { ByteStream, DirectWriter } from '../../../shared/stream/byte-stream.ts';
import type { Counters } from '../environment/counters.ts';
import type { SendBefore, TextSubscriber } from './batch-texts.ts';

/** A command for this client alone, and its place among the broadcasts of the turn (D14). */
interface Insertion {
  /** Offset in the turn's batch before which the command comes. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Owner of an outbox, which closes the client when it is a slow consumer. */
export interface OutboxOwner {
  onTooSlow(): void;
}

/**
 * The outgoing side of one client: nothing is allocated for it until it is addressed alone.
 * A client that has more than `limit` bytes pending is a slow consumer; its owner has to close it, since dropping a
 * command from the middle would break the stream.
 */
export class Outbox {
  /** Offset in the turn's batch from which broadcasts concern this client; -1 while it is no recipient. */
  from = -1;
  /** Its index among the {@link Recipients}; -1 while it is none. */
  index = -1;
  /** The client as a subscriber of what comes before batches; null while it is none. */
  subscriber: TextSubscriber | null = null;
  readonly #stream: ByteStream;
  readonly #limit: number;
  readonly #owner: OutboxOwner;
  #insertions: Insertion[] | null = null;
  #insertedBytes = 0;

  constructor(stream: ByteStream, limit: number, owner: OutboxOwner) {
    this.#stream = stream;
    this.#limit = limit;
    this.#owner = owner;
  }

  /**
   * Puts a command for this client alone behind the first `at` bytes of the turn's batch. Returns how many bytes such
   * commands now have together.
   */
  insert(at: number, bytes: Uint8Array): number {
    // For a client that is no recipient there is no batch to have a place in.
    (this.#insertions ??= []).push({ at: this.from < 0 ? 0 : at, bytes });
    return (this.#insertedBytes += bytes.length);
  }

  /** The direct writer of its stream, where it has one. */
  get directWriter(): DirectWriter | undefined {
    return this.#stream.directWriter;
  }

  /** True when it has more pending than a quarter of its limit. */
  get isLagging(): boolean {
    return this.#stream.buffered > this.#limit / 4;
  }

  /** True when it has more pending than half of its limit. */
  get isFarBehind(): boolean {
    return this.#stream.buffered > this.#limit / 2;
  }

  /** Makes the owner close the client as a slow consumer. */
  closeAsSlow(): void {
    this.#owner.onTooSlow();
  }

  /**
   * Writes this client's share of the turn, in one write, and is ready for the next turn. `Recipients` writes the batch itself
   * to whoever has nothing pending, and need not ask here.
   */
  deliver(batch: Uint8Array, counters: Counters): void {
    const share = this.#share(batch);
    this.#insertions = null;
    this.#insertedBytes = 0;
    if (this.from > 0) this.from = 0;
    if (share.length === 0) return;
    const pendingBytes = this.#stream.buffered + share.length;
    counters.pendingBytes(pendingBytes);
    if (pendingBytes > this.#limit) {
      this.closeAsSlow();
      return;
    }
    counters.bytesOut += share.length;
    this.#stream.write(share, share === batch);
  }

  /**
   * Sends what comes before the batch, if the client is a subscriber; then {@link Outbox.deliver}, unless that closed it. Both
   * go out in one write.
   */
  deliverBehind(before: SendBefore | null, batch: Uint8Array, counters: Counters): void {
    if (!before || !this.subscriber) return this.deliver(batch, counters);
    this.cork();
    before(this.subscriber);
    if (this.index >= 0) this.deliver(batch, counters);
    this.uncork();
  }

  /** Gathers what is sent to the client, beside the stream, too, until {@link Outbox.uncork}: for one write. */
  cork(): void {
    this.#stream.cork?.();
  }

  uncork(): void {
    this.#stream.uncork?.();
  }

  /** The batch itself, shared by all who get just that, or this client's own arrangement of it. */
  #share(batch: Uint8Array): Uint8Array {
    const insertions = this.#insertions;
    const from = this.from < 0 ? batch.length : this.from;
    if (!insertions) return from === 0 ? batch : batch.subarray(from);
    if (from === batch.length && insertions.length === 1) return insertions[0]!.bytes;
    const share = new Uint8Array(batch.length - from + this.#insertedBytes);
    let taken = from;
    let at = 0;
    for (const insertion of insertions) {
      const place = Math.max(insertion.at, taken);
      share.set(batch.subarray(taken, place), at);
      share.set(insertion.bytes, at + place - taken);
      at += place - taken + insertion.bytes.length;
      taken = place;
    }
    share.set(batch.subarray(taken), at);
    return share;
  }
}
