/** Everything the page knows, as one immutable value. */
import { loginKey } from '../../shared/login.ts';
import type { Locale } from '../i18n/catalogue.ts';

/** A conversation's name inside the page; logins that are the same (D8) give the same key. */
export type ConversationKey = 'room' | `direct:${string}`;

/** A message that was said: in the room, by anyone and as the server echoed it (D11); else by or to one person. */
export interface Said {
  readonly kind: 'said';
  readonly id: number;
  readonly login: string;
  readonly text: string;
  /** When it came, or was sent, in ms since 1970 on this device: the protocol carries no time. */
  readonly at: number;
  readonly mine: boolean;
}

/** A time this page was not connected: what was said then is missing. */
export interface Gap {
  readonly kind: 'gap';
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

export type Entry = Said | Gap;

/** A message of ours to the room that has not come back yet. */
export interface Outgoing {
  readonly id: number;
  readonly text: string;
  readonly at: number;
  /** `unconfirmed`: the connection went before the echo came; nobody here knows whether it was delivered. */
  readonly state: 'sending' | 'unconfirmed';
}

interface ConversationBase {
  readonly entries: readonly Entry[];
  /** What is being written. */
  readonly draft: string;
  readonly unread: number;
}

export interface Room extends ConversationBase {
  readonly kind: 'room';
  readonly key: 'room';
  /** In the order sent; echoes come back in that order (D14). */
  readonly outgoing: readonly Outgoing[];
}

export interface Direct extends ConversationBase {
  readonly kind: 'direct';
  readonly key: `direct:${string}`;
  readonly login: string;
}

export type Conversation = Room | Direct;

/**
 * `lost`: coming back. `name-held`: connected, the login still taken by our own ghost. `back`: up again, and the
 * person has not been told for long enough yet.
 */
export type Link = 'up' | 'lost' | 'name-held' | 'back';

/** True while messages can be sent. */
export function isUp(link: Link): boolean {
  return link === 'up' || link === 'back';
}

/** Why the join screen is shown again. */
export type JoinNotice =
  | { readonly kind: 'refused'; readonly login: string }
  | { readonly kind: 'name-gone'; readonly login: string }
  | { readonly kind: 'unreachable' };

export type Phase =
  | { readonly kind: 'outside'; readonly notice: JoinNotice | null }
  | { readonly kind: 'joining'; readonly login: string }
  | {
      readonly kind: 'inside';
      readonly login: string;
      readonly link: Link;
      /** When the connection was lost, while it is. */
      readonly lostAt: number | null;
    };

export interface State {
  readonly locale: Locale;
  readonly phase: Phase;
  /** The room first, then direct conversations in the order they began. */
  readonly conversations: readonly [Room, ...Direct[]];
  readonly active: ConversationKey;
  /** On a narrow screen only one of the two is shown. */
  readonly pane: 'list' | 'conversation';
  /** False while the page is in the background: what comes then is unread. */
  readonly visible: boolean;
  readonly nextId: number;
}

/** Most entries kept per conversation; older ones are let go. */
export const MAX_ENTRIES = 10_000;

export function initialState(locale: Locale): State {
  return {
    locale,
    phase: { kind: 'outside', notice: null },
    conversations: [{ kind: 'room', key: 'room', entries: [], outgoing: [], draft: '', unread: 0 }],
    active: 'room',
    pane: 'conversation',
    visible: true,
    nextId: 1,
  };
}

/** The key of the direct conversation with `login` (D8: compared in NFC). */
export function directKey(login: string): `direct:${string}` {
  return `direct:${loginKey(login)}`;
}

export function activeConversation(state: State): Conversation {
  return state.conversations.find(({ key }) => key === state.active) ?? state.conversations[0];
}

/** True when a message arriving in this conversation is seen at once. */
export function isLookingAt({ visible, active, pane }: State, key: ConversationKey): boolean {
  return visible && active === key && pane === 'conversation';
}

export function totalUnread(state: State): number {
  return state.conversations.reduce((sum, { unread }) => sum + unread, 0);
}
