/** A fair queue: in what order, and how many at once, HTTP connections are served. */

/** Requests begun in one iteration of the event loop: a few milliseconds at most, so that the chat is not delayed. */
const AT_ONCE = 16;

export interface Waiter {
  resumeReading(): void;
}

/**
 * Serves waiting connections one after the other: one request each, a few in one iteration of the event loop. A client
 * that pipelines a thousand requests waits behind everybody who sends one, and neither delays the chat.
 */
export class FairQueue {
  readonly #waiting = new Set<Waiter>();
  #isScheduled = false;

  /** Queues a connection, if it is not queued already. */
  add(waiter: Waiter): void {
    this.#waiting.add(waiter);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#serveSome);
  }

  remove(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  readonly #serveSome = (): void => {
    // One that is queued again meanwhile is served in the next iteration.
    const now: Waiter[] = [];
    for (const waiter of this.#waiting) if (now.push(waiter) === AT_ONCE) break;
    for (const waiter of now) this.#waiting.delete(waiter);
    for (const waiter of now) waiter.resumeReading();
    this.#isScheduled = this.#waiting.size > 0;
    if (this.#isScheduled) setImmediate(this.#serveSome);
  };
}
