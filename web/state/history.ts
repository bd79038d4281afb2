/** Adds messages from before this person came, where the operator has them kept (D28); pure. */
import type { HistoryMessage } from '../../shared/protocol/control.ts';
import { addEntry } from './conversations.ts';
import { takeEcho } from './outgoing.ts';
import type { Entry } from './entries.ts';
import type { State } from './state.ts';

/** Messages that have to be the same, one behind the other, for the history to be known from there back. */
const ALIKE = 3;

/**
 * Adds what this page has not got, between two marks. After a loss that is what was said meanwhile: the history begins
 * before it, and what is known of it is not shown twice.
 */
export function addHistory(state: State, messages: readonly HistoryMessage[], at: number): State {
  const self = state.phase.kind === 'inside' ? state.phase.login : null;
  const missed = unknownOf(messages, state.conversations[0].entries);
  if (missed.length === 0) return state;
  const mark = (before: State, which: 'before' | 'now', then: number) =>
    addEntry(before, 'room', { kind: 'mark', mark: which, at: then }, false);
  const all = missed.reduce(
    (before, { login, text, age }) => {
      const mine = login === self;
      const said = { kind: 'said' as const, login, text, at: at - age, mine, early: true as const };
      return addEntry(mine ? takeEcho(before, text, 'unsure') : before, 'room', said, false);
    },
    mark(state, 'before', at - missed[0]!.age),
  );
  return mark(all, 'now', at);
}

/** The messages behind the last one that is known. */
function unknownOf(
  messages: readonly HistoryMessage[],
  entries: readonly Entry[],
): readonly HistoryMessage[] {
  const known: Array<Pick<HistoryMessage, 'login' | 'text'>> = [];
  for (let i = entries.length - 1; i >= 0 && known.length < ALIKE; i--) {
    const entry = entries[i]!;
    if (entry.kind === 'said' || entry.kind === 'ignored') known.push(entry);
  }
  if (known.length === 0) return messages;
  const isKnown = (end: number) =>
    known.slice(0, end + 1).every(({ login, text }, back) => {
      const message = messages[end - back]!;
      return message.login === login && message.text === text;
    });
  return messages.slice(messages.findLastIndex((_message, end) => isKnown(end)) + 1);
}
