/**
 * Our outgoing messages, until they are confirmed; pure. A message waits, is sent when none before it is still on its
 * way, and then is either confirmed or not sent, for a reason. In the room its echo confirms it, which proves that it was
 * delivered, and says where it belongs among those of others (D11, D14). In direct messages nothing comes back, and nothing
 * proves it (D13): there the server's acknowledgement confirms that it has carried the command out. On a private connection
 * nobody confirms anything: there a message is written or not sent, and `doubt` in private-state.ts marks those that were
 * perhaps not received.
 */
import { addEntry, patch } from './conversations.ts';
import type { Outgoing } from './entries.ts';
import { findConversation, type Conversation, type ConversationKey, type State } from './state.ts';

/** Event of our messages. */
export type OutgoingEvent =
  /** A message was written: it waits for its turn. */
  | { readonly type: 'written'; readonly key: ConversationKey; readonly text: string; readonly at: number }
  /** It was handed to the connection; its command ends at byte `end` of what this page sent on it. */
  | { readonly type: 'sent'; readonly id: number; readonly end: number };

/** A message of ours, and the conversation it belongs to. */
interface Queued {
  readonly conversation: Conversation;
  readonly message: Outgoing;
}

/** The message whose turn it is to be sent; none while one is on its way, so that the fate of one at most is ever unknown. */
export function nextToSend(state: State): Queued | undefined {
  // Before the server has said who is here, what was on its way may still come back with the history; and the order has to hold.
  if (!state.synced) return undefined;
  let next: Queued | undefined;
  for (const queued of allOutgoing(state)) {
    // A message on a private connection is written by private/actions.ts.
    if (queued.conversation.kind === 'private') continue;
    if (queued.message.state === 'sending') return undefined;
    if (queued.message.state === 'waiting' && !(next && next.message.id < queued.message.id)) next = queued;
  }
  return next;
}

/** Confirms the message that ends within the acknowledged bytes, where there is no echo: the server has carried it out. */
export function acknowledge(state: State, bytes: number, at: number): State {
  const sent = allOutgoing(state).find(
    ({ conversation, message }) =>
      conversation.kind !== 'room' &&
      message.state === 'sending' &&
      message.end !== undefined &&
      message.end <= bytes,
  );
  return sent ? confirm(state, sent, at) : state;
}

/** Marks as not sent the message whose command ended at this byte: the server has not carried it out. */
export function markNotSent(state: State, end: number, reason: string): State {
  const sent = allOutgoing(state).find(({ message }) => message.state === 'sending' && message.end === end);
  return sent ? change(state, sent.message.id, { state: 'not-sent', reason }) : state;
}

/**
 * Says what became of what was on its way when the connection went. What a server that went away in good order had not
 * acknowledged never reached anyone, and is `waiting` again, at its place. Else it may have: that is `unsure`.
 */
export function stopSending(state: State, inGoodOrder: boolean): State {
  return changeAll(state, 'sending', inGoodOrder ? 'waiting' : 'unsure');
}

/**
 * Leaves it to the person what is to become of what is still `unsure` when a server is there again: the history it has sent
 * does not have it, and an acknowledgement does not come any more.
 */
export function leaveUnconfirmed(state: State): State {
  return changeAll(state, 'unsure', 'unconfirmed');
}

/**
 * Takes our own message off the queue once it came back from the room: that proves delivery there (D11, D14).
 * @param among the state that it has: one that was on its way at a loss may come back with the history
 */
export function takeEcho(state: State, text: string, among: Outgoing['state']): State {
  const sent = state.conversations[0].outgoing.find(
    (message) => message.state === among && message.text === text,
  );
  return sent ? drop(state, sent.id) : state;
}

/** Adds a message that was written: it waits for its turn. */
export function write(state: State, key: ConversationKey, text: string, at: number): State {
  const conversation = findConversation(state, key);
  if (!conversation) return state;
  const outgoing = [...conversation.outgoing, { id: state.nextId, text, at, state: 'waiting' as const }];
  // A person who answers has read.
  return { ...patch(state, key, { outgoing, newFrom: null }), nextId: state.nextId + 1 };
}

function confirm(state: State, { conversation: { key }, message }: Queued, at: number): State {
  if (state.phase.kind !== 'inside') return state;
  const { login } = state.phase;
  return addEntry(drop(state, message.id), key, { kind: 'said', login, text: message.text, at, mine: true });
}

/** Removes a message that is confirmed, or given up. */
export function drop(state: State, id: number): State {
  return map(state, id, () => []);
}

/** Changes what is known of a message. */
export function change(state: State, id: number, by: Omit<Outgoing, 'id' | 'text' | 'at'>): State {
  return map(state, id, ({ text, at }) => [{ id, text, at, ...by }]);
}

function changeAll(state: State, from: Outgoing['state'], to: Outgoing['state']): State {
  return allOutgoing(state).reduce(
    (before, { message }) => (message.state === from ? change(before, message.id, { state: to }) : before),
    state,
  );
}

function map(state: State, id: number, by: (message: Outgoing) => readonly Outgoing[]): State {
  const found = allOutgoing(state).find(({ message }) => message.id === id);
  if (!found) return state;
  const { key, outgoing } = found.conversation;
  const changed = outgoing.flatMap((message) => (message.id === id ? by(message) : [message]));
  return patch(state, key, { outgoing: changed });
}

function allOutgoing({ conversations }: State): Queued[] {
  return conversations.flatMap((conversation) =>
    conversation.outgoing.map((message) => ({ conversation, message })),
  );
}
