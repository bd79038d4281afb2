/** What only time can tell of a connection: one look at all of them every second, and no timer of their own. */
import type { Socket } from 'node:net';
import type { Limits } from '../chat/limits.ts';

/** How often, in ms, {@link Watch.look} is meant to be called. */
export const LOOK_EVERY = 1000;

export type WatchLimits = Pick<Limits, 'writeStall' | 'pingInterval' | 'maxMissedPings'>;

/** A connection that is looked after. */
export interface Watched {
  look(watch: Watch): void;
  /** Whether it was closed for cause, and only waits for the other side. */
  readonly isClosing: boolean;
  /** Ends the connection at once, with no regard to what is queued. */
  destroy(): void;
}

export class Watch {
  readonly limits: WatchLimits;
  /** Looks so far: seconds during which the process was awake, so that nobody pays for a server that was held up. */
  seconds = 0;
  readonly #watched = new Set<Watched>();
  #added = 0;
  #onEmpty: (() => void) | null = null;

  constructor(limits: WatchLimits) {
    this.limits = limits;
  }

  get size(): number {
    return this.#watched.size;
  }

  add(connection: Watched): void {
    this.#watched.add(connection);
  }

  delete(connection: Watched): void {
    this.#watched.delete(connection);
    if (this.#watched.size === 0) this.#onEmpty?.();
  }

  /** Resolves when no connection is left. */
  async emptied(): Promise<void> {
    if (this.#watched.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  look(): void {
    this.seconds++;
    for (const connection of this.#watched) connection.look(this);
  }

  destroyAll(): void {
    for (const connection of this.#watched) connection.destroy();
  }

  /** Ends those that are closing already. */
  destroyClosing(): void {
    for (const connection of this.#watched) if (connection.isClosing) connection.destroy();
  }

  /** When a new connection is pinged first: each second has its share of them, even if all came at once. */
  firstPing(): number {
    return this.seconds + 1 + (this.#added++ % this.pingEvery);
  }

  /** In seconds. */
  get pingEvery(): number {
    return Math.ceil(this.limits.pingInterval / LOOK_EVERY);
  }
}

/** Whether the other side takes any of what is queued for it; exists only while something is. */
export class Standstill {
  #taken: number;
  #since: number;

  constructor(socket: Socket, now: number) {
    this.#taken = takenFrom(socket);
    this.#since = now;
  }

  /** How long, in seconds, nothing has been taken. */
  lasts(socket: Socket, now: number): number {
    const taken = takenFrom(socket);
    if (taken > this.#taken) this.#since = now;
    this.#taken = taken;
    return now - this.#since;
  }
}

/**
 * Bytes that the operating system has taken. Node says only whether a whole write was taken, which may be all of a
 * queue and take a slow network longer than we wait; so, as its own socket timeouts do, this asks the handle below.
 */
function takenFrom(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: Handle | null };
  if (!handle) return 0;
  return handle.bytesWritten - handle.writeQueueSize;
}

interface Handle {
  /** Bytes handed down so far. */
  readonly bytesWritten: number;
  /** Of which not taken yet. */
  readonly writeQueueSize: number;
}
