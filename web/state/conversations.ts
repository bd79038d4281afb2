/** The changes a conversation can undergo. */
import type { Entry } from './entries.ts';
import type { Private, PrivateKey } from './private-state.ts';
import { isLookingAt, MAX_ENTRIES, type ConversationKey, type Room, type State } from './state.ts';

type Common = Partial<Pick<Room, 'entries' | 'unread' | 'mentions' | 'newFrom' | 'outgoing'>>;
type OfPrivate = Common &
  Partial<Pick<Private, 'stage' | 'asking' | 'asked' | 'since' | 'end' | 'isInterrupted'>>;
type WithoutId<E> = E extends Entry ? Omit<E, 'id'> : never;

/** Changes one conversation. */
export function patch(state: State, key: PrivateKey, change: OfPrivate): State;
export function patch(state: State, key: ConversationKey, change: Common): State;
export function patch(state: State, key: ConversationKey, change: Common): State {
  const [room, ...others] = state.conversations;
  if (key === 'room') return { ...state, conversations: [{ ...room, ...change }, ...others] };
  const patched = others.map((other) => (other.key === key ? { ...other, ...change } : other));
  return { ...state, conversations: [room, ...patched] };
}

/** Adds an entry at the end of a conversation that exists. It is unread if it is `news` and nobody is looking. */
export function addEntry(
  state: State,
  key: ConversationKey,
  entry: WithoutId<Entry>,
  news = entry.kind !== 'presence' && !(entry.kind === 'said' && entry.mine),
): State {
  const conversation = state.conversations.find((candidate) => candidate.key === key);
  if (!conversation) return state;
  const { nextId: id } = state;
  const entries = [...conversation.entries.slice(1 - MAX_ENTRIES), { ...entry, id }];
  const unread = news && !isLookingAt(state, key) ? conversation.unread + 1 : conversation.unread;
  const isCall = unread > conversation.unread && entry.kind === 'said' && entry.mention;
  const mentions = conversation.mentions + (isCall ? 1 : 0);
  const isFirstNew = unread === 1 && conversation.unread === 0;
  // A line above everything would divide nothing.
  const divides = isFirstNew && conversation.entries.some(({ kind }) => kind !== 'presence');
  // A person who answers has read.
  const answered = entry.kind === 'said' && entry.mine;
  const newFrom = answered ? null : divides ? id : conversation.newFrom;
  return { ...patch(state, key, { entries, unread, mentions, newFrom }), nextId: id + 1 };
}

/** Adds a gap to the room, where something may be missing after a loss: from when to when. */
export function closeGap(state: State, from: number, to: number): State {
  return addEntry(state, 'room', { kind: 'gap', from, to }, false);
}

/** Marks the active conversation as read while someone looks at it. */
export function seen(state: State): State {
  return isLookingAt(state, state.active) ? patch(state, state.active, { unread: 0, mentions: 0 }) : state;
}
