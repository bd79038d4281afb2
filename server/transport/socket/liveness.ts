/**
 * Timeouts of connections: heartbeat, write stall, idle timeout. One tick a second for all, instead of a timer for
 * each.
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

/** Heartbeat of a WebSocket: whether the other side answers pings (RFC 6455 §5.5.2). */
export class Heartbeat {
  /** The second of the next ping. */
  #at: number;
  #unanswered = 0;
  /** Bytes that had come at the last ping. */
  #received = 0;

  constructor(monitor: LivenessMonitor) {
    this.#at = monitor.firstPing();
  }

  /**
   * Says what to do now. Anything that came since the last ping is an answer.
   * @param isPaused this side reads nothing, and cannot see an answer: the one that paused it has its own timeout
   */
  due(monitor: LivenessMonitor, heard: number, isPaused: boolean): 'nothing' | 'ping' | 'give up' {
    if (monitor.awakeSeconds < this.#at) return 'nothing';
    this.#at = monitor.awakeSeconds + monitor.pingEvery;
    if (heard !== this.#received || isPaused) this.#unanswered = 0;
    this.#received = heard;
    if (isPaused) return 'nothing';
    return this.#unanswered++ >= monitor.limits.maxMissedPings ? 'give up' : 'ping';
  }
}
