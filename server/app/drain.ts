/** How a gateway ends: nobody new, everyone told, private connections given time, and nothing left in the end. */
import type { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';

/** How long, in ms, those who were told to go get for going. */
const GRACE = 3_000;
/** The same for private connections that ran out of their time. */
const LAST_GRACE = 1_000;
/** How often, in ms, it is looked whether anything is still worth waiting for. */
const CHECK_EVERY = 100;

export interface Ending {
  readonly clock: Clock;
  readonly chat: Chat;
  readonly watch: LivenessMonitor;
  /** Accepts no more; resolves when no connection is left that the watch does not know. */
  readonly closeListeners: () => Promise<void>;
  /** Ends every connection at once. */
  readonly destroyAll: () => void;
}

/** Longest that {@link drain} takes, in ms. */
export function longestDrain({ drainTime, drainSpread }: { drainTime: number; drainSpread: number }): number {
  return Math.max(drainTime + LAST_GRACE, drainSpread + GRACE);
}

/**
 * Sends everyone away, and resolves when nothing is left: as soon as everyone has gone who was told to, and the private
 * connections that are running have ended by themselves. Neither waits longer than it may.
 */
export async function drain({ clock, chat, watch, closeListeners, destroyAll }: Ending): Promise<void> {
  const { drainTime } = chat.limits;
  const started = clock.now();
  const closed = closeListeners();
  const everyoneTold = chat.drain();
  let relaysMayRun = drainTime > 0;
  if (!relaysMayRun) chat.stop();
  const stopLooking = clock.every(CHECK_EVERY, () => {
    const passed = clock.now() - started;
    if (relaysMayRun && passed >= drainTime) {
      relaysMayRun = false;
      chat.stop();
    }
    if (passed < everyoneTold + GRACE) return;
    if (chat.endpoints.size === 0 || passed >= drainTime + LAST_GRACE) destroyAll();
    else watch.destroyClosing();
  });
  await closed;
  // A server of HTTP does not wait for what was upgraded: that is no connection of its own any more.
  await watch.emptied();
  stopLooking();
}
