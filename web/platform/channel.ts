/** Channels to the other tabs of this browser. */
import { inStorage } from './scope.ts';

/** Opens a channel; null where there is none. Firefox forbids it together with storage: there is nothing to share then. */
export function openChannel(name: string): BroadcastChannel | null {
  return inStorage(() => new BroadcastChannel(name)) ?? null;
}
