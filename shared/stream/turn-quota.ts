/** Bounds the bytes that many inputs together bring in one turn of the event loop, such as all relays, so that a chat goes on beside them. */
import { TURN, type HoldReason } from './holds.ts';

/** Bytes of a turn before those who bring more have to wait: a millisecond or two of work. */
const TURN_BYTES = 2 * 1024 * 1024;
/** Bytes that one read may bring, so that as many endpoints go on in a turn as can be read once. */
const READ_BYTES = 256 * 1024;
/** Bytes that may pass in any case: who types, or is slow, does not wait for who sends a file. */
const SMALL = 16 * 1024;
/**
 * Bytes that one input brings in a row, before it counts as alone: then it is not held. The event loop itself leaves a connection
 * after 32 reads, some milliseconds, and every hold costs calls of the system to stop the reads and to start them.
 */
const ALONE = 2 * TURN_BYTES;

/** An input that is held while it waits for its turn. */
interface Input {
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
}

/**
 * The quota of a turn, or of several that bring little; inputs beyond it wait until the end of the turn, and go on in the
 * order in which they began to.
 */
export class TurnQuota {
  readonly #atEndOfTurn: (run: () => void) => void;
  readonly #waiting = new Set<Input>();
  #left = TURN_BYTES;
  /** Inputs that may still be read again. */
  #inputs = TURN_BYTES / READ_BYTES;
  #scheduled = false;
  /** The input that brought more than little last, and the bytes that it brought in a row. */
  #last: Input | null = null;
  #inARow = 0;

  /** @param atEndOfTurn runs a function once what can be read now is read (setImmediate) */
  constructor(atEndOfTurn: (run: () => void) => void) {
    this.#atEndOfTurn = atEndOfTurn;
  }

  /** Spends bytes that an input brought; holds it for a later turn when there were too many. */
  spend(input: Input, bytes: number): void {
    if (bytes >= SMALL) this.#note(input, bytes);
    this.#left -= bytes;
    if (this.#left > 0) return;
    if (this.#isAlone(input)) {
      this.#left = TURN_BYTES;
      return;
    }
    // Only now: to be called at the end of every turn would cost each of them a round of the event loop.
    this.#schedule();
    if (bytes < SMALL) return;
    this.#waiting.add(input);
    input.hold(TURN);
  }

  /**
   * Lets an input be read again, since there is room for what it brings; holds it for a later turn where as many were let
   * already as the quota is for, since each of them brings a whole read before it can be held.
   */
  readAgain(input: Input): void {
    if (this.#isAlone(input) || (this.#inputs-- > 0 && this.#left > 0)) return;
    this.#schedule();
    this.#waiting.add(input);
    input.hold(TURN);
  }

  /** Forgets an input that is gone. */
  remove(input: Input): void {
    this.#waiting.delete(input);
    if (this.#last === input) this.#last = null;
  }

  #note(input: Input, bytes: number): void {
    this.#inARow = input === this.#last ? this.#inARow + bytes : bytes;
    this.#last = input;
  }

  #isAlone(input: Input): boolean {
    return input === this.#last && this.#inARow > ALONE;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#atEndOfTurn(() => {
      this.#scheduled = false;
      this.#left = TURN_BYTES;
      this.#inputs = TURN_BYTES / READ_BYTES;
      this.#resumeSome();
    });
  }

  #resumeSome(): void {
    for (const input of this.#waiting) {
      if (this.#inputs-- <= 0 || this.#left <= 0) break;
      this.#waiting.delete(input);
      input.release(TURN);
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
