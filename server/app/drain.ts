/** Drains a gateway: accepts nobody new, ends every connection, and gives private connections time to end by themselves. */
import type { Chat } from '../chat/chat.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';

/** Grace, in ms, that clients have for closing once their connection was ended. */
const GRACE = 3_000;
/** Grace, in ms, for private connections that are reset at the end of `drainTime`. */
const LAST_GRACE = 1_000;
/** Interval of the drain's checks of what is left, in ms. */
const CHECK_EVERY = 100;

interface DrainOptions {
  readonly clock: Clock;
  readonly chat: Chat;
  readonly liveness: LivenessMonitor;
  /** Accepts no more; resolves when the last connection that was accepted is gone. */
  readonly closeListeners: () => Promise<void>;
}

type Times = Pick<Limits, 'drainDelay' | 'drainTime' | 'drainSpread'>;

/** Longest that a stop takes, in ms: the delay, and then {@link drain}. */
export function longestDrain({ drainDelay, drainTime, drainSpread }: Times): number {
  return drainDelay + Math.max(drainTime + LAST_GRACE, drainSpread + GRACE);
}

/** Warns of a drain that the supervisor would cut, killing the process: one line at most. */
export function tooLong(limits: Times & Pick<Limits, 'stopTimeout'>): string[] {
  const [longest, { stopTimeout }] = [longestDrain(limits), limits];
  if (stopTimeout === 0 || longest <= stopTimeout) return [];
  const [takes, patience] = [longest, stopTimeout].map((ms) => `${ms / 1000} s`);
  return [
    `--drain-delay, --drain-time and --drain-spread make a stop take up to ${takes}, and --stop-timeout says that the ` +
      `supervisor kills after ${patience}: shorten them, or raise its timeout (docker run --stop-timeout, ` +
      'stop_grace_period, TimeoutStopSec, terminationGracePeriodSeconds) and --stop-timeout',
  ];
}

/**
 * Ends every connection, and resolves when none is left: as soon as clients have closed theirs, and running private
 * connections have ended by themselves. Each has its deadline.
 */
export async function drain({ clock, chat, liveness, closeListeners }: DrainOptions): Promise<void> {
  const { drainTime } = chat.limits;
  // A process that was stopped meanwhile gives its clients that time afterwards.
  const started = clock.awake();
  const closed = closeListeners();
  const goodbyesTake = chat.sendAway();
  let relaysMayRun = drainTime > 0;
  if (!relaysMayRun) chat.endAll();
  const stopChecking = clock.every(CHECK_EVERY, () => {
    const passed = clock.awake() - started;
    if (relaysMayRun && passed >= drainTime) {
      relaysMayRun = false;
      chat.endAll();
    }
    if (passed < goodbyesTake + GRACE) return;
    if (chat.endpoints.size === 0 || passed >= drainTime + LAST_GRACE) liveness.destroyAll();
    else liveness.destroyClosing();
  });
  await closed;
  // Hops that this node has dialled are no connections of a listener.
  await liveness.emptied();
  stopChecking();
}
