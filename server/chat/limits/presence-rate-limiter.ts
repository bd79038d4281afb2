/** Limits the presence messages that clients cause by coming and going: a token bucket for each network. */
import type { Clock } from '../environment/clock.ts';
import type { Limits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** Seconds of its rate that a network may have used at once: a crowd that comes back, or in, together. */
const BURST_SECONDS = 2;
/** Networks remembered at most; beyond that the one goes that was charged least recently. */
const MAX_NETWORKS = 100_000;

/**
 * Limits each network's presence messages, of which one goes to every browser client for each that comes or
 * goes; a client that reconnects each time would have a bucket of its own each time. The next LOGIN of a network that is
 * over its rate is throttled: nobody is refused for who else is behind the same router. Null is a network without limits.
 */
export class PresenceRateLimiter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #rate: number;
  /** Networks, in the order of their latest charge. */
  readonly #networks = new Map<string, TokenBucket>();

  constructor(clock: Pick<Clock, 'now'>, { presenceRate }: Pick<Limits, 'presenceRate'>) {
    this.#clock = clock;
    this.#rate = presenceRate;
  }

  /** Networks that are remembered. */
  get size(): number {
    return this.#networks.size;
  }

  /** Charges a network for a client that came or went, with its share of the presence messages sent for that. */
  charge(network: string | null, messages: number): void {
    if (network === null || messages <= 0) return;
    const now = this.#clock.now();
    this.#forgetOld(now);
    const bucket = this.#networks.get(network) ?? new TokenBucket(now);
    this.#networks.delete(network);
    this.#networks.set(network, bucket);
    bucket.refill(now, this.#rate);
    bucket.used += messages;
  }

  /** Tells whether a client of this network has to wait with its LOGIN. */
  isOver(network: string | null): boolean {
    if (network === null) return false;
    const bucket = this.#networks.get(network);
    if (!bucket) return false;
    bucket.refill(this.#clock.now(), this.#rate);
    return bucket.used > this.#rate * BURST_SECONDS;
  }

  /** Forgets from the front those whose bucket is empty again, and one more when there are too many: never a search. */
  #forgetOld(now: number): void {
    for (const [network, bucket] of this.#networks) {
      bucket.refill(now, this.#rate);
      if (bucket.used > 0 && this.#networks.size < MAX_NETWORKS) return;
      this.#networks.delete(network);
    }
  }
}
