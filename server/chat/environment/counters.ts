/**
 * Counts what the rules do, in plain numbers, so that counting costs next to nothing. The rules only write them and the
 * metrics only read them: what steers the rules is elsewhere (see {@link LagMonitor}, {@link RateLimiter}).
 */
import { COMMANDS } from '../../../shared/protocol/commands.ts';

/** Upper bounds, in bytes, of the classes that batches are counted in; one more class is for what is above. */
export const BATCH_BOUNDS: readonly number[] = [
  64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536,
];

export class Counters {
  /** Commands that came, by opcode, those ignored included. */
  readonly commandsIn: number[] = COMMANDS.map(() => 0);
  /** Commands sent, by opcode: one for each client that gets it. */
  readonly commandsOut: number[] = COMMANDS.map(() => 0);
  /** Bytes of Chaton that came on connections that speak commands. */
  bytesIn = 0;
  /** Bytes of Chaton sent to such connections. */
  bytesOut = 0;
  /** Batches by size, see {@link BATCH_BOUNDS}: the broadcasts of one turn of the event loop. */
  readonly batches: number[] = Array.from({ length: BATCH_BOUNDS.length + 1 }, () => 0);
  batchBytes = 0;
  /** Bytes relayed on private connections that are over. */
  relayedBytes = 0;

  /** The most bytes pending for one client, in this window of time and in the one before. */
  #highWater = 0;
  #highWaterBefore = 0;

  /** One client has so many bytes pending, those for which it is cut included. */
  pendingBytes(bytes: number): void {
    if (bytes > this.#highWater) this.#highWater = bytes;
  }

  /** The high-water mark: the most bytes that were pending for one client within the last one or two windows. */
  get outboxHighWater(): number {
    return Math.max(this.#highWater, this.#highWaterBefore);
  }

  /** Begins a new window of the high-water mark, by the clock of the rules: whoever reads it does not change it. */
  nextWindow(): void {
    this.#highWaterBefore = this.#highWater;
    this.#highWater = 0;
  }

  batch(size: number): void {
    // Powers of two from 64: the class is where the highest bit of what is below the bound stands.
    const index = Math.max(0, 32 - Math.clz32(size - 1) - 6);
    this.batches[index]! += 1;
    this.batchBytes += size;
  }
}
