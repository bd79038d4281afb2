/** Remembers the log that a node has applied: to count each batch once, and to see a log that was lost. */
import { crc32 } from 'node:zlib';

/** Positions whose checksum is remembered; nodes are never that far apart while they live. */
const REMEMBERED = 16_384;
/** Positions after which an incarnation that has written nothing is forgotten; hours, even under load. */
const FORGOTTEN_AFTER = 2 ** 22;
const SWEEP_EVERY = 2 ** 16;

/** Last batch of an incarnation that counts, and its position. */
interface LastBatch {
  readonly batch: number;
  readonly position: number;
}

/** Part of a snapshot that belongs to the log. */
export interface AppliedState {
  readonly position: number;
  readonly print: number;
  readonly last: readonly (readonly [incarnation: string, batch: number, position: number])[];
}

/** Verdict on a message at a position that is applied already. */
export type Repetition = 'same' | 'other' | 'unknown';

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

  /** Checksum (CRC-32) over all messages so far, each whole. */
  get print(): number {
    return this.#print;
  }

  /** State for a node that joins. */
  get state(): AppliedState {
    const last = [...this.#last].map(([name, { batch, position }]) => [name, batch, position] as const);
    return { position: this.#position, print: this.#print, last };
  }

  /** Adds the message at the next position. */
  add(message: Uint8Array): void {
    this.#position++;
    this.#print = crc32(message, this.#print);
    this.#prints[this.#position % REMEMBERED] = this.#print;
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

  /** Compares a message with the one that was applied at a position: another one there means that the log was lost. */
  compare(position: number, message: Uint8Array): Repetition {
    const [before, after] = [this.printAt(position - 1), this.printAt(position)];
    if (before === null || after === null) return 'unknown';
    return crc32(message, before) === after ? 'same' : 'other';
  }

  /** Forgets incarnations that are long gone. It depends on positions alone, so that all nodes forget the same. */
  #sweep(): void {
    for (const [incarnation, { position }] of this.#last)
      if (position < this.#position - FORGOTTEN_AFTER) this.#last.delete(incarnation);
  }
}
