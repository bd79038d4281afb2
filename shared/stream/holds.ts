/** Reasons for which a stream is not read (backpressure, throttling): each has one owner, who alone takes it back. */

/** The client is throttled: it sends more than its rate allows. */
export const THROTTLED = 1;
/** A relay endpoint that waits for its peer holds as much as it may (D19). */
export const UNPAIRED = 2;
/** The peer of a relay endpoint cannot take more (D20). */
export const BACKPRESSURE = 4;
/** The handler of a stream over this one holds that: of a resumable stream without a window, of a framed one between gateways. */
export const BY_OWNER = 8;
/** A resumable stream holds more than this side's own bound, which shrinks with the memory that is left for all. */
export const OVERFLOW = 16;
/** A transport leaves the rest of what it has read for the next turn of the event loop. */
export const FRAMES_SPENT = 32;
/** A transport is throttled: more came that is no data, such as pings, than its rate allows. */
export const CONTROL_FLOOD = 64;
/** Input of a session cannot be ordered now: the log of the cluster stands still, or a LOGIN_PRIVATE waits for its turn. */
export const UNORDERED = 128;
/** An input of a relay has brought its share of this turn of the event loop. */
export const TURN = 256;
/** All reasons that the handler of a stream may have: they end when it is replaced. */
export const OF_HANDLER = THROTTLED | UNPAIRED | BACKPRESSURE | BY_OWNER | OVERFLOW | UNORDERED | TURN;

/** One of the reasons above, or several together. */
export type HoldReason = number;

/** The reasons for which one stream is not read: it is read when there is none. */
export class Holds {
  #reasons: HoldReason = 0;

  get any(): boolean {
    return this.#reasons > 0;
  }

  /** True when one of these reasons holds it. */
  has(reasons: HoldReason): boolean {
    return (this.#reasons & reasons) !== 0;
  }

  /** True when it was read until now. */
  add(reason: HoldReason): boolean {
    const wasRead = !this.any;
    this.#reasons |= reason;
    return wasRead;
  }

  /** True when nothing else holds it. */
  delete(reason: HoldReason): boolean {
    const wasHeld = this.any;
    this.#reasons &= ~reason;
    return wasHeld && !this.any;
  }
}
