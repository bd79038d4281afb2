/** The state of the room at one position of the log, as a node that joins gets it. */
import type { SavedMessage } from '../chat/delivery/history.ts';
import type { Guesses } from '../chat/limits/guess-limiter.ts';
import type { NegotiationState } from '../chat/private/negotiation.ts';
import type { SessionName } from './mesh.ts';
import type { LiveNode } from './nodes.ts';
import type { SavedBans } from './operator-records.ts';
import type { SavedSeat } from './seats.ts';

/** All that follows from the log, with seats by their names. */
export interface RoomState extends SavedBans {
  readonly limits: Readonly<Record<string, number>>;
  /** Time of the log, in ms. */
  readonly time: number;
  readonly nodes: readonly Omit<LiveNode, 'silentBeats'>[];
  readonly seats: readonly SavedSeat[];
  readonly negotiation: NegotiationState<SessionName, SessionName>;
  readonly guesses: ReadonlyArray<readonly [network: string, guesses: Guesses]>;
  /** Last messages to everyone, the oldest first, where they are kept; a node of an older version has none to give. */
  readonly history?: readonly SavedMessage[];
}

/** JSON has no infinite numbers. */
const BEFORE_ALL = -1e300;

const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function encodeState(state: RoomState): Uint8Array {
  const finite = (_key: string, value: unknown) => (value === -Infinity ? BEFORE_ALL : value);
  return encoder.encode(JSON.stringify(state, finite));
}

/** Decodes a state. Throws for one that is none: without a state a node would take the room for empty. */
export function decodeState(bytes: Uint8Array): RoomState {
  const state = JSON.parse(utf8.decode(bytes)) as Partial<RoomState> | null;
  const { time, limits, nodes, seats, guesses, bans } = state ?? {};
  const areLists = [nodes, seats, guesses, bans].every((list) => Array.isArray(list));
  if (areLists && Number.isFinite(time) && limits) return state as RoomState;
  throw new Error('the state that another gateway gave is none');
}
