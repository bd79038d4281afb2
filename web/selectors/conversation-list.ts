/** The list of conversations, in the order in which it is shown. */
import { hasContent, type Entry } from '../state/entries.ts';
import type { Private } from '../state/private-state.ts';
import type { Conversation, Direct, Room, State } from '../state/state.ts';
import { isSilenced } from './unread.ts';

export interface ConversationList {
  readonly room: Room;
  readonly directs: readonly Direct[];
  readonly privates: readonly Private[];
}

/** The room, then direct conversations, then private connections, the one with the latest message first. */
export function listConversations({ conversations }: State): ConversationList {
  const [room, ...others] = conversations;
  const shown = others.filter(({ closed }) => !closed);
  const sorted = <C extends Conversation>(some: readonly C[]) =>
    // Those of one time stay in the order in which they began.
    [...some].sort((one, other) => order(other) - order(one));
  return {
    room,
    directs: sorted(shown.filter((one): one is Direct => one.kind === 'direct')),
    privates: sorted(shown.filter((one): one is Private => one.kind === 'private')),
  };
}

/**
 * Private connections that somebody asks for, the oldest first; those that call nobody are in the list only, and that of the
 * open conversation is in its heading.
 */
export function callingRequests(state: State): readonly Private[] {
  const open = state.pane === 'conversation' ? state.active : null;
  return state.conversations.filter(
    (one): one is Private =>
      one.kind === 'private' && one.asked && one.key !== open && !isSilenced(state, one, one.login),
  );
}

/** Time of the last message, ours that are not delivered included, in ms since 1970; null when there is none. */
export function lastAt(conversation: Conversation): number | null {
  const { log, outgoing } = conversation;
  const last = log.all.findLast((entry) => entry.kind !== 'ignored' && (hasContent(entry) || isAsk(entry)));
  const times = [last && 'at' in last ? last.at : null, outgoing.at(-1)?.at ?? null];
  return times.reduce((latest, at) => (at !== null && at > (latest ?? -Infinity) ? at : latest), null);
}

/** A request is a message of its own kind. */
function isAsk(entry: Entry): boolean {
  return entry.kind === 'note' && entry.note === 'asked';
}

/** One that was just begun comes before all in which something was said. */
function order(conversation: Conversation): number {
  return lastAt(conversation) ?? (conversation.kind === 'private' ? conversation.since : Number.MAX_VALUE);
}
