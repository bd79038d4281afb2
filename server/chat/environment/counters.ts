/** What the rules count while they work: plain numbers, so that counting costs next to nothing; whoever wants to know reads them. */
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
  /** Batches by size, see {@link BATCH_BOUNDS}: what one turn of the event loop had to say to the room. */
  readonly batches: number[] = Array.from({ length: BATCH_BOUNDS.length + 1 }, () => 0);
  batchBytes = 0;
  /** The most that one client had untaken, in bytes; what it had when it was cut for that included. */
  outboxHighWater = 0;
  /** Clients that had a quarter, and half, of what they may have untaken, when that was looked at last. */
  lagging = 0;
  farBehind = 0;
  /** Bytes of commands, times those who get them. */
  fanOut = 0;
  /** Bytes relayed on private connections that are over. */
  relayedBytes = 0;

  /** One client has so many bytes untaken. */
  pendingBytes(bytes: number): void {
    if (bytes > this.outboxHighWater) this.outboxHighWater = bytes;
  }

  batch(size: number): void {
    // Powers of two from 64: the class is where the highest bit of what is below the bound stands.
    const index = Math.max(0, 32 - Math.clz32(size - 1) - 6);
    this.batches[index]! += 1;
    this.batchBytes += size;
  }
}
