/** Everything the page knows, as one immutable value. */
import type { IgnoredReason } from '../../shared/control.ts';
import { loginKey } from '../../shared/login.ts';
import type { Locale } from '../i18n/catalogue.ts';
import type { Online } from './presence.ts';

/** A conversation's name inside the page; logins that are the same (D8) give the same key. */
export type ConversationKey = 'room' | `direct:${string}` | PrivateKey;
export type PrivateKey = `private:${string}`;

/** A message that was said: in the room, by anyone and as the server echoed it (D11); else by or to one person. */
export interface Said {
  readonly kind: 'said';
  readonly id: number;
  readonly login: string;
  readonly text: string;
  /** When it came, or was sent, in ms since 1970 on this device: the protocol carries no time. */
  readonly at: number;
  readonly mine: boolean;
  /** It calls this person by name. */
  readonly mention?: boolean;
}

/** A time this page was not connected: what was said then is missing. */
export interface Gap {
  readonly kind: 'gap';
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** Something that happened, said by the page itself. */
export interface Note {
  readonly kind: 'note';
  readonly id: number;
  readonly at: number;
  readonly note:
    'asked' | 'refused' | 'absent' | 'open' | 'i-ended' | 'they-ended' | 'closed' | 'lost' | 'lapsed';
  readonly login: string;
}

/** What came over a private connection and is no MESSAGE: text, or a hex dump of bytes that are not even text. */
export interface Raw {
  readonly kind: 'raw';
  readonly id: number;
  readonly at: number;
  readonly form: 'text' | 'bytes';
  readonly text: string;
}

/** People who came and went, since they do not come and go alone. */
export interface Presence {
  readonly kind: 'presence';
  readonly id: number;
  readonly at: number;
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

export type Entry = Said | Gap | Note | Raw | Presence;

/** A message of ours that is not delivered yet. */
export interface Outgoing {
  readonly id: number;
  readonly text: string;
  /** When it was written. */
  readonly at: number;
  /**
   * `waiting`: for its turn, or for the connection. `sending`: on its way. `unsure`: the connection went meanwhile.
   * `unconfirmed`: it is back, and nobody here knows whether the message was delivered. `not-sent`: it was not.
   */
  readonly state: 'waiting' | 'sending' | 'unsure' | 'unconfirmed' | 'not-sent';
  /** Of one that is `sending`: where its command ends, in bytes of what this page sent on this connection. */
  readonly end?: number;
  /** Why it was not sent. */
  readonly reason?: IgnoredReason;
}

interface ConversationBase {
  readonly entries: readonly Entry[];
  /** What is being written. */
  readonly draft: string;
  readonly unread: number;
  /** How many of those unread call this person by name. */
  readonly mentions: number;
  /** Id of the first entry that came while nobody looked: a line stands above it until the next visit. */
  readonly newFrom: number | null;
  /** In the order sent; echoes come back in that order (D14). */
  readonly outgoing: readonly Outgoing[];
}

export interface Room extends ConversationBase {
  readonly kind: 'room';
  readonly key: 'room';
}

export interface Direct extends ConversationBase {
  readonly kind: 'direct';
  readonly key: `direct:${string}`;
  readonly login: string;
}

/**
 * Where a private connection stands (§4). `none`: there was none yet. `waiting`: agreed on, and the two ends are not
 * both there. `i-ended`, `they-ended`: half-closed (D21). `closed`: both ended. `lost`: broken. `refused`, `absent`
 * (they are not connected), `lapsed`, `cancelled`: it never came to be.
 */
export type Stage =
  | 'none'
  | 'waiting'
  | 'open'
  | 'i-ended'
  | 'they-ended'
  | 'closed'
  | 'lost'
  | 'refused'
  | 'absent'
  | 'lapsed'
  | 'cancelled';

/** Private connections with one person: the one there is now, and what is left of those before. */
export interface Private extends ConversationBase {
  readonly kind: 'private';
  readonly key: PrivateKey;
  readonly login: string;
  readonly stage: Stage;
  /** We have asked, and there is no answer yet (§3). */
  readonly asking: boolean;
  /** They have asked, and we have not answered. */
  readonly asked: boolean;
  /** When this last changed: what runs out, runs out from then. */
  readonly since: number;
  /** Where the command of our request ends, in bytes of what this page sent. */
  readonly end?: number;
}

export type Conversation = Room | Direct | Private;

/** True from the agreement to the end. */
export function isLive(stage: Stage): boolean {
  return stage === 'waiting' || canWrite(stage) || stage === 'i-ended';
}

/** True while our own writing is open. */
export function canWrite(stage: Stage): boolean {
  return stage === 'open' || stage === 'they-ended';
}

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
  /** The room first, then the others in the order they began. */
  readonly conversations: readonly [Room, ...(Direct | Private)[]];
  readonly active: ConversationKey;
  /** On a narrow screen only one of the two is shown. */
  readonly pane: 'list' | 'conversation';
  /** False while the page is in the background: what comes then is unread. */
  readonly visible: boolean;
  /** Who is connected, as far as this page knows. */
  readonly online: Online;
  /** True once the server has said, on this connection, which it is and who is here. */
  readonly synced: boolean;
  /** The run of the server that this page was last connected to. */
  readonly server: string | null;
  /** On a narrow screen instead of the conversation, else beside it. */
  readonly people: boolean;
  /** Whether the room says who comes and goes. */
  readonly showsPresence: boolean;
  /** Whether one who is called wants to hear it, and wants a notice. */
  readonly sound: boolean;
  readonly notices: boolean;
  /** The name last used on this device. */
  readonly lastName: string;
  readonly nextId: number;
}

/** Most entries kept per conversation; older ones are let go. */
export const MAX_ENTRIES = 10_000;

/** A conversation in which nothing has happened. */
export const EMPTY: ConversationBase = {
  entries: [],
  outgoing: [],
  draft: '',
  unread: 0,
  mentions: 0,
  newFrom: null,
};

export function initialState(locale: Locale): State {
  return {
    locale,
    phase: { kind: 'outside', notice: null },
    conversations: [{ kind: 'room', key: 'room', ...EMPTY }],
    active: 'room',
    pane: 'conversation',
    visible: true,
    online: new Map(),
    synced: false,
    server: null,
    people: false,
    showsPresence: true,
    lastName: '',
    sound: false,
    notices: false,
    nextId: 1,
  };
}

/** The key of the direct conversation with `login` (D8: compared in NFC). */
export function directKey(login: string): `direct:${string}` {
  return `direct:${loginKey(login)}`;
}

/** The key of the private connections with `login`. */
export function privateKey(login: string): PrivateKey {
  return `private:${loginKey(login)}`;
}

export function findPrivate(state: State, key: ConversationKey): Private | undefined {
  return state.conversations.find(
    (candidate): candidate is Private => candidate.kind === 'private' && candidate.key === key,
  );
}

export function activeConversation(state: State): Conversation {
  return state.conversations.find(({ key }) => key === state.active) ?? state.conversations[0];
}

/** True when a message arriving in this conversation is seen at once. */
export function isLookingAt({ visible, active, pane }: State, key: ConversationKey): boolean {
  return visible && active === key && pane === 'conversation';
}

/** How many of the unread messages are meant for this person: those that name them, and all but in the room. */
export function callsOf({ kind, unread, mentions }: Conversation): number {
  return kind === 'room' ? mentions : unread;
}

export function totalUnread(state: State): number {
  return state.conversations.reduce((sum, { unread }) => sum + unread, 0);
}
