/** Makes what comes over a private connection entries of its conversation; pure. */
import type { PrivateItem, RawItem } from '../../../shared/protocol/private-stream.ts';
import { addEntry, patch } from '../conversations.ts';
import type { Entry, Raw, Said } from '../entries.ts';
import { markedEntry } from '../ignore-list.ts';
import { hexDump } from '../../text/hex-dump.ts';
import type { Private, PrivateKey } from '../private-state.ts';
import { Log } from '../log.ts';
import { findPrivate, type State } from '../state.ts';

/** Bytes of a dump in one entry; it is cut, so that old ones can be dropped. */
const DUMP_BYTES = 1024;
/** Time, in ms, within which a line of raw text that comes in pieces stays one entry. */
const ONE_LINE_MS = 2_000;
/** Most characters of such a line in one entry. */
const ONE_LINE_LENGTH = 4_096;

interface Items {
  readonly key: PrivateKey;
  readonly items: readonly PrivateItem[];
  readonly unfinished: RawItem | null;
  readonly at: number;
}

type Came = Omit<Said, 'id'> | Omit<Raw, 'id'>;

/** Adds what came. What is shown of an unfinished item is replaced by what it has become, where it stands. */
export function addItems(state: State, { login }: Private, { key, items, unfinished, at }: Items): State {
  const came = items.flatMap((item) => toEntries(login, item, at));
  if (unfinished) came.push(provisional(unfinished, at));
  return came.reduce(
    (before, entry) => replaceUnfinished(before, key, entry) ?? add(before, key, entry),
    state,
  );
}

function toEntries(login: string, item: PrivateItem, at: number): Came[] {
  if (item.kind === 'string') return [said(login, item.text, at)];
  // Nobody checked the login: whatever it says, these are the words of the one at the other end.
  if (item.kind === 'message')
    return [said(login, item.login === login ? item.msg : `${item.login}: ${item.msg}`, at)];
  if (item.kind === 'text') return [{ kind: 'raw', form: 'text', text: item.text, at }];
  const dumps: Came[] = [];
  for (let from = 0; from < item.bytes.length; from += DUMP_BYTES)
    dumps.push(dump(item.bytes.subarray(from, from + DUMP_BYTES), at));
  return dumps;
}

function said(login: string, text: string, at: number): Came {
  return { kind: 'said', login, text, at, mine: false };
}

function dump(bytes: Uint8Array, at: number): Omit<Raw, 'id'> {
  return { kind: 'raw', form: 'bytes', text: hexDump(bytes), at };
}

/** An unfinished item is short: it is one entry. */
function provisional(item: RawItem, at: number): Came {
  if (item.kind === 'bytes') return { ...dump(item.bytes, at), isUnfinished: true };
  return { kind: 'raw', form: 'text', text: item.text, at, isUnfinished: true };
}

/** Puts an entry in the place of the unfinished one; null when there is none. It was news already. */
function replaceUnfinished(state: State, key: PrivateKey, entry: Came): State | null {
  const { log, login } = findPrivate(state, key)!;
  const entries = log.all;
  const index = entries.findLastIndex((one) => 'isUnfinished' in one && one.isUnfinished);
  const old = entries[index];
  if (!old) return null;
  const kept = markedEntry({ ...entry, id: old.id }, state.ignoreList, login);
  return patch(state, key, { log: new Log(entries.with(index, kept)) });
}

/** Adds an entry, or the rest of a line of raw text to the one before. */
function add(state: State, key: PrivateKey, entry: Came): State {
  const { log, login } = findPrivate(state, key)!;
  const entries = log.all;
  const last = entries.at(-1);
  // The id is given by the log.
  if (!last || !continues(last, entry))
    return addEntry(state, key, markedEntry({ ...entry, id: 0 }, state.ignoreList, login));
  return patch(state, key, {
    log: new Log(entries.with(-1, { ...last, text: last.text + entry.text, at: entry.at })),
  });
}

function continues(last: Entry, entry: Came): last is Raw {
  return (
    isText(last) &&
    isText(entry) &&
    !last.text.endsWith('\n') &&
    entry.at - last.at < ONE_LINE_MS &&
    last.text.length + entry.text.length <= ONE_LINE_LENGTH
  );
}

function isText<E extends Entry | Came>(entry: E): entry is Extract<E, { kind: 'raw' }> {
  return entry.kind === 'raw' && entry.form === 'text' && !entry.isUnfinished;
}
