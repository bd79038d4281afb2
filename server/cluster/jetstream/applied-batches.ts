/** Remembers the log that a node has applied: to count each batch once, to see a log that was lost, and for nodes that have missed some of it. */
import { crc32 } from 'node:zlib';

/** Positions whose checksum is remembered, and message; nodes are never that far apart while they live. */
const REMEMBERED = 16_384;
/** Bytes of messages that are remembered. */
const MAX_MESSAGES = 16 * 1024 * 1024;
/** Positions after which an incarnation that has written nothing is forgotten; hours, even under load. */
const FORGOTTEN_AFTER = 2 ** 22;
const SWEEP_EVERY = 2 ** 16;

/** Last batch of an incarnation that counts, and its position. */
interface LastBatch {
  readonly batch: number;
  readonly position: number;
}

/** Position in the log, and the checksum (CRC-32) over all messages up to it, each whole: two logs that agree in it are one. */
export interface LogMark {
  readonly position: number;
  readonly print: number;
}

/** Part of a snapshot that belongs to the log. */
export interface AppliedState extends LogMark {
  readonly last: readonly (readonly [incarnation: string, batch: number, position: number])[];
}

/**
 * The batches of the log that are applied, as far as they are remembered. All nodes remember the same at the same position: it depends on what the engine has stored,
 * and on nothing else.
 */
export class AppliedBatches {
  #position: number;
  #print: number;
  readonly #last = new Map<string, LastBatch>();
  /** Checksums by position, modulo their number. */
  readonly #prints = new Uint32Array(REMEMBERED);
  /** First position whose checksum is known. */
  readonly #from: number;
  /** Last messages by position, the oldest first. */
  readonly #messages = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor({ position, print, last }: AppliedState) {
    this.#position = position;
    this.#print = print;
    this.#from = position;
    this.#prints[position % REMEMBERED] = print;
    for (const [incarnation, batch, at] of last) this.#last.set(incarnation, { batch, position: at });
  }

  /** Position of the last message. */
  get position(): number {
    return this.#position;
  }

  /** Checksum up to there. */
  get print(): number {
    return this.#print;
  }

  /** State for a node that joins. */
  get state(): AppliedState {
    const last = [...this.#last].map(([name, { batch, position }]) => [name, batch, position] as const);
    return { position: this.#position, print: this.#print, last };
  }

  /** Adds the message at the next position; its bytes are kept, and must not change. */
  add(message: Uint8Array): void {
    this.#position++;
    this.#print = crc32(message, this.#print);
    this.#prints[this.#position % REMEMBERED] = this.#print;
    this.#messages.set(this.#position, message);
    this.#bytes += message.length;
    for (const [oldest, { length }] of this.#messages) {
      if (this.#messages.size <= REMEMBERED && this.#bytes <= MAX_MESSAGES) break;
      this.#messages.delete(oldest);
      this.#bytes -= length;
    }
    if (this.#position % SWEEP_EVERY === 0) this.#sweep();
  }

  /** Last batch of an incarnation that counts; 0 when there is none. */
  lastBatch(incarnation: string): number {
    return this.#last.get(incarnation)?.batch ?? 0;
  }

  /** Counts a batch of the message that was added last. */
  count(incarnation: string, batch: number): void {
    this.#last.set(incarnation, { batch, position: this.#position });
  }

  /** Checksum up to a position; null when it is not known any more, or not yet. */
  printAt(position: number): number | null {
    if (position > this.#position || position < this.#from) return null;
    if (position <= this.#position - REMEMBERED) return null;
    return this.#prints[position % REMEMBERED]!;
  }

  /** Tells whether another message than this one is known to have been applied at a position. */
  contradicts(position: number, message: Uint8Array): boolean {
    const [before, after] = [this.printAt(position - 1), this.printAt(position)];
    return before !== null && after !== null && crc32(message, before) !== after;
  }

  /**
   * Finds a message that another node has missed; undefined when it is not remembered, or that node, by its mark, has applied
   * something else: one of the two is in a log that was lost.
   */
  find(position: number, { position: applied, print }: LogMark): Uint8Array | undefined {
    return this.printAt(applied) === print ? this.#messages.get(position) : undefined;
  }

  /** Forgets incarnations that are long gone. It depends on positions alone, so that all nodes forget the same. */
  #sweep(): void {
    for (const [incarnation, { position }] of this.#last)
      if (position < this.#position - FORGOTTEN_AFTER) this.#last.delete(incarnation);
  }
}
