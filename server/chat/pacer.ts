/**
 * Who sends too much is not read for a while: nothing is dropped, and its own network makes it wait. Each client has a
 * rate of its own; all together have one for what their messages become on the way out, since one message to a full room
 * is a thousand deliveries.
 */
import type { Audience } from './audience.ts';
import type { Clock } from './clock.ts';
import type { Limits } from './limits.ts';

export type PaceLimits = Pick<Limits, 'commandRate' | 'commandBurst' | 'maxFanOut'>;

/** Why a client is not read for a while. */
export type HoldReason = 'too many commands' | 'too much fan-out in total' | 'others cannot keep up';

/** A client that can be held back: it reads nothing more until `goOn`. */
export interface Paced {
  goOn(): void;
}

/** How long, in ms, everyone waits for the same ones. */
const PATIENCE = 5_000;
/** Of all who are held back, at most this part goes on at once: what they all have waiting must not come in one turn. */
const PART = 1 / 16;
/** How often, in ms, it is looked whether someone may go on. */
const LOOK_EVERY = 20;
/** Seconds of its rate that a client has to have saved before it goes on: to start and stop for each command is dear. */
const WORTHWHILE = 0.05;
/** Seconds of fan-out that may go out at once after some quiet. */
const FAN_OUT_BURST = 0.5;
/** The part of all fan-out that a client may have used of late and not be held back for what others do. */
const FAIR_SHARE = 1 / 32;
/** Bytes of command that count as one command. */
const UNIT = 128;

/** What a command counts as: one, and long ones as several. */
export function weightOf(command: Uint8Array): number {
  return Math.ceil(command.length / UNIT);
}

/** What one client has used of late; it is made when the client first says something. */
export class Pace {
  /** Commands by weight, less what its rate has forgiven since. */
  commands = 0;
  /** Bytes of fan-out, less its fair share since. */
  fanOut = 0;
  /** Whether the client is not to be read. */
  isHeld = false;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  forgive(now: number, { commandRate, maxFanOut }: PaceLimits): void {
    const seconds = (now - this.#at) / 1000;
    this.#at = now;
    this.commands = Math.max(0, this.commands - seconds * commandRate);
    this.fanOut = Math.max(0, this.fanOut - seconds * maxFanOut * FAIR_SHARE);
  }
}

export class Pacer {
  readonly #clock: Clock;
  readonly #limits: PaceLimits;
  readonly #audience: Audience;
  /** Those who are held back, the longest first. */
  readonly #held = new Map<Paced, Pace>();
  /** Bytes of fan-out that all together may still cause now; negative when they caused too much. */
  #budget: number;
  #at: number;
  #isLooking = false;

  constructor(clock: Clock, limits: PaceLimits, audience: Audience) {
    this.#audience = audience;
    this.#clock = clock;
    this.#limits = limits;
    this.#budget = limits.maxFanOut * FAN_OUT_BURST;
    this.#at = clock.now();
  }

  /** Whether each command counts now. */
  get isTight(): boolean {
    return this.#audience.pressure === 'high';
  }

  /** Clients that are held back. */
  get held(): number {
    return this.#held.size;
  }

  newPace(): Pace {
    return new Pace(this.#clock.now());
  }

  /**
   * Counts what a client has just caused. Not null, the client must not be read until it is told to go on.
   * @param commands by weight
   * @param fanOut bytes of them, times those who get them
   */
  charge(client: Paced, pace: Pace, commands: number, fanOut: number): HoldReason | null {
    const now = this.#clock.now();
    pace.forgive(now, this.#limits);
    pace.commands += commands;
    pace.fanOut += fanOut;
    this.#refill(now);
    this.#budget -= fanOut;
    const reason = this.#judge(pace, this.#limits.commandBurst);
    if (reason) this.#hold(client, pace);
    return reason;
  }

  /** A client is gone. */
  forget(client: Paced): void {
    this.#held.delete(client);
  }

  #judge(pace: Pace, burst: number): HoldReason | null {
    if (pace.commands > burst) return 'too many commands';
    const { maxFanOut } = this.#limits;
    const { pressure } = this.#audience;
    // Who has caused little is only held back when even many such clients are too much.
    const isFair = pace.fanOut <= maxFanOut * FAIR_SHARE;
    if (pressure === 'high' || (pressure === 'some' && !isFair)) return 'others cannot keep up';
    return this.#budget < (isFair ? -maxFanOut : 0) ? 'too much fan-out in total' : null;
  }

  #refill(now: number): void {
    const { maxFanOut } = this.#limits;
    const more = ((now - this.#at) / 1000) * maxFanOut;
    this.#at = now;
    this.#budget = Math.min(maxFanOut * FAN_OUT_BURST, this.#budget + more);
  }

  #hold(client: Paced, pace: Pace): void {
    pace.isHeld = true;
    this.#held.set(client, pace);
    this.#lookSoon();
  }

  #lookSoon(): void {
    if (this.#held.size === 0) this.#audience.forgetWaiting();
    if (this.#isLooking || this.#held.size === 0) return;
    this.#isLooking = true;
    this.#clock.after(LOOK_EVERY, () => {
      this.#isLooking = false;
      this.#look();
      this.#lookSoon();
    });
  }

  /** Lets those go on who may, the longest held first; who is held again meanwhile stands behind the others. */
  #look(): void {
    const now = this.#clock.now();
    const { commandBurst, commandRate } = this.#limits;
    this.#refill(now);
    if (this.#audience.pressure !== 'none') this.#audience.measurePressure();
    this.#audience.stopWaiting(now, PATIENCE);
    let left = Math.max(1, this.#held.size * PART);
    for (const [client, pace] of [...this.#held]) {
      pace.forgive(now, this.#limits);
      const burst = Math.max(0, commandBurst - commandRate * WORTHWHILE);
      if (!this.#held.has(client) || this.#judge(pace, burst) !== null) continue;
      this.#held.delete(client);
      pace.isHeld = false;
      client.goOn();
      if (--left < 1) return;
    }
  }
}
