/** What only time can tell of a connection: one look at all of them every second, and no timer of their own. */
import type { Socket } from 'node:net';
import type { Limits } from '../../chat/limits/limits.ts';
import { sockets } from './sockets.ts';

/** How often, in ms, {@link LivenessMonitor.tick} is meant to be called. */
export const TICK_EVERY = 1000;

export type LivenessLimits = Pick<
  Limits,
  'writeStall' | 'commandTime' | 'pingInterval' | 'maxMissedPings' | 'commandRate' | 'commandBurst'
>;

/** A connection that is looked after. */
export interface Monitored {
  checkTimeouts(watch: LivenessMonitor): void;
  /** Whether it was closed for cause, and only waits for the other side. */
  readonly isClosing: boolean;
  /** Ends the connection at once, with no regard to what is queued. */
  destroy(): void;
}

export class LivenessMonitor {
  readonly limits: LivenessLimits;
  /** Looks so far: seconds during which the process was awake, so that nobody pays for a server that was held up. */
  seconds = 0;
  readonly #connections = new Set<Monitored>();
  #added = 0;
  #onEmpty: (() => void) | null = null;

  constructor(limits: LivenessLimits) {
    this.limits = limits;
  }

  get size(): number {
    return this.#connections.size;
  }

  add(connection: Monitored): void {
    this.#connections.add(connection);
  }

  delete(connection: Monitored): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** Resolves when no connection is left. */
  async emptied(): Promise<void> {
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  tick(): void {
    this.seconds++;
    for (const connection of this.#connections) connection.checkTimeouts(this);
  }

  destroyAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Ends those that are closing already. */
  destroyClosing(): void {
    for (const connection of this.#connections) if (connection.isClosing) connection.destroy();
  }

  /** When a new connection is pinged first: each second has its share of them, even if all came at once. */
  firstPing(): number {
    return this.seconds + 1 + (this.#added++ % this.pingEvery);
  }

  /** In seconds. */
  get pingEvery(): number {
    return Math.ceil(this.limits.pingInterval / TICK_EVERY);
  }
}

/** Whether the other side takes any of what is queued for it; exists only while something is. */
export class WriteStallDetector {
  #taken: number;
  #since: number;

  constructor(socket: Socket, now: number) {
    this.#taken = sockets.bytesTaken(socket);
    this.#since = now;
  }

  /** How long, in seconds, nothing has been taken. */
  stalledFor(socket: Socket, now: number): number {
    const taken = sockets.bytesTaken(socket);
    if (taken > this.#taken) this.#since = now;
    this.#taken = taken;
    return now - this.#since;
  }
}

/** Whether the other side of a WebSocket answers pings (RFC 6455 §5.5.2). */
export class Heartbeat {
  /** In the watch's seconds. */
  #at: number;
  #unanswered = 0;
  /** Bytes that had come when it was looked at last. */
  #heard = 0;

  constructor(watch: LivenessMonitor) {
    this.#at = watch.firstPing();
  }

  /**
   * What there is to do now. Anything that came is an answer.
   * @param isPaused this side reads nothing, and cannot see an answer: who made it stop has to see to its end
   */
  due(watch: LivenessMonitor, heard: number, isPaused: boolean): 'nothing' | 'ping' | 'give up' {
    if (watch.seconds < this.#at) return 'nothing';
    this.#at = watch.seconds + watch.pingEvery;
    if (heard !== this.#heard || isPaused) this.#unanswered = 0;
    this.#heard = heard;
    if (isPaused) return 'nothing';
    return this.#unanswered++ >= watch.limits.maxMissedPings ? 'give up' : 'ping';
  }
}
