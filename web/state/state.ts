/** Everything the page knows, as one immutable value. */
import { loginKey } from '../../shared/protocol/login.ts';
import type { Locale } from '../i18n/catalogue.ts';
import type { ConversationBase } from './conversation-base.ts';
import { Log } from './log.ts';
import type { Private, PrivateKey } from './private-state.ts';

/** A conversation's name inside the page; logins that are the same (D8) give the same key. */
export type ConversationKey = 'room' | `direct:${string}` | PrivateKey;

export interface Room extends ConversationBase {
  readonly kind: 'room';
  readonly key: 'room';
}

export interface Direct extends ConversationBase {
  readonly kind: 'direct';
  readonly key: `direct:${string}`;
  readonly login: string;
}

export type Conversation = Room | Direct | Private;

/**
 * `lost`: interrupted or gone (events `dropped` and `lost`), and coming back. `name-held`: connected, the login still taken by our
 * own stale connection. `back`: up again, and the person has not been told for long enough yet.
 */
export type Link = 'up' | 'lost' | 'name-held' | 'back';

/** True while messages can be sent. */
export function isUp(link: Link): boolean {
  return link === 'up' || link === 'back';
}

/**
 * Answer to what a person did while the connection was lost. `not-sent`: an action that is not kept for later. `unreached`:
 * the server could not be reached, at this time in ms since 1970.
 */
export interface LinkNote {
  readonly kind: 'not-sent' | 'unreached';
  readonly at: number;
}

/** Reason why the join screen is shown again. */
export type OutsideReason =
  | { readonly kind: 'refused'; readonly login: string }
  | { readonly kind: 'name-gone' | 'banned'; readonly login: string }
  | { readonly kind: 'unreachable' }
  /** Another tab of this browser is in under this login; `moved`: it has taken over what was here. */
  | { readonly kind: 'elsewhere'; readonly login: string; readonly moved: boolean };

export type Phase =
  | { readonly kind: 'outside'; readonly reason: OutsideReason | null }
  | { readonly kind: 'joining'; readonly login: string }
  | {
      readonly kind: 'inside';
      readonly login: string;
      readonly link: Link;
    };

/** Everyone who is here, by the form in which logins are compared (D8). */
export type Online = ReadonlyMap<string, string>;

export interface State {
  readonly locale: Locale;
  readonly phase: Phase;
  /** Time at which the connection was lost, in ms since 1970, until this person is in again, under whatever name. */
  readonly lostAt: number | null;
  /** Note that stands beside the loss of the connection until it is back. */
  readonly linkNote: LinkNote | null;
  /** The room first, then the others in the order they began. */
  readonly conversations: readonly [Room, ...(Direct | Private)[]];
  readonly active: ConversationKey;
  /** Pane that a narrow screen shows: it has room for one of the two. */
  readonly pane: 'list' | 'conversation';
  /** Number of times that someone has opened a conversation: what lies over it closes then. */
  readonly openings: number;
  /** People who are ignored on this device, by the form in which logins are compared (D8). */
  readonly ignoreList: ReadonlyMap<string, string>;
  /** True while a panel or a dialog lies over the conversation: what comes then is unread. */
  readonly covered: boolean;
  /** False while the page is in the background, or another window has the focus: what comes then is unread. */
  readonly visible: boolean;
  /** People who are connected, as far as this page knows. */
  readonly online: Online;
  /** True once the server has said, on this connection, who is here. */
  readonly synced: boolean;
  /** Time, in ms since 1970, until which we are taken to be throttled: we send faster than the room takes. */
  readonly throttledUntil: number;
  /** True while the list of people is shown: on a narrow screen instead of the conversation, else beside it. */
  readonly people: boolean;
  /** True when the room says who comes and goes. */
  readonly showsPresence: boolean;
  /** True when a person who is called wants to hear a sound; `notifications`: to see a notification. */
  readonly sound: boolean;
  readonly notifications: boolean;
  /** True while what is said cannot be saved on this device. */
  readonly unsaved: boolean;
  /** The name last used on this device. */
  readonly lastName: string;
  readonly nextId: number;
}

/** Choices of a person about the page itself, and what is in sight of it. */
export type Choices = Pick<
  State,
  'locale' | 'covered' | 'visible' | 'pane' | 'people' | 'showsPresence' | 'sound' | 'notifications'
>;

/** A conversation in which nothing has happened. */
export const EMPTY: ConversationBase = {
  log: new Log(),
  outgoing: [],
  unread: 0,
  mentions: 0,
  newFrom: null,
};

/** The part of the state that each visit begins with, and that does not outlive it. */
export const NEW_VISIT = {
  phase: { kind: 'outside', reason: null },
  lostAt: null,
  linkNote: null,
  conversations: [{ kind: 'room', key: 'room', ...EMPTY }],
  active: 'room',
  pane: 'conversation',
  openings: 0,
  covered: false,
  online: new Map(),
  synced: false,
  throttledUntil: 0,
  unsaved: false,
} satisfies Partial<State>;

export function initialState(locale: Locale): State {
  return {
    ...NEW_VISIT,
    locale,
    ignoreList: new Map(),
    visible: true,
    people: false,
    showsPresence: true,
    lastName: '',
    sound: false,
    notifications: false,
    nextId: 1,
  };
}

/** The key of the direct conversation with `login` (D8: compared in NFC). */
export function directKey(login: string): `direct:${string}` {
  return `direct:${loginKey(login)}`;
}

/** Own login; null while this person is not in. */
export function selfOf({ phase }: Pick<State, 'phase'>): string | null {
  return phase.kind === 'inside' ? phase.login : null;
}

/** True for the own login; logins that are the same (D8) are one person. */
export function isSelf(state: Pick<State, 'phase'>, login: string): boolean {
  const self = selfOf(state);
  return self !== null && loginKey(self) === loginKey(login);
}

export function activeConversation(state: State): Conversation {
  return findConversation(state, state.active) ?? state.conversations[0];
}

/** The conversation of this key, if there is one. */
export function findConversation(state: State, key: string): Conversation | undefined {
  return state.conversations.find((one) => one.key === key);
}

export function findPrivate(state: State, key: ConversationKey): Private | undefined {
  const found = findConversation(state, key);
  return found?.kind === 'private' ? found : undefined;
}

/** True when a message arriving in this conversation is seen at once. */
export function isLookingAt({ visible, covered, active, pane }: State, key: ConversationKey): boolean {
  return visible && !covered && active === key && pane === 'conversation';
}
