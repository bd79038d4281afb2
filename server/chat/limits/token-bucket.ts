/** Token bucket, counted by what was used of late; its rate and depth are its owner's. Rates are per second, times in ms. */
export class TokenBucket {
  /** Tokens used, less those that the rate has given back since. */
  used = 0;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** Gives back what the time since the last call is worth. */
  refill(now: number, rate: number): void {
    this.used = Math.max(0, this.used - ((now - this.#at) / 1000) * rate);
    this.#at = now;
  }
}
