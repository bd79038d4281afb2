/** Why a stream is not read (backpressure, throttling): each reason has one owner, who alone takes it back. */
export const Hold = {
  /** Who handles the stream is throttled: it sends more than its rate allows. */
  throttled: 1,
  /** A connection that waits for the other one of its private connection holds as much as it may (D19). */
  unpaired: 2,
  /** The other connection of a private connection cannot take more (D20). */
  backpressure: 4,
  /** A resumable stream is held by whoever handles it, and has no window that would do. */
  byOwner: 8,
  /** A resumable stream holds more than any window allows. */
  overflow: 16,
  /** A transport leaves the rest of what it has read for the next turn of the event loop. */
  slice: 32,
} as const;
export type HoldReason = (typeof Hold)[keyof typeof Hold];

/** Reasons of whoever handles a stream: they end when somebody else does. */
const OWNERS = Hold.throttled | Hold.unpaired | Hold.backpressure | Hold.byOwner | Hold.overflow;

/** The reasons for which one stream is not read: it is read when there is none. */
export class Holds {
  #reasons = 0;

  get any(): boolean {
    return this.#reasons !== 0;
  }

  has(reason: HoldReason): boolean {
    return (this.#reasons & reason) !== 0;
  }

  /** True when it was read until now. */
  add(reason: HoldReason): boolean {
    const wasRead = this.#reasons === 0;
    this.#reasons |= reason;
    return wasRead;
  }

  /** True when that was the last reason. */
  delete(reason: HoldReason): boolean {
    return this.#remove(reason);
  }

  /** Takes back all that the stream's handler asked for, as it is replaced. True when there was nothing else. */
  handOver(): boolean {
    return this.#remove(OWNERS);
  }

  #remove(reasons: number): boolean {
    const wasHeld = this.#reasons !== 0;
    this.#reasons &= ~reasons;
    return wasHeld && this.#reasons === 0;
  }
}
