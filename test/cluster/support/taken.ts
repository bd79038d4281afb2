/** All that a test has started, to be ended though something behind it could not be started. */
export class Taken {
  readonly #ends: Array<() => Promise<unknown>> = [];

  /** Has what is being started be ended by `giveBack`, as soon as it is there; returns the same promise. */
  take<T>(starting: Promise<T>, end: (started: T) => unknown): Promise<T> {
    this.#ends.unshift(() => starting.then(end, () => {}));
    return starting;
  }

  /** Ends all, the last first; rejects with the first failure when the others are ended, too. */
  async giveBack(): Promise<void> {
    const failures: unknown[] = [];
    for (const end of this.#ends.splice(0)) await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
