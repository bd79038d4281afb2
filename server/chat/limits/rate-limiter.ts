/**
 * Limits how fast clients may send: a token bucket for each, by cost, and one budget for what all together cause. Who is
 * over is throttled: it is not read for a while, so that its own network makes it wait, and nothing is dropped.
 */
import type { Clock } from '../environment/clock.ts';
import type { Limits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';
import type { ThrottleReason } from '../../../shared/protocol/reasons.ts';

export type RateLimits = Pick<Limits, 'commandRate' | 'commandBurst' | 'maxFanOut'>;

/** How far those are behind who get what is said: whether the others have to wait for them, and for how long. */
export interface Lag {
  readonly pressure: 'none' | 'some' | 'high';
  measure(): void;
  closeLongLagging(now: number, patience: number): void;
  clearWaits(): void;
}

/** A client that can be held back: it reads nothing more until `goOn`. */
export interface Throttled {
  resumeReading(): void;
}

/** How long, in ms, everyone waits for the same ones. */
const LAG_TIMEOUT = 5_000;
/** Of all who are held back, at most this part goes on at once: what they all have waiting must not come in one turn. */
const RESUMED_SHARE = 1 / 16;
/** How often, in ms, it is looked whether someone may go on. */
const CHECK_EVERY = 20;
/** Seconds of its rate that a client has to have saved before it goes on: to start and stop for each command is dear. */
const WORTHWHILE = 0.05;
/** Seconds of fan-out that may go out at once: a bystander's message stands behind no more than that. */
const FAN_OUT_BURST = 1 / 32;
/** The cost up to which a client has said little, and is not held back for what others do. */
const LIGHT_COST = 16;
/** How long, in ms, a client stays loud that has said more, or had to wait for that. */
const HEAVY_FOR = 1_000;
/** Bytes of command that count as one command. */
const UNIT = 128;
/** Clients that a command has to go to for its full cost. */
const FULL_ROOM = 200;
/** The part of it that a command costs whomever it goes to: it has to be read all the same. */
const LEAST = 1 / 8;

/**
 * What a command costs: one when it goes to a room of {@link FULL_ROOM} or more, less in a smaller one, down to an
 * eighth; for each 128 bytes of it.
 * @param deliveries clients that it was sent to
 */
export function costOf(bytes: number, deliveries: number): number {
  return Math.ceil(bytes / UNIT) * Math.min(1, Math.max(LEAST, deliveries / FULL_ROOM));
}

/** What one client has used of late; made when it first says something. */
export class ClientBucket extends TokenBucket {
  /** Until when the client is loud: it waits while all together cause too much, and the others do not. */
  heavyUntil = -Infinity;
}

export class RateLimiter {
  readonly #clock: Clock;
  readonly #limits: RateLimits;
  readonly #lag: Lag;
  /** Those who are held back, the longest first, and what tells whether they still have to be. */
  readonly #throttled = new Map<Throttled, (now: number) => boolean>();
  /** Bytes of fan-out that all together may still cause now; negative when they caused too much. */
  #budget: number;
  #at: number;
  #isScheduled = false;

  constructor(clock: Clock, limits: RateLimits, lagMonitor: Lag) {
    this.#lag = lagMonitor;
    this.#clock = clock;
    this.#limits = limits;
    this.#budget = limits.maxFanOut * FAN_OUT_BURST;
    this.#at = clock.now();
  }

  /** Whether each command counts now. */
  get isUnderPressure(): boolean {
    return this.#lag.pressure === 'high';
  }

  /** Clients that are held back. */
  get throttled(): number {
    return this.#throttled.size;
  }

  newBucket(): ClientBucket {
    return new ClientBucket(this.#clock.now());
  }

  /** Whether a client has said much, and may have to be held back before it says more. */
  isHeavy(bucket: ClientBucket): boolean {
    return this.#clock.now() < bucket.heavyUntil;
  }

  /**
   * Counts what a client has just caused. Not null, the client must not be read until it is told to go on.
   * @param cost of its commands, see {@link costOf}
   * @param fanOut bytes of them, times those who get them
   */
  consume(client: Throttled, bucket: ClientBucket, cost: number, fanOut: number): ThrottleReason | null {
    const now = this.#clock.now();
    const { commandRate, commandBurst } = this.#limits;
    bucket.refill(now, commandRate);
    bucket.used += cost;
    this.#refill(now);
    this.#budget -= fanOut;
    if (bucket.used > LIGHT_COST) bucket.heavyUntil = now + HEAVY_FOR;
    const isLoud = now < bucket.heavyUntil;
    const reason = this.#judge(bucket, commandBurst, isLoud);
    if (reason) {
      const saved = Math.max(0, commandBurst - commandRate * WORTHWHILE);
      this.throttle(client, (then) => {
        // Whoever had to wait has something waiting: it does not pass the others again and again.
        bucket.heavyUntil = then + HEAVY_FOR;
        bucket.refill(then, commandRate);
        return this.#judge(bucket, saved, isLoud) !== null;
      });
    }
    return reason;
  }

  /** A client is not read until it need not be held back any more. */
  throttle(client: Throttled, hasTo: (now: number) => boolean): void {
    this.#throttled.set(client, hasTo);
    this.#scheduleCheck();
  }

  /** A client is gone. */
  remove(client: Throttled): void {
    this.#throttled.delete(client);
  }

  #judge(bucket: ClientBucket, burst: number, isLoud: boolean): ThrottleReason | null {
    if (bucket.used > burst) return 'too many commands';
    const { pressure } = this.#lag;
    // Who has said little is only held back when even many such clients are too much.
    if (pressure === 'high' || (pressure === 'some' && isLoud)) return 'others cannot keep up';
    return this.#budget < (isLoud ? 0 : -this.#limits.maxFanOut) ? 'too much fan-out in total' : null;
  }

  #refill(now: number): void {
    const { maxFanOut } = this.#limits;
    const more = ((now - this.#at) / 1000) * maxFanOut;
    this.#at = now;
    this.#budget = Math.min(maxFanOut * FAN_OUT_BURST, this.#budget + more);
  }

  #scheduleCheck(): void {
    if (this.#throttled.size === 0) this.#lag.clearWaits();
    if (this.#isScheduled || this.#throttled.size === 0) return;
    this.#isScheduled = true;
    this.#clock.after(CHECK_EVERY, () => {
      this.#isScheduled = false;
      this.#resumeSome();
      this.#scheduleCheck();
    });
  }

  /** Lets those go on who may, the longest held first; who is held again meanwhile stands behind the others. */
  #resumeSome(): void {
    const now = this.#clock.now();
    this.#refill(now);
    if (this.#lag.pressure !== 'none') this.#lag.measure();
    this.#lag.closeLongLagging(now, LAG_TIMEOUT);
    let left = Math.max(1, this.#throttled.size * RESUMED_SHARE);
    for (const [client, hasTo] of [...this.#throttled]) {
      if (!this.#throttled.has(client) || hasTo(now)) continue;
      this.#throttled.delete(client);
      client.resumeReading();
      if (--left < 1) return;
    }
  }
}
