/** Heartbeat of a WebSocket (RFC 6455 §5.5.2). */
import type { LivenessMonitor } from '../socket/liveness.ts';

/** Says when to ping, and when the other side has not answered for too long. */
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
