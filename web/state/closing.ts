/** Closing and muting conversations, and what is lost by it; pure. */
import type { Entry } from './entries.ts';
import type { Conversation, ConversationKey, State } from './state.ts';
import { patch, seen } from './conversations.ts';
import { isPending } from './private-state.ts';

/** Loss that comes with closing conversations. */
export interface Loss {
  /** Messages, and data that came over private connections. */
  readonly messages: number;
  /** Messages of ours that were not delivered. */
  readonly unsent: number;
  /** Texts that were begun. */
  readonly drafts: number;
}

/** True for a conversation that can be closed: not the room, nor a private connection that has not ended. */
export function canClose(conversation: Conversation): boolean {
  return conversation.kind === 'direct' || (conversation.kind === 'private' && !isPending(conversation));
}

/** Counts what is lost when a conversation is closed: of a direct one only what was not sent, since it comes back. */
export function lossByClosing(conversation: Conversation, draft: string): Loss {
  const loss = lossOf([conversation], () => draft);
  return conversation.kind === 'private' ? loss : { ...loss, messages: 0, drafts: 0 };
}

/** Counts what is lost when all these conversations are. */
export function lossOf(
  conversations: readonly Conversation[],
  draftOf: (key: ConversationKey) => string,
): Loss {
  const count = (of: (conversation: Conversation) => number) =>
    conversations.reduce((sum, conversation) => sum + of(conversation), 0);
  return {
    messages: count(({ log }) => log.all.filter(hasContent).length),
    unsent: count(({ outgoing }) => outgoing.length),
    drafts: count(({ key }) => (draftOf(key).trim() === '' ? 0 : 1)),
  };
}

/** True when there is nothing to lose. */
export function isNothing({ messages, unsent, drafts }: Loss): boolean {
  return messages + unsent + drafts === 0;
}

/** Entries that somebody has written. */
export function hasContent({ kind }: Entry): boolean {
  return kind === 'said' || kind === 'ignored' || kind === 'raw';
}

/**
 * Closes a conversation. A direct one keeps what was said, and comes back; an empty one, and a private connection that is
 * over, is gone. What was not sent in it is given up.
 */
export function close(state: State, key: ConversationKey, hasDraft: boolean): State {
  const closing = state.conversations.find((one) => one.key === key);
  if (!closing || !canClose(closing)) return state;
  const isKept = closing.kind === 'direct' && (closing.log.all.length > 0 || hasDraft);
  const [room, ...others] = state.conversations;
  const left = others.flatMap((other) => {
    if (other !== closing) return [other];
    return isKept ? [{ ...other, outgoing: [], unread: 0, mentions: 0, newFrom: null, closed: true }] : [];
  });
  const next: State = { ...state, conversations: [room, ...left] };
  if (state.active !== key) return next;
  const openings = state.openings + (state.pane === 'conversation' ? 1 : 0);
  return seen({ ...next, active: 'room', openings });
}

/** Mutes a conversation, or ends that. */
export function mute(state: State, key: ConversationKey, muted: boolean): State {
  return patch(state, key, { muted });
}
