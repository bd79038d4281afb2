/** The rules of private connections as the page sees them (§3, §4); pure. */
import { Opcode, type Command } from '../../../shared/protocol/commands.ts';
import type { ControlMessage } from '../../../shared/protocol/control.ts';
import type { ConnectionEvent } from '../../net/connection.ts';
import type { PrivateConnectionEvent } from '../../net/private-connections.ts';
import { addEntry, patch } from '../conversations.ts';
import { withLinkNote } from '../link-note.ts';
import { doubt, isEstablished, isLive, privateKey, type Private, type PrivateKey } from '../private-state.ts';
import { addItems } from './items.ts';
import { putAwayBare } from '../closing.ts';
import { addNote, putAwayLapsed } from './notes.ts';
import type { Timed } from '../reduce.ts';
import type { Note } from '../entries.ts';
import { withoutWaiting } from '../presence.ts';
import { canWrite, type Stage } from '../stage.ts';
import { findPrivate, EMPTY, type State } from '../state.ts';

/** Event of private connections. Every `at` is in ms since 1970. */
export type PrivateEvent =
  /** An event of the main connection, or of a private one. */
  | Timed<ConnectionEvent | Exclude<PrivateConnectionEvent<PrivateKey>, { type: 'private-stage' }>>
  | { readonly type: 'private-asking'; readonly login: string; readonly end: number; readonly at: number }
  /** Our answer was no. */
  | { readonly type: 'private-declined'; readonly key: PrivateKey; readonly at: number }
  /** The connection, or the way to it, came this far. */
  | {
      readonly type: 'private-stage';
      readonly key: PrivateKey;
      readonly stage: Stage;
      /** End of the command that led to it, in bytes of what this page sent, if one did. */
      readonly end?: number;
      readonly at: number;
    }
  /** The stage that began at `since` has timed out. */
  | {
      readonly type: 'private-timeout';
      readonly key: PrivateKey;
      readonly since: number;
      readonly at: number;
    }
  /** A text that waited was written on the open connection, under our login there. */
  | {
      readonly type: 'private-said';
      readonly key: PrivateKey;
      readonly id: number;
      readonly login: string;
      readonly at: number;
    };

export function reducePrivate(state: State, event: PrivateEvent): State {
  switch (event.type) {
    case 'received':
      return receive(state, event.command, event.at);
    case 'control':
      return control(state, event.message, event.at);
    case 'lost':
    case 'banned':
      return lose(state, event.at);
    case 'accepted':
    case 'resumed':
    case 'name-held':
      return withLinkNote(state, null);
    case 'private-asking': {
      const asking = { asking: true, stage: 'none' as const, since: event.at, end: event.end };
      return patch(withPrivate(state, event.login), privateKey(event.login), asking);
    }
    default:
      return 'key' in event ? reduceOne(state, event) : state;
  }
}

function reduceOne(state: State, event: Extract<PrivateEvent, { key: PrivateKey }>): State {
  const { key, at } = event;
  const conversation = findPrivate(state, key);
  if (!conversation) return state;
  switch (event.type) {
    case 'private-declined':
      return putAwayBare(
        addNote(patch(state, key, { asked: false, since: at }), conversation, 'declined', at, false),
        conversation,
      );
    case 'private-stage':
      return patch(
        toStage(state, conversation, followUp(conversation.stage, event.stage), at),
        key,
        event.end === undefined ? {} : { end: event.end },
      );
    case 'private-timeout':
      return conversation.since === event.since ? lapse(state, conversation, at) : state;
    case 'private-items':
      return addItems(state, conversation, event);
    case 'private-interrupted':
      // A short one is told only when it is over.
      return patch(state, key, { isInterrupted: event.isInterrupted, wasInterrupted: true });
    case 'private-said': {
      const written = conversation.outgoing.find(({ id }) => id === event.id);
      if (!written) return state;
      const outgoing = conversation.outgoing.filter((message) => message !== written);
      const said = { kind: 'said' as const, login: event.login, text: written.text, at, mine: true };
      // They have ended their side: whether anybody still reads there, nobody here can know.
      const perhaps = conversation.stage === 'they-ended' && { perhaps: true };
      return addEntry(patch(state, key, { outgoing }), key, { ...said, ...perhaps });
    }
  }
}

/** The commands of the negotiation, but for ID_PRIVATE: that one opens a connection first. */
function receive(state: State, command: Command, at: number): State {
  if (command.opcode === Opcode.REQUEST_PRIVATE) {
    const { login_requester: login } = command;
    const known = withPrivate(state, login);
    const key = privateKey(login);
    const conversation = findPrivate(known, key);
    const asked = patch(known, key, { asked: true, since: at });
    // They asked again before the answer: it is one request, renewed (D15).
    if (!conversation || conversation.asked) return asked;
    return addNote(asked, conversation, 'asked', at);
  }
  if (command.opcode !== Opcode.KO_PRIVATE) return state;
  const conversation = findPrivate(state, privateKey(command.login_target));
  return conversation?.asking ? toStage(state, conversation, 'refused', at) : state;
}

