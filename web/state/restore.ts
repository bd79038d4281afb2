/** Return of a saved page; pure. */
import { seen } from './conversations.ts';
import type { Outgoing } from './entries.ts';
import { withIgnoreList } from './ignore-list.ts';
import type { Saved, SavedConversation } from './saved-page.ts';
import { doubt } from './doubt.ts';
import { isEstablished, isPending } from './private-state.ts';
import { Log } from './log.ts';
import { EMPTY, type Conversation, type State } from './state.ts';

/** Brings back the page as it was. What was on its way then is `unsure`, and private connections are lost. */
export function restore(state: State, login: string, { page, conversations }: Saved): State {
  const [room, ...others] = conversations.map(afterwards);
  if (room?.kind !== 'room') return state;
  const restored: State = {
    ...state,
    phase: { kind: 'inside', login, link: 'lost' },
    lostAt: page.at,
    conversations: [room, ...others.filter((other) => other.kind !== 'room')],
    active: page.active,
    server: page.server,
    nextId: page.nextId,
  };
  // The list of ignored people is this device's, and may have changed since.
  return seen(withIgnoreList(restored, state.ignoreList));
}

/** A saved conversation as it is in the state, where drafts are not. */
export function afterwards({ draft: _draft, entries, ...saved }: SavedConversation): Conversation {
  const outgoing = saved.outgoing.map(({ id, text, at, state, reason }): Outgoing => ({
    id,
    text,
    at,
    // A private connection does not come back.
    state: saved.kind === 'private' ? 'not-sent' : state === 'sending' ? 'unsure' : state,
    ...(reason && { reason }),
  }));
  const conversation: Conversation = { ...EMPTY, ...saved, log: new Log(entries), outgoing };
  if (conversation.kind !== 'private') return conversation;
  const ended = { ...conversation, asking: false, asked: false, isInterrupted: false };
  if (isEstablished(ended.stage)) return { ...ended, stage: 'lost', log: doubt(ended.log) };
  // It was asked for or agreed on, and never open: there is nothing to lose.
  return isPending(conversation) ? { ...ended, stage: 'lapsed' } : ended;
}
