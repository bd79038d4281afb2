/** Adds messages to everyone: one that is said, and those from before this person came, where the operator has them kept (D28); pure. */
import type { HistoryMessage } from '../../shared/protocol/control.ts';
import { loginKey } from '../../shared/protocol/login.ts';
import { addEntry, patch } from './conversations.ts';
import type { Outgoing, Said } from './entries.ts';
import { Log } from './log.ts';
import { takeEcho } from './outgoing.ts';
import { mentions } from '../text/mentions.ts';
import { selfOf, type State } from './state.ts';

/** Messages that have to be the same, one behind the other, for the history to be known from there back. */
const ALIKE = 3;
/** Time, in ms, that a message is on its way at most: longer than the server keeps a connection that broke. */
const LONGEST_WAY = 90_000;
/** Time, in ms, by which one message differs at most from what is told of it later: the same words come again behind it. */
const SAME_TIME = 1_000;

/**
 * Adds what this page has not got, between two marks. After a loss that is what was said meanwhile: the history begins
 * before it, what is known of it is not shown twice, the gap is one no more, and what is new is news.
 */
export function addHistory(state: State, messages: readonly HistoryMessage[], at: number): State {
  const { all: entries } = state.conversations[0].log;
  const heard = entries.filter((entry) => entry.kind === 'said' || entry.kind === 'ignored');
  const known = heard.slice(-ALIKE);
  const alike = messages.findLastIndex((_message, end) =>
    known.every(({ login, text }, index) => {
      const message = messages[end - known.length + 1 + index];
      return !message || (message.login === login && message.text === text);
    }),
  );
  // Nothing is alike where the operator has had some of it forgotten: what was said long before the last words is known, or
  // when the same was heard.
  const isOld = ({ login, text, age }: HistoryMessage) =>
    at - age < known.at(-1)!.at - LONGEST_WAY ||
    heard.some((one) => one.login === login && one.text === text && Math.abs(one.at - at + age) < SAME_TIME);
  const last = alike < 0 ? messages.findLastIndex(isOld) : alike;
  const missed = known.length > 0 ? messages.slice(last + 1) : messages;
  // All that is compared is there: between it and what follows in the history, nothing is missing.
  const whole = last < known.length - 1 ? undefined : known.at(-1);
  const filled = patch(state, 'room', {
    log: new Log(
      entries.map((entry) =>
        entry.kind === 'gap' && whole && entry.id > whole.id ? { ...entry, isFilled: true } : entry,
      ),
    ),
  });
  if (missed.length === 0) return filled;
  const mark = (before: State, which: 'before' | 'now', then: number) =>
    addEntry(before, 'room', { kind: 'mark', mark: which, at: then }, false);
  // Whoever was there before, and not while this was said, may have been called.
  const isEarly = known.length === 0;
  const retaken = new Map<string, string>();
  // Those of the logins that are known, unless the log has said so; our own was taken anew by us.
  for (const { login, retaken: isLast } of messages.slice(0, messages.length - missed.length)) {
    const key = loginKey(login);
    const isIts = (one: string) => loginKey(one) === key;
    const last = entries.findLast((entry) =>
      entry.kind === 'presence' ? entry.left.some(isIts) : entry.kind === 'said' && isIts(entry.login),
    );
    if (isLast && last?.kind !== 'presence' && login !== selfOf(state)) retaken.set(key, login);
    else retaken.delete(key);
  }
  let all = mark(filled, 'before', at - missed[0]!.age);
  for (const { login, text, age, retaken: isLast } of missed) {
    const key = loginKey(login);
    if (retaken.delete(key)) all = addRetaken(all, [login], at - age);
    all = addSaid(all, { login, text, at: at - age }, 'unsure', isEarly);
    if (isLast) retaken.set(key, login);
  }
  return mark(addRetaken(all, [...retaken.values()], at), 'now', at);
}

/** Says that logins were left and taken anew: whoever speaks next under one need not be the same. */
function addRetaken(state: State, logins: readonly string[], at: number): State {
  return logins.length > 0
    ? addEntry(state, 'room', { kind: 'presence', left: logins, joined: logins, at })
    : state;
}

/**
 * Adds a message to everyone.
 * @param awaited the state of ours whose echo it can be
 * @param isEarly whether it is from before this person came
 */
export function addSaid(
  state: State,
  message: Pick<Said, 'login' | 'text' | 'at'>,
  awaited: Outgoing['state'],
  isEarly = false,
): State {
  const { login, text } = message;
  const self = selfOf(state);
  const rest = login === self ? takeEcho(state, text, awaited) : state;
  // Somebody else may have had this name before: of what is told of later, ours is only what was on its way at the loss.
  const mine = login === self && (awaited === 'sending' || rest !== state);
  const mention = !isEarly && !mine && self !== null && mentions(text, self, state.online.values());
  const said = {
    kind: 'said' as const,
    ...message,
    mine,
    ...(isEarly && { early: true as const }),
    ...(mention && { mention }),
  };
  return addEntry(rest, 'room', said, !isEarly && !mine);
}
