/** Closing conversations, and what is lost by it; pure. */
import { hasContent, type Entry } from './entries.ts';
import { newest } from './log.ts';
import { SAVED_ENTRIES } from './saved-form.ts';
import {
  findConversation,
  isLookingAt,
  type Conversation,
  type ConversationKey,
  type State,
} from './state.ts';
import { patch, seen } from './conversations.ts';
import { isLive, isPending, type Private } from './private-state.ts';

/** Loss that comes with closing conversations. */
export interface Loss {
  /** Messages, and data that came over private connections. */
  readonly messages: number;
  /** Messages of ours that were not delivered. */
  readonly unsent: number;
  /** Texts that were begun. */
  readonly drafts: number;
  /** Messages that nobody has looked at: they are kept, and nothing shows any more that they are unread. */
  readonly unread: number;
  /** Those with whom a private connection is agreed on or open, which ends. */
  readonly partners: readonly string[];
}

/** True for a conversation that can be closed: not the room, nor a private connection that has not ended. */
export function canClose(conversation: Conversation): boolean {
  return conversation.kind === 'direct' || (conversation.kind === 'private' && !isPending(conversation));
}

/** True for a direct conversation that has nothing of ours: no message, on its way or not, and no draft. */
export function isUnanswered({ kind, log, outgoing }: Conversation, draft: string): boolean {
  const isOurs = (entry: Entry) => entry.kind === 'said' && entry.mine;
  const hasTheirs = kind === 'direct' && log.all.length > 0;
  return hasTheirs && outgoing.length === 0 && draft.trim() === '' && !log.all.some(isOurs);
}

/**
 * Counts what is lost when conversations of one kind are closed: of direct ones only what was not sent, since they come
 * back; and, of several, what is unread, since nobody has looked at each.
 */
export function lossByClosing(
  conversations: readonly Conversation[],
  draftOf: (key: ConversationKey) => string,
): Loss {
  const loss = lossOf(conversations, draftOf);
  if (conversations.some(({ kind }) => kind === 'private')) return loss;
  const unread = conversations.length > 1 ? conversations.reduce((sum, one) => sum + one.unread, 0) : 0;
  return { ...loss, messages: 0, drafts: 0, unread };
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
    unread: 0,
    partners: conversations.flatMap((one) =>
      one.kind === 'private' && isLive(one.stage) ? [one.login] : [],
    ),
  };
}

/** Counts the messages that are lost even when one leaves for another visit: those older than what is saved. */
export function olderThanSaved(conversations: readonly Conversation[]): number {
  const written = (entries: readonly Entry[]) => entries.filter(hasContent).length;
  return conversations.reduce(
    (sum, { log }) => sum + written(log.all) - written(newest(log.all, SAVED_ENTRIES)),
    0,
  );
}

/** True when there is nothing to lose. */
export function isNothing(loss: Loss): boolean {
  return !hasWords(loss) && loss.partners.length === 0;
}

/** True when something is lost that was said or written, which could be kept or saved. */
export function hasWords({ messages, unsent, drafts, unread }: Loss): boolean {
  return messages + unsent + drafts + unread > 0;
}

/**
 * Closes a conversation. A direct one keeps what was said, and comes back; an empty one, and a private connection that is
 * over, is gone. What was not sent in it is given up.
 * @param isAlone true where only one pane fits: a conversation was opened from the list, which is shown again
 */
export function close(state: State, key: ConversationKey, hasDraft: boolean, isAlone = false): State {
  const closing = findConversation(state, key);
  if (!closing || !canClose(closing)) return state;
  const isKept = closing.kind === 'direct' && (closing.log.all.length > 0 || hasDraft);
  const [room, ...others] = state.conversations;
  const left = others.flatMap((other) => {
    if (other !== closing) return [other];
    return isKept ? [{ ...other, outgoing: [], unread: 0, mentions: 0, newFrom: null, closed: true }] : [];
  });
  const next: State = { ...state, conversations: [room, ...left] };
  if (state.active !== key) return next;
  if (isAlone) return { ...next, active: 'room', pane: 'list' };
  const openings = state.openings + (state.pane === 'conversation' ? 1 : 0);
  return seen({ ...next, active: 'room', openings });
}

/** Takes a conversation out of the list that was nothing but a request: it was refused, or its asker is ignored. */
export function putAwayBare(state: State, { key, log, stage }: Private): State {
  const isBare = !log.all.some(hasContent) && !isLive(stage) && !isLookingAt(state, key);
  return isBare ? patch(state, key, { closed: true, unread: 0 }) : state;
}
