/** Lifts rate limits for tests that send more than people and bots do, openly where it is needed. */
import type { Limits } from '../../server/chat/limits/limits.ts';

export const UNLIMITED = {
  commandRate: 1e9,
  commandBurst: 1e9,
  maxFanOut: 2 ** 40,
  presenceRate: 1e9,
} as const satisfies Partial<Limits>;

/** Flags with the same for a gateway in a process of its own. */
export const UNLIMITED_FLAGS: readonly string[] = [
  '--command-rate=1000000000',
  '--command-burst=1000000000',
  '--max-fan-out=1024GiB',
  '--presence-rate=1000000000',
];

/** Flags for a crowd that talks much more than people do, among whom flooders must still be throttled. */
export const BUSY_FLAGS: readonly string[] = [
  '--command-rate=2000',
  '--command-burst=4000',
  '--presence-rate=1000000',
];
