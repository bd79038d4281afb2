/** In what order, and how many at once, connections of HTTP go on with what they have sent. */

/** Requests begun in one turn of the event loop: a few milliseconds at most before the room has its turn again. */
const AT_ONCE = 16;

/** Something that can go on by one request. */
export interface Waiter {
  resumeReading(): void;
}

/**
 * Lets connections go on one after the other: each by one request, a few of them in one turn of the event loop. Whoever
 * sends a thousand requests waits behind everybody who sends one, and neither delays the room.
 */
export class FairQueue {
  readonly #waiting = new Set<Waiter>();
  #isTurning = false;

  /** Asks for a turn; twice is once. */
  add(comer: Waiter): void {
    this.#waiting.add(comer);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(this.#turn);
  }

  remove(comer: Waiter): void {
    this.#waiting.delete(comer);
  }

  readonly #turn = (): void => {
    // Who asks again meanwhile has the next turn.
    const now = [...take(this.#waiting, AT_ONCE)];
    for (const comer of now) this.#waiting.delete(comer);
    for (const comer of now) comer.resumeReading();
    this.#isTurning = this.#waiting.size > 0;
    if (this.#isTurning) setImmediate(this.#turn);
  };
}

function* take<T>(from: Iterable<T>, most: number): Generator<T> {
  let count = 0;
  for (const one of from) {
    yield one;
    if (++count === most) return;
  }
}
