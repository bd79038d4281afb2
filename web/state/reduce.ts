/** `reduce(state, event)`: the rules of the page, but for those of lazy parts; without the browser. */
import type { ControlMessage } from '../../shared/protocol/control.ts';
import type { ConnectionEvent } from '../net/connection.ts';
import { Opcode, type Command } from '../../shared/protocol/commands.ts';
import { addEntry, addGap, patch, seen } from './conversations.ts';
import {
  acknowledge,
  change,
  leaveUnconfirmed,
  markNotSent,
  stopSending,
  write,
  type OutgoingEvent,
} from './outgoing.ts';
import { addHistory, addSaid } from './add-history.ts';
import { catchUp, comeAndGo, onlineOf } from './presence.ts';
import {
  findConversation,
  directKey,
  EMPTY,
  isLookingAt,
  isSelf,
  NEW_VISIT,
  type Choices,
  type ConversationKey,
  type Direct,
  type Link,
  type OutsideReason,
  type State,
} from './state.ts';

/** Time, in ms, that we are taken to be throttled: the server says it once in 10 s. */
const THROTTLED_MS = 15_000;

/** Event with the time it happened, in ms since 1970. */
export type Timed<E> = E extends unknown ? E & { readonly at: number } : never;

/** Event of the page. Every `at` is in ms since 1970. */
export type Event =
  | Timed<ConnectionEvent>
  | { readonly type: 'join-asked'; readonly login: string }
  | OutgoingEvent
  | { readonly type: 'opened'; readonly key: ConversationKey }
  | { readonly type: 'direct-opened'; readonly login: string }
  | { readonly type: 'back-seen' }
  | { readonly type: 'left' }
  | { readonly type: 'chosen'; readonly choices: Partial<Choices> }
  /** The rules of a lazy part, which are as pure as those here, have made this of the state that is there. */
  | { readonly type: 'changed'; readonly to: State };

export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'join-asked':
      return { ...state, phase: { kind: 'joining', login: event.login } };
    case 'accepted':
      return accepted(state, event.login, event.at);
    case 'unreachable':
      return goOut(state, { kind: 'unreachable' });
    case 'dropped':
      return loseLink(state, event.at);
    case 'resumed':
      return withLink(state, 'back', null);
    case 'lost':
      return lose(state, event.at, event.inGoodOrder);
    case 'name-held':
      return turnLink(state, 'lost', 'name-held');
    case 'refused':
    case 'name-gone':
      return goOut(state, { kind: event.type, login: event.login });
    case 'banned':
      return goOut(lose(state, event.at), { kind: 'banned', login: event.login });
    case 'received':
      return receive(state, event.command, event.at);
    case 'control':
      return reduceControl(state, event.message, event.at);
    case 'written':
      return write(state, event.key, event.text, event.at);
    case 'sent':
      return change(state, event.id, { state: 'sending', end: event.end });
    case 'opened':
      return open(state, event.key);
    case 'direct-opened':
      // An invitation of one's own leads to oneself, to whom the server delivers nothing (D13).
      if (isSelf(state, event.login)) return state;
      return open(withDirect(state, event.login), directKey(event.login));
    case 'back-seen':
      return turnLink(state, 'back', 'up');
    case 'left':
      // Views note by its id what they note of a message, as its place: no id is given twice.
      return { ...state, ...NEW_VISIT };
    case 'chosen':
      return seen({ ...state, ...event.choices });
    case 'changed':
      return event.to;
  }
}

function goOut(state: State, reason: OutsideReason): State {
  return { ...state, phase: { kind: 'outside', reason } };
}

function lose(state: State, at: number, inGoodOrder = false): State {
  return stopSending({ ...loseLink(state, at), synced: false }, inGoodOrder);
}

/** Marks the link as lost, at the event `dropped` as at `lost`: the page shows the same, whether it can resume or not. */
function loseLink(state: State, at: number): State {
  return withLink(state, 'lost', Math.min(state.lostAt ?? at, at));
}

function accepted(state: State, login: string, at: number): State {
  const { lostAt } = state;
  const link = lostAt === null ? 'up' : 'back';
  const inside: State = { ...state, lastName: login, phase: { kind: 'inside', login, link }, lostAt: null };
  return lostAt === null ? seen(inside) : addGap(inside, lostAt, at);
}

function withLink(state: State, link: Link, lostAt: number | null): State {
  const { phase } = state;
  return phase.kind === 'inside' ? { ...state, phase: { ...phase, link }, lostAt } : state;
}

function turnLink(state: State, from: Link, to: Link): State {
  const isFrom = state.phase.kind === 'inside' && state.phase.link === from;
  return isFrom ? withLink(state, to, state.lostAt) : state;
}

function receive(state: State, command: Command, at: number): State {
  if (command.opcode === Opcode.MESSAGE) {
    const { login, msg: text } = command;
    return addSaid(state, { login, text, at }, 'sending');
  }
  if (command.opcode === Opcode.MESSAGE_PRIVATE) {
    const { login_sender: login, msg: text } = command;
    const said = { kind: 'said' as const, login, text, at, mine: false };
    return addEntry(withDirect(state, login), directKey(login), said);
  }
  return state;
}

function reduceControl(state: State, message: ControlMessage, at: number): State {
  switch (message.type) {
    case 'online': {
      const { logins, more } = message;
      // A list that comes again says who came and went while the connection was interrupted.
      const told = state.synced && !more ? catchUp(state, logins, at) : state;
      return { ...leaveUnconfirmed(told), synced: !more, online: onlineOf(logins) };
    }
    case 'also-online': {
      const online = new Map([...state.online, ...onlineOf(message.logins)]);
      return { ...state, synced: !message.more, online };
    }
    case 'presence':
      return comeAndGo(state, message.left, message.joined, at);
    case 'ignored':
      return markNotSent(state, message.end, message.reason);
    case 'throttled':
      return { ...state, throttledUntil: at + THROTTLED_MS };
    case 'ack':
      return acknowledge(state, message.bytes, at);
    case 'history':
      return addHistory(state, message.messages, at);
    case 'notice':
      return addEntry(state, 'room', { kind: 'notice', text: message.text, at });
    default:
      return state;
  }
}

function open(state: State, key: ConversationKey): State {
  const openings = state.openings + 1;
  const shown = findConversation(state, key)?.closed ? patch(state, key, { closed: false }) : state;
  return seen({ ...forgetDivider(shown, key), active: key, pane: 'conversation', openings });
}

/** Removes the unread line of the active conversation when one turns to another: it has been read. */
function forgetDivider(state: State, key: ConversationKey): State {
  const { active } = state;
  return active === key || !isLookingAt(state, active) ? state : patch(state, active, { newFrom: null });
}

function withDirect(state: State, login: string): State {
  const key = directKey(login);
  if (findConversation(state, key)) return state;
  // It is in the list once something in it is news, or it is opened.
  const direct: Direct = { kind: 'direct', key, login, ...EMPTY, closed: true };
  return { ...state, conversations: [...state.conversations, direct] };
}
