/**
 * Timeouts of connections: one tick a second for all, instead of a timer for each; and the write deadline. A WebSocket's heartbeat
 * is in `websocket/heartbeat.ts`; a native client has none.
 */
import type { Socket } from 'node:net';
import type { Limits } from '../../chat/limits/limits.ts';
import { sockets } from './sockets.ts';

/** Interval, in ms, at which {@link LivenessMonitor.tick} is meant to be called. */
export const TICK_EVERY = 1000;

export type LivenessLimits = Pick<
  Limits,
  'writeStall' | 'commandTime' | 'pingInterval' | 'maxMissedPings' | 'commandRate' | 'commandBurst'
>;

/** A connection whose timeouts are checked. */
export interface Monitored {
  checkTimeouts(monitor: LivenessMonitor): void;
  /** True when the server has closed it, so that it only waits for the other side. */
  readonly isClosing: boolean;
  /** Ends the connection at once; what is queued is lost. */
  destroy(): void;
}

/** Checks the timeouts of every connection, once a second. */
export class LivenessMonitor {
  readonly limits: LivenessLimits;
  /**
   * Ticks so far: seconds during which the process ran, so that no client is timed out because the server stood still.
   */
  awakeSeconds = 0;
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
    this.awakeSeconds++;
    for (const connection of this.#connections) connection.checkTimeouts(this);
  }

  destroyAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Ends the connections that are closing already. */
  destroyClosing(): void {
    for (const connection of this.#connections) if (connection.isClosing) connection.destroy();
  }

  /** The second of a new connection's first ping: they are spread, even if all connections came at once. */
  firstPing(): number {
    return this.awakeSeconds + 1 + (this.#added++ % this.pingEvery);
  }

  /** Heartbeat interval, in seconds. */
  get pingEvery(): number {
    return Math.ceil(this.limits.pingInterval / TICK_EVERY);
  }
}

/** Measures for how long the other side has taken nothing of what is queued for it; exists only while something is. */
export class WriteStallDetector {
  #taken: number;
  #since: number;

  constructor(socket: Socket, now: number) {
    this.#taken = sockets.bytesTaken(socket);
    this.#since = now;
  }

  /** Seconds for which nothing has been taken. */
  stalledFor(socket: Socket, now: number): number {
    const taken = sockets.bytesTaken(socket);
    if (taken > this.#taken) this.#since = now;
    this.#taken = taken;
    return now - this.#since;
  }
}
