/** The changes a conversation can undergo. */
import {
  isLookingAt,
  MAX_ENTRIES,
  type ConversationKey,
  type Direct,
  type Outgoing,
  type Room,
  type Said,
  type State,
} from './state.ts';

type Common = Partial<Pick<Room, 'entries' | 'draft' | 'unread'>>;

/** Changes one conversation; only the room has `outgoing`. */
export function patch(
  state: State,
  key: ConversationKey,
  change: Common | (Common & Pick<Room, 'outgoing'>),
): State {
  const [room, ...directs] = state.conversations;
  if (key === 'room') return { ...state, conversations: [{ ...room, ...change }, ...directs] };
  const patched = directs.map((direct): Direct => (direct.key === key ? { ...direct, ...change } : direct));
  return { ...state, conversations: [room, ...patched] };
}

/** Adds a message at the end of a conversation that exists. It is unread unless someone is looking, or wrote it. */
export function addEntry(state: State, key: ConversationKey, said: Omit<Said, 'kind' | 'id'>): State {
  const conversation = state.conversations.find((candidate) => candidate.key === key);
  if (!conversation) return state;
  const entries = [...conversation.entries, { kind: 'said' as const, id: state.nextId, ...said }];
  const unread = said.mine || isLookingAt(state, key) ? conversation.unread : conversation.unread + 1;
  return {
    ...patch(state, key, { entries: entries.slice(-MAX_ENTRIES), unread }),
    nextId: state.nextId + 1,
  };
}

/** Our own message came back: the oldest like it is no longer on its way (D14). */
export function takeEcho(state: State, text: string): State {
  const { outgoing } = state.conversations[0];
  const sent = outgoing.find((message) => message.state === 'sending' && message.text === text);
  return sent ? patch(state, 'room', { outgoing: dropOutgoing(outgoing, sent.id) }) : state;
}

export function dropOutgoing(outgoing: readonly Outgoing[], id: number): readonly Outgoing[] {
  return outgoing.filter((message) => message.id !== id);
}

/** The connection went: no echo will come for what was under way. */
export function failOutgoing(state: State): State {
  const outgoing = state.conversations[0].outgoing.map((message): Outgoing => ({
    ...message,
    state: 'unconfirmed',
  }));
  return patch(state, 'room', { outgoing });
}

/** Back after a loss: says in the room, where something may be missing, from when to when. */
export function closeGap(state: State, from: number, to: number): State {
  const gap = { kind: 'gap' as const, id: state.nextId, from, to };
  const entries = [...state.conversations[0].entries, gap].slice(-MAX_ENTRIES);
  return { ...patch(state, 'room', { entries }), nextId: state.nextId + 1 };
}
