/**
 * Limits how fast clients may send: a token bucket for each, by cost, and one bucket for the fan-out of all together. A
 * client that is over is throttled: its reads are paused, so that its own network makes it wait, and nothing is dropped.
 */
import type { Clock } from '../environment/clock.ts';
import type { Limits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';
import type { ThrottleReason } from '../../../shared/protocol/reasons.ts';

type RateLimits = Pick<Limits, 'commandRate' | 'commandBurst' | 'maxFanOut'>;

/** Lag of the recipients: whether senders have to wait for them, and for how long. */
export interface Lag {
  readonly pressure: 'none' | 'some' | 'high';
  measure(): void;
  closeLongLagging(now: number, timeout: number): void;
  clearWaits(): void;
}

/** A client that can be throttled: it reads nothing more until `resumeReading`. */
export interface Throttled {
  resumeReading(): void;
}

/** Time, in ms, that senders wait for the same client that lags; then it is closed as a slow consumer. */
export const LAG_TIMEOUT = 5_000;
/** Share of all throttled clients that may resume at once: the input they have waiting must not come in one turn. */
const RESUMED_SHARE = 1 / 16;
/** Interval of the checks of throttled clients, in ms. */
const CHECK_EVERY = 20;
/** Seconds of its rate that a client has to have saved before it resumes: to pause and resume for each command is dear. */
const WORTHWHILE = 0.05;
/** Seconds of fan-out that may go out at once: a bystander's message waits behind no more than that. */
const FAN_OUT_BURST = 1 / 32;
/** The used cost up to which a client is a light sender, which is not throttled for what others do. */
const LIGHT_COST = 16;
/** Time, in ms, that a client stays a heavy sender after it used more, or was throttled. */
const HEAVY_FOR = 1_000;
/** Bytes of command that count as one command. */
const UNIT = 128;
/** Clients that a command has to go to for its full cost. */
const FULL_ROOM = 200;
/** Smallest share of the full cost, even for one recipient: a command has to be read all the same. */
const LEAST = 1 / 8;

/**
 * The cost of a command: one when it goes to {@link FULL_ROOM} clients or more, less when it goes to fewer, down to an
 * eighth; for each 128 bytes of it.
 * @param deliveries clients that it was sent to
 */
export function costOf(bytes: number, deliveries: number): number {
  return Math.ceil(bytes / UNIT) * Math.min(1, Math.max(LEAST, deliveries / FULL_ROOM));
}

/** The token bucket of one client; made with its first command. */
export class ClientBucket extends TokenBucket {
  /** Time until which the client is a heavy sender: it waits while all together cause too much, light ones do not. */
  heavyUntil = -Infinity;
}

export class RateLimiter {
  readonly #clock: Clock;
  readonly #limits: RateLimits;
  readonly #lag: Lag;
  /** Throttled clients, the longest first, each with a function that tells whether it still has to wait. */
  readonly #throttled = new Map<Throttled, (now: number) => boolean>();
  /** Bytes of fan-out that all together may still cause now; negative when they caused too much. */
  #fanOutTokens: number;
  #at: number;
  #isScheduled = false;

  constructor(clock: Clock, limits: RateLimits, lagMonitor: Lag) {
    this.#lag = lagMonitor;
    this.#clock = clock;
    this.#limits = limits;
    this.#fanOutTokens = limits.maxFanOut * FAN_OUT_BURST;
    this.#at = clock.now();
  }

  /** True when every single command is to be charged. */
  get isUnderPressure(): boolean {
    return this.#lag.pressure === 'high';
  }

  get throttled(): number {
    return this.#throttled.size;
  }

  newBucket(): ClientBucket {
    return new ClientBucket(this.#clock.now());
  }

  /** Tells whether a client is a heavy sender, and may have to be throttled before more of its input is handled. */
  isHeavy(bucket: ClientBucket): boolean {
    return this.#clock.now() < bucket.heavyUntil;
  }

  /**
   * Consumes what a client has just caused. When it returns a reason, the client must not be read until it is resumed.
   * @param cost of its commands, see {@link costOf}
   * @param fanOut bytes of them, times those who get them
   */
  consume(client: Throttled, bucket: ClientBucket, cost: number, fanOut: number): ThrottleReason | null {
    const now = this.#clock.now();
    const { commandRate, commandBurst } = this.#limits;
    bucket.refill(now, commandRate);
    bucket.used += cost;
    this.#refill(now);
    this.#fanOutTokens -= fanOut;
    if (bucket.used > LIGHT_COST) bucket.heavyUntil = now + HEAVY_FOR;
    const isHeavy = now < bucket.heavyUntil;
    const reason = this.#reasonToThrottle(bucket, commandBurst, isHeavy);
    if (reason) {
      const saved = Math.max(0, commandBurst - commandRate * WORTHWHILE);
      this.addThrottled(client, (then) => {
        // A client that had to wait has input waiting: it does not overtake the others again and again. Not so a light
        // one that had to wait for slow consumers: it would go on waiting for them when others need not.
        if (isHeavy || reason !== 'others cannot keep up') bucket.heavyUntil = then + HEAVY_FOR;
        bucket.refill(then, commandRate);
        return this.#reasonToThrottle(bucket, saved, isHeavy) !== null;
      });
    }
    return reason;
  }

  /** Adds a client to those that are throttled, until `mustWait` is false; it pauses its own reads. */
  addThrottled(client: Throttled, mustWait: (now: number) => boolean): void {
    this.#throttled.set(client, mustWait);
    this.#scheduleCheck();
  }

  /** Forgets a client that is gone. */
  remove(client: Throttled): void {
    this.#throttled.delete(client);
  }

  #reasonToThrottle(bucket: ClientBucket, burst: number, isHeavy: boolean): ThrottleReason | null {
    if (bucket.used > burst) return 'too many commands';
    const { pressure } = this.#lag;
    // A light sender is only throttled when even many such clients are too much.
    if (pressure === 'high' || (pressure === 'some' && isHeavy)) return 'others cannot keep up';
    return this.#fanOutTokens < (isHeavy ? 0 : -this.#limits.maxFanOut) ? 'too much fan-out in total' : null;
  }

  #refill(now: number): void {
    const { maxFanOut } = this.#limits;
    const more = ((now - this.#at) / 1000) * maxFanOut;
    this.#at = now;
    this.#fanOutTokens = Math.min(maxFanOut * FAN_OUT_BURST, this.#fanOutTokens + more);
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

  /** Resumes clients that may, the longest throttled first; one that is throttled again goes behind the others. */
  #resumeSome(): void {
    const now = this.#clock.now();
    this.#refill(now);
    if (this.#lag.pressure !== 'none') this.#lag.measure();
    this.#lag.closeLongLagging(this.#clock.awake(), LAG_TIMEOUT);
    let left = Math.max(1, this.#throttled.size * RESUMED_SHARE);
    for (const [client, mustWait] of [...this.#throttled]) {
      if (!this.#throttled.has(client) || mustWait(now)) continue;
      this.#throttled.delete(client);
      client.resumeReading();
      if (--left < 1) return;
    }
  }
}
