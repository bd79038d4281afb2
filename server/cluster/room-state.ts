/** Saves all that has followed from the log, and restores it at a node that joins. */
import type { Chat } from '../chat/chat.ts';
import type { SavedMessage } from '../chat/delivery/message-history.ts';
import type { Guesses } from '../chat/limits/guess-limiter.ts';
import type { NegotiationState } from '../chat/private/negotiation.ts';
import type { Execution } from './execution.ts';
import type { LogClock } from './log-clock.ts';
import type { SessionName } from './mesh.ts';
import type { LiveNode, Nodes } from './nodes.ts';
import type { SavedBans } from './replica-hooks.ts';
import type { SavedSeat, Seat } from './seats.ts';

/** State of the room at one position of the log, with seats by their names: what a node that joins gets. */
export interface RoomState extends SavedBans {
  readonly limits: Readonly<Record<string, number>>;
  /** Time of the log, in ms. */
  readonly time: number;
  /** Live nodes; one of an older version says nothing of their limits. */
  readonly nodes: ReadonlyArray<Omit<LiveNode, 'silentBeats' | 'limits'> & Partial<Pick<LiveNode, 'limits'>>>;
  readonly seats: readonly SavedSeat[];
  readonly negotiation: NegotiationState<SessionName, SessionName>;
  readonly guesses: ReadonlyArray<readonly [network: string, guesses: Guesses]>;
  /** Last messages to everyone, the oldest first, where they are kept; a node of an older version has none to give. */
  readonly history?: readonly SavedMessage[];
}

/** Parts of a replica that hold what follows from the log. */
export interface RoomParts {
  readonly chat: Chat;
  readonly clock: LogClock;
  readonly nodes: Nodes;
  readonly execution: Execution;
}

/** Saves all that followed from the log until now. */
export function saveRoom({
  chat,
  clock,
  nodes,
  execution,
}: RoomParts): Omit<RoomState, 'limits' | keyof SavedBans> {
  return {
    time: clock.now(),
    nodes: [...nodes.all()].map(({ silentBeats: _, ...node }) => node),
    seats: execution.seats.all().map((seat) => seat.save()),
    negotiation: converted(chat.negotiation.save() as NegotiationState<Seat, Seat>, ({ name }) => name),
    guesses: chat.guessLimiter.save(),
    history: chat.history.save(),
  };
}

/** Restores a state, at a node that has none. */
export function restoreRoom(
  { chat, clock, nodes, execution }: RoomParts,
  { time, nodes: savedNodes, seats, negotiation, guesses, history = [] }: RoomState,
): void {
  clock.reset(time);
  for (const node of savedNodes) nodes.add({ ...node, limits: node.limits ?? {}, silentBeats: 0 });
  for (const saved of seats) execution.restore(saved);
  // The requester may be gone; then nothing is asked of it any more.
  chat.negotiation.restore(converted(negotiation, (name) => execution.seatOf(name)));
  chat.guessLimiter.restore(guesses);
  chat.history.restore(history);
}

/** The same negotiation, with another thing for each of its seats. */
function converted<From, To>(
  { requests, grants, nextSearch }: NegotiationState<From, From>,
  of: (seat: From) => To,
): NegotiationState<To, To> {
  return {
    requests: requests.map(({ requester, target, lapses }) => ({
      requester: of(requester),
      target: of(target),
      lapses,
    })),
    grants: grants.map(({ id, requester, first, lapses }) => ({
      id,
      requester: of(requester),
      first: first && of(first),
      lapses,
    })),
    nextSearch,
  };
}

/** Forgets all that followed from the log. */
export function clearRoom({ chat, clock, nodes, execution }: RoomParts): void {
  execution.clear();
  nodes.clear();
  clock.reset(0);
  chat.negotiation.restore({ requests: [], grants: [], nextSearch: -Infinity });
  chat.guessLimiter.restore([]);
  chat.history.restore([]);
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
