/** Actions of a person on the list of conversations, on who is heard in them, and on what was not delivered; a lazy part. */
import { close, putAwayBare } from './closing.ts';
import { patch } from './conversations.ts';
import type { Drafts } from './drafts.ts';
import type { Outgoing } from './entries.ts';
import { unignoreAndShow, ignore } from './ignore-list.ts';
import { change as changeOutgoing, drop } from './outgoing.ts';
import { privateKey } from './private-state.ts';
import type { Event } from './reduce.ts';
import { findConversation, findPrivate, type ConversationKey, type State } from './state.ts';
import type { Store } from './store.ts';

export interface ListActions {
  /** Ignores a person, on this page only. */
  readonly ignore: (login: string) => void;
  readonly unignore: (login: string) => void;
  /** Marks conversations as read. */
  readonly read: (keys: readonly ConversationKey[]) => void;
  readonly mute: (key: ConversationKey, muted: boolean) => void;
  /** Closes a conversation that can be closed, with what is lost by it: whoever asks has said so. */
  readonly close: (key: ConversationKey) => void;
  /** Sends again a message that was not delivered, or perhaps not. */
  readonly sendAgain: (message: Outgoing) => void;
  readonly discard: (message: Outgoing) => void;
}

export function createListActions(
  store: Store<State, Event>,
  drafts: Pick<Drafts, 'of' | 'set'>,
  /** True while only one pane fits. */
  isAlone: () => boolean = () => false,
): ListActions {
  const change = (by: (state: State) => State) => store.dispatch({ type: 'changed', to: by(store.state) });
  return {
    ignore: (login) => change((state) => ignoreAndHide(state, login)),
    unignore: (login) => change((state) => unignoreAndShow(state, login)),
    read: (keys) =>
      change((before) => keys.reduce((state, key) => patch(state, key, { unread: 0, mentions: 0 }), before)),
    mute: (key, muted) => change((state) => patch(state, key, { muted })),
    close(key) {
      change((state) => close(state, key, drafts.of(key).trim() !== '', isAlone()));
      if (!findConversation(store.state, key)) drafts.set(key, '');
    },
    sendAgain: ({ id }) => change((state) => changeOutgoing(state, id, { state: 'waiting' })),
    discard: ({ id }) => change((state) => drop(state, id)),
  };
}

/** Ignores a person. A request of theirs that waits leaves the list, which one that comes later does not get into. */
function ignoreAndHide(before: State, login: string): State {
  const state = ignore(before, login);
  const theirs = findPrivate(state, privateKey(login));
  return theirs?.asked ? putAwayBare(state, theirs) : state;
}