function control(state: State, message: ControlMessage, at: number): State {
  switch (message.type) {
    case 'ignored':
      return endIgnored(state, message.end, at);
    case 'presence':
      return message.left.reduce((before, login) => {
        const conversation = findPrivate(before, privateKey(login));
        if (!conversation) return before;
        // Texts that wait for the next connection are not for whoever takes the name; one that is agreed on is with them.
        const kept = isLive(conversation.stage) ? before : withoutWaiting(before, conversation);
        return withoutRequests(kept, conversation, at);
      }, state);
    case 'online':
      return message.more ? state : withoutRequestsOfOthers(state, message.logins, at);
    case 'also-online':
      // The last part of a long list: the page has taken all of them in by now.
      return message.more ? state : withoutRequestsOfOthers(state, [...state.online.values()], at);
    default:
      return state;
  }
}

/**
 * Ends what our command that ended at this byte has begun, since the server has not carried it out: nobody has the name
 * that we asked (D13), or the request that we accepted has lapsed (D15).
 */
function endIgnored(state: State, end: number, at: number): State {
  const conversation = state.conversations.find(
    (candidate): candidate is Private =>
      candidate.kind === 'private' &&
      (candidate.asking || candidate.stage === 'waiting') &&
      candidate.end === end,
  );
  return conversation ? toStage(state, conversation, conversation.asking ? 'absent' : 'lapsed', at) : state;
}

/**
 * Ends the request of someone, and ours to them, which the server has let lapse (D15). That they have left, if they have,
 * the heading says besides. What is agreed on stays (D22).
 */
function withoutRequests(state: State, conversation: Private, at: number): State {
  if (conversation.asking)
    return patch(toStage(state, conversation, 'lapsed', at), conversation.key, { asked: false });
  return conversation.asked ? withoutAsked(state, conversation, at) : state;
}

/** Ends the request of the other side. The heading says so, unless there is a connection for it to speak of. */
function withoutAsked(state: State, conversation: Private, at: number): State {
  const { key } = conversation;
  const stage = !isLive(conversation.stage) && ({ stage: 'lapsed' } as const);
  const ended = patch(state, key, { asked: false, since: at, ...stage });
  return putAwayLapsed(addNote(ended, conversation, 'lapsed', at, false), conversation, at);
}

/** Ends the requests of all who are not among those who are here. */
function withoutRequestsOfOthers(state: State, logins: readonly string[], at: number): State {
  const here = new Set(logins.map(privateKey));
  return state.conversations.reduce(
    (before, other) =>
      other.kind === 'private' && !here.has(other.key) ? withoutRequests(before, other, at) : before,
    state,
  );
}

/** Lets the requests of both sides lapse with the main connection (D15). What is established stays (D22). */
function lose(state: State, at: number): State {
  return state.conversations.reduce(
    (before, conversation) =>
      conversation.kind === 'private' ? withoutRequests(before, conversation, at) : before,
    state,
  );
}

/** Stages that are noted in the conversation; the others only show in its heading. */
const NOTES: readonly Stage[] = [
  'open',
  'i-ended',
  'they-ended',
  'closed',
  'i-closed',
  'lost',
  'refused',
  'absent',
  'lapsed',
];

/** The stage that follows: when one side ends behind the other, both have, and neither half-close holds any more. */
function followUp(before: Stage, next: Stage): Stage {
  const isSecondEnd =
    (before === 'i-ended' && next === 'they-ended') || (before === 'they-ended' && next === 'i-ended');
  return isSecondEnd ? 'ending' : next;
}

function toStage(state: State, conversation: Private, stage: Stage, at: number): State {
  const { key, asked, outgoing, log, wasInterrupted = false } = conversation;
  // A new one was agreed on while there is one: that is ended, nobody hears how, and its other end may be somebody else.
  const isReplaced = stage === 'waiting' && isEstablished(conversation.stage);
  // Their end came with what the interruption had held back: it says nothing of what we wrote meanwhile.
  const isUnproven = wasInterrupted && (stage === 'they-ended' || stage === 'ending');
  const change = {
    stage,
    isInterrupted: false,
    wasInterrupted: wasInterrupted && (stage === 'i-ended' || stage === 'they-ended'),
    ...((stage === 'lost' || stage === 'i-closed' || isReplaced || isUnproven) && { log: doubt(log) }),
    since: at,
    asking: false,
    // An agreement answers both, when both asked.
    asked: asked && stage !== 'waiting',
    // A text that found no room on a connection that is over was not sent.
    outgoing:
      canWrite(stage) || (stage === 'waiting' && !isReplaced)
        ? outgoing
        : outgoing.map((message) => ({ ...message, state: 'not-sent' as const })),
  };
  const next = patch(state, key, change);
  const note = isReplaced && canWrite(conversation.stage) ? 'i-ended' : stage;
  if (!NOTES.includes(note)) return next;
  const news = note !== 'i-ended' && note !== 'i-closed' && note !== 'lapsed';
  return addNote(next, findPrivate(next, key) ?? conversation, note as Note['note'], at, news);
}

function lapse(state: State, conversation: Private, at: number): State {
  if (conversation.stage !== 'waiting') return withoutRequests(state, conversation, at);
  return patch(toStage(state, conversation, 'lapsed', at), conversation.key, { asked: false });
}

function withPrivate(state: State, login: string): State {
  const key = privateKey(login);
  if (findPrivate(state, key)) return state;
  const created: Private = {
    kind: 'private',
    key,
    login,
    stage: 'none',
    asking: false,
    asked: false,
    since: 0,
    ...EMPTY,
    closed: true,
  };
  return { ...state, conversations: [...state.conversations, created] };
}
