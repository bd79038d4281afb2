/** The changes a conversation can undergo. */
import { loginKey } from '../../shared/protocol/login.ts';
import type { ConversationBase } from './conversation-base.ts';
import type { Entry } from './entries.ts';
import type { Private, PrivateKey } from './private-state.ts';
import { canWrite } from './stage.ts';
import { Log } from './log.ts';
import { findConversation, isLookingAt, type ConversationKey, type State } from './state.ts';

type Common = Partial<ConversationBase>;
type OfPrivate = Common &
  Partial<Pick<Private, 'stage' | 'asking' | 'asked' | 'since' | 'end' | 'isInterrupted' | 'wasInterrupted'>>;
type WithoutId<E> = E extends Entry ? Omit<E, 'id'> : never;

/** Changes one conversation. */
export function patch(state: State, key: PrivateKey, change: OfPrivate): State;
export function patch(state: State, key: ConversationKey, change: Common): State;
export function patch(state: State, key: ConversationKey, change: Common): State {
  const conversations = state.conversations.map((one) => (one.key === key ? { ...one, ...change } : one));
  // The room is still the first.
  return { ...state, conversations: conversations as unknown as State['conversations'] };
}

/**
 * Adds an entry at the end of a conversation that exists. It is unread if it is `news` and nobody is looking. Nothing is
 * news of a person who is ignored, whose messages are kept apart: this is the one place that decides it.
 */
export function addEntry(
  state: State,
  key: ConversationKey,
  entry: WithoutId<Entry>,
  news = entry.kind !== 'presence' && !(entry.kind === 'said' && entry.mine),
): State {
  const conversation = findConversation(state, key);
  if (!conversation) return state;
  const { nextId: id } = state;
  const by = entry.kind === 'said' || conversation.kind === 'room' ? entry : conversation;
  const ignored = 'login' in by && state.ignoreList.has(loginKey(by.login));
  const kept =
    ignored && entry.kind === 'said' ? { ...entry, id, kind: 'ignored' as const } : { ...entry, id };
  const isNews = news && !ignored;
  const unread = isNews && !isLookingAt(state, key) ? conversation.unread + 1 : conversation.unread;
  const isCall = unread > conversation.unread && entry.kind === 'said' && entry.mention;
  const mentions = conversation.mentions + (isCall ? 1 : 0);
  const isFirstNew = unread === 1 && conversation.unread === 0;
  const newFrom = isFirstNew ? id : conversation.newFrom;
  // One that was closed comes back with what is news in it.
  const closed = (conversation.closed ?? false) && !isNews;
  return {
    ...patch(state, key, { log: conversation.log.with(kept), unread, mentions, newFrom, closed }),
    nextId: id + 1,
  };
}

/**
 * Adds a gap, where something may be missing after a loss, to the room and to what was said between two: from when to when.
 * So it does to private conversations, but where the connection is open, and with the same person (D22). Several in a row are
 * one.
 */
export function addGap(state: State, from: number, to: number): State {
  return state.conversations.reduce((before, one) => {
    const { key, kind, log } = one;
    const { all } = log;
    const isOver = kind === 'private';
    if (kind !== 'room' && (all.length === 0 || (isOver && canWrite(one.stage)))) return before;
    const last = all.findLast((entry) => entry.kind !== 'presence');
    if (last?.kind !== 'gap') return addEntry(before, key, { kind: 'gap', from, to, isOver }, false);
    const others = patch(before, key, { log: new Log(all.filter((entry) => entry !== last)) });
    return addEntry(others, key, { ...last, to, times: (last.times ?? 1) + 1, isFilled: false }, false);
  }, state);
}

/** Marks the active conversation as read while someone looks at it. */
export function seen(state: State): State {
  const { active } = state;
  const isUnread = (findConversation(state, active)?.unread ?? 0) > 0;
  return isUnread && isLookingAt(state, active) ? patch(state, active, { unread: 0, mentions: 0 }) : state;
}
