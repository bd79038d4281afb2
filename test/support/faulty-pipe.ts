/** Direction of a bad connection: socket to socket, late, slow, in other pieces, and not always to the end. */
import type { Socket } from 'node:net';
import type { Roll } from './random.ts';

export interface Faults {
  /** Delay of each byte, in ms. */
  readonly delay?: number;
  /** Greatest addition to the delay, in ms; bytes never overtake each other. */
  readonly jitter?: number;
  /** Rate in bytes per second. */
  readonly rate?: number;
  /** Least and greatest size of the pieces that are passed on, each in a write of its own. */
  readonly pieces?: readonly [least: number, most: number];
  /** Break after so many bytes: a reset, or an end of writing as if nothing were missing. */
  readonly cut?: { readonly after: number; readonly how: 'reset' | 'end' };
}

interface Piece {
  readonly bytes: Buffer;
  readonly due: number;
}

/** High-water mark of the bytes on their way; above it the source is not read until they have passed. */
const WINDOW = 256 * 1024;

/** Passes on bytes and the end of writing from one socket to another, the way a bad network would. */
export class FaultyPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: Faults;
  readonly #roll: Roll;
  readonly #onCut: (how: 'reset' | 'end') => void;
  #queue: Piece[] = [];
  #queuedBytes = 0;
  #lastDue = 0;
  #passed = 0;
  #ended = false;
  #stopped = false;
  #held = false;
  #blocked = false;
  #cancel: (() => void) | null = null;

  constructor(from: Socket, to: Socket, faults: Faults, roll: Roll, onCut: (how: 'reset' | 'end') => void) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    this.#roll = roll;
    this.#onCut = onCut;
    from.on('data', (bytes) => this.#take(bytes));
    from.on('end', () => this.#takeEnd());
    to.on('drain', () => {
      this.#blocked = false;
      this.#schedule();
    });
    to.on('close', () => this.stop());
    from.resume();
  }

  /** Number of bytes passed on. */
  get passed(): number {
    return this.#passed;
  }

  get isHeld(): boolean {
    return this.#held;
  }

  /** Passes nothing on any more, not even the end. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#cancel?.();
  }

  /** Passes nothing on, and reads nothing, until `release`. */
  hold(): void {
    this.#held = true;
    this.#from.pause();
    this.#cancel?.();
    this.#cancel = null;
  }

  release(): void {
    this.#held = false;
    this.#readOrNot();
    this.#schedule();
  }

  #take(bytes: Buffer): void {
    if (this.#stopped) return;
    const { pieces } = this.#faults;
    for (let at = 0; at < bytes.length;) {
      const size = pieces ? pieces[0] + this.#roll(pieces[1] - pieces[0] + 1) : bytes.length;
      const piece = bytes.subarray(at, at + size);
      this.#queue.push({ bytes: piece, due: this.#dueOf(piece.length) });
      this.#queuedBytes += piece.length;
      at += piece.length;
    }
    this.#readOrNot();
    this.#schedule();
  }

  #takeEnd(): void {
    this.#ended = true;
    this.#schedule();
  }

  #dueOf(length: number): number {
    const { delay = 0, jitter = 0, rate } = this.#faults;
    const arrives = performance.now() + delay + (jitter > 0 ? this.#roll(jitter + 1) : 0);
    // The line is busy with the bytes before.
    const free = this.#lastDue + (rate === undefined ? 0 : (length * 1000) / rate);
    this.#lastDue = Math.max(arrives, free);
    return this.#lastDue;
  }

  /** Schedules the next piece for when it is due; at most one timer at a time. */
  #schedule(): void {
    if (this.#held || this.#stopped || this.#blocked || this.#cancel) return;
    const [next] = this.#queue;
    if (!next) {
      if (this.#ended) this.#to.end();
      return;
    }
    const run = () => {
      this.#cancel = null;
      this.#passOne();
      this.#schedule();
    };
    const wait = next.due - performance.now();
    if (wait > 0) {
      const timer = setTimeout(run, Math.ceil(wait));
      this.#cancel = () => clearTimeout(timer);
    } else {
      // A turn of its own for each piece lets the other side read them apart.
      const turn = setImmediate(run);
      this.#cancel = () => clearImmediate(turn);
    }
  }

  #passOne(): void {
    const piece = this.#queue.shift();
    if (!piece || this.#to.destroyed) return;
    this.#queuedBytes -= piece.bytes.length;
    const { cut } = this.#faults;
    const left = cut ? cut.after - this.#passed : Infinity;
    const bytes = piece.bytes.subarray(0, Math.max(0, left));
    this.#passed += bytes.length;
    if (bytes.length > 0) this.#blocked = !this.#to.write(bytes);
    if (cut && this.#passed >= cut.after) {
      this.stop();
      // The reset waits until the operating system has what was written, which it would take back.
      if (cut.how === 'end' || this.#to.writableLength === 0) this.#onCut(cut.how);
      else this.#to.once('drain', () => this.#onCut(cut.how));
      return;
    }
    this.#readOrNot();
  }

  #readOrNot(): void {
    if (this.#held || this.#queuedBytes >= WINDOW) this.#from.pause();
    else this.#from.resume();
  }
}
