/** `reduce(state, event)`: all the page's rules, with no browser in sight. */
import type { Locale } from '../i18n/catalogue.ts';
import type { ConnectionEvent } from '../net/connection.ts';
import { Opcode, type Frame, type FrameWith } from '../../shared/protocol.ts';
import { addEntry, closeGap, dropOutgoing, failOutgoing, patch, takeEcho } from './conversations.ts';
import {
  directKey,
  initialState,
  isLookingAt,
  type ConversationKey,
  type Direct,
  type State,
} from './state.ts';

type Timed<E> = E extends unknown ? E & { readonly at: number } : never;

/** What happens to the page. Every `at` is in ms since 1970. */
export type Event =
  | Timed<ConnectionEvent>
  | { readonly type: 'join-asked'; readonly login: string }
  /** A message was handed to the connection for the room; `replaces` is the unconfirmed one it sends again. */
  | { readonly type: 'said'; readonly text: string; readonly at: number; readonly replaces?: number }
  /** A message was handed to the connection for one person. Nothing will confirm it (D13). */
  | { readonly type: 'told'; readonly key: ConversationKey; readonly text: string; readonly at: number }
  /** An unconfirmed message is given up. */
  | { readonly type: 'discarded'; readonly id: number }
  | { readonly type: 'draft'; readonly key: ConversationKey; readonly text: string }
  | { readonly type: 'opened'; readonly key: ConversationKey }
  | { readonly type: 'direct-opened'; readonly login: string }
  | { readonly type: 'list-shown' }
  | { readonly type: 'visible'; readonly visible: boolean }
  | { readonly type: 'back-seen' }
  | { readonly type: 'left' }
  | { readonly type: 'locale'; readonly locale: Locale };

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'join-asked':
      return { ...state, phase: { kind: 'joining', login: event.login } };
    case 'accepted':
    case 'refused':
    case 'unreachable':
    case 'lost':
    case 'name-held':
    case 'name-gone':
      return reduceLink(state, event);
    case 'received':
      return receive(state, event.frame, event.at);
    case 'said':
      return said(state, event.text, event.at, event.replaces);
    case 'told':
      return told(state, event.key, event.text, event.at);
    case 'discarded':
      return patch(state, 'room', { outgoing: dropOutgoing(state.conversations[0].outgoing, event.id) });
    case 'draft':
      return patch(state, event.key, { draft: event.text });
    case 'opened':
      return open(state, event.key);
    case 'direct-opened':
      return open(withDirect(state, event.login), directKey(event.login));
    case 'list-shown':
      return { ...state, pane: 'list' };
    case 'visible':
      return seen({ ...state, visible: event.visible });
    case 'back-seen':
      return withLink(state, 'back', 'up');
    case 'left':
      return { ...initialState(state.locale), visible: state.visible };
    case 'locale':
      return { ...state, locale: event.locale };
  }
}

function reduceLink(state: State, event: Exclude<Timed<ConnectionEvent>, { type: 'received' }>): State {
  switch (event.type) {
    case 'accepted':
      return accepted(state, event.login, event.at);
    case 'refused':
      return { ...state, phase: { kind: 'outside', notice: { kind: 'refused', login: event.login } } };
    case 'unreachable':
      return { ...state, phase: { kind: 'outside', notice: { kind: 'unreachable' } } };
    case 'lost':
      if (state.phase.kind !== 'inside') return state;
      return failOutgoing({ ...state, phase: { ...state.phase, link: 'lost', lostAt: event.at } });
    case 'name-held':
      return withLink(state, 'lost', 'name-held');
    case 'name-gone':
      return { ...state, phase: { kind: 'outside', notice: { kind: 'name-gone', login: event.login } } };
  }
}

function accepted(state: State, login: string, at: number): State {
  const lostAt = state.phase.kind === 'inside' ? state.phase.lostAt : null;
  const link = lostAt === null ? 'up' : 'back';
  const inside: State = { ...state, phase: { kind: 'inside', login, link, lostAt: null } };
  return lostAt === null ? seen(inside) : closeGap(inside, lostAt, at);
}

function withLink(state: State, from: 'lost' | 'back', to: 'name-held' | 'up'): State {
  if (state.phase.kind !== 'inside' || state.phase.link !== from) return state;
  return { ...state, phase: { ...state.phase, link: to } };
}

function receive(state: State, frame: Frame, at: number): State {
  if (frame.opcode === Opcode.MESSAGE) return receiveRoom(state, frame, at);
  if (frame.opcode === Opcode.MESSAGE_PRIVATE) {
    const { login_sender: login, msg: text } = frame;
    return addEntry(withDirect(state, login), directKey(login), { login, text, at, mine: false });
  }
  return state;
}

function receiveRoom(state: State, { login, msg: text }: FrameWith<3>, at: number): State {
  const mine = state.phase.kind === 'inside' && login === state.phase.login;
  return addEntry(mine ? takeEcho(state, text) : state, 'room', { login, text, at, mine });
}

function said(state: State, text: string, at: number, replaces: number | undefined): State {
  const [room] = state.conversations;
  const before = replaces === undefined ? room.outgoing : dropOutgoing(room.outgoing, replaces);
  const outgoing = [...before, { id: state.nextId, text, at, state: 'sending' as const }];
  // Sending again leaves what is being written alone.
  const draft = replaces === undefined ? '' : room.draft;
  return { ...patch(state, 'room', { outgoing, draft }), nextId: state.nextId + 1 };
}

function told(state: State, key: ConversationKey, text: string, at: number): State {
  if (state.phase.kind !== 'inside') return state;
  const { login } = state.phase;
  return addEntry(patch(state, key, { draft: '' }), key, { login, text, at, mine: true });
}

function open(state: State, key: ConversationKey): State {
  return seen({ ...state, active: key, pane: 'conversation' });
}

/** The active conversation has no unread message while someone looks at it. */
function seen(state: State): State {
  return isLookingAt(state, state.active) ? patch(state, state.active, { unread: 0 }) : state;
}

function withDirect(state: State, login: string): State {
  const key = directKey(login);
  if (state.conversations.some((conversation) => conversation.key === key)) return state;
  const direct: Direct = { kind: 'direct', key, login, entries: [], draft: '', unread: 0 };
  return { ...state, conversations: [...state.conversations, direct] };
}
