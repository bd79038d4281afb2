/** Notes on private connections in the log: what is said again takes the place of what said it before; pure. */
import { addEntry, patch } from '../conversations.ts';
import { hasContent, type Entry, type Note } from '../entries.ts';
import { isOnIgnoreList } from '../ignore-list.ts';
import { Log } from '../log.ts';
import { isLive, isOfRequest, type Private } from '../private-state.ts';
import type { State } from '../state.ts';

/** Interval within which requests that lapse are told together, in ms. */
const TOGETHER_MS = 5 * 60_000;

/**
 * Adds a note to a private conversation; one of a request that is there already, behind the last that was more, counts on
 * instead: a person who asks again and again has one of each.
 */
export function addNote(
  state: State,
  { key, login, log: { all }, newFrom }: Private,
  note: Note['note'],
  at: number,
  news?: boolean,
): State {
  const added = { kind: 'note' as const, note, login, at };
  const isBeside = (entry: Entry) => isOfRequest(entry) || entry.kind === 'presence';
  const others = all.slice(all.findLastIndex((entry) => !isBeside(entry)) + 1);
  const same = others.filter(isOfRequest).find((other) => other.note === note);
  if (!same) return addEntry(state, key, added, news);
  const next = others[others.indexOf(same) + 1]?.id ?? state.nextId;
  const without = patch(state, key, {
    log: new Log(all.filter((entry) => entry !== same)),
    // The divider stays where it is.
    newFrom: newFrom === same.id ? next : newFrom,
  });
  return addEntry(without, key, { ...added, times: (same.times ?? 1) + 1 }, news);
}

/**
 * Takes a conversation that was nothing but a request out of the list, where twenty would fill it, and says so in one entry
 * of the room.
 */
export function putAwayLapsed(state: State, { key, login, log, stage }: Private, at: number): State {
  if (log.all.some(hasContent) || isLive(stage) || state.active === key) return state;
  const away = patch(state, key, { closed: true, unread: 0 });
  // Requests of ignored people are counted elsewhere.
  if (isOnIgnoreList(state, login)) return away;
  const { all: room } = state.conversations[0].log;
  const index = room.findLastIndex(({ kind }) => kind !== 'presence');
  const last = room[index];
  if (last?.kind !== 'lapsed' || at - last.at >= TOGETHER_MS)
    return addEntry(away, 'room', { kind: 'lapsed', logins: [login], at });
  const logins = [...new Set([...last.logins, login])];
  return patch(away, 'room', { log: new Log(room.with(index, { ...last, logins, at })) });
}
