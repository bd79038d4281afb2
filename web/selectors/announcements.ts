/** Announcements to a screen reader, and their words; pure. */
import type { LookAlikes } from '../../shared/protocol/look-alikes.ts';
import type { LazyCatalogue, Catalogue } from '../i18n/catalogue.ts';
import type { Entry, Note } from '../state/entries.ts';
import { requestText, type Private } from '../state/private-state.ts';
import type { Conversation, State } from '../state/state.ts';
import { isOnIgnoreList } from '../state/ignore-list.ts';
import { fold } from '../text/fold.ts';
import { notSentInWords } from './not-sent-in-words.ts';
import { readOut, shorten } from './read-out.ts';
import { entriesAfter } from './entries-after.ts';
import { lookAlikesInWords } from './look-alikes.ts';
import { isSilenced } from './unread.ts';

/** Messages that are read out: all of the open conversation, only those meant for this person, or none. */
export const VOICES = ['all', 'mine', 'none'] as const;
export type Voice = (typeof VOICES)[number];

/** Most messages that are read out at once; of more, only the number is said. */
const READ_OUT = 3;
/** Anything in a text that can be read out: control characters cannot. */
const READABLE = /[^\p{C}\s]/u;
/** Most names in one announcement. */
const NAMED = 5;

/** Something new that may be announced. */
export interface News {
  /** The open conversation (`here`), or another one of this kind. */
  readonly where: 'here' | Conversation['kind'];
  /** `declined`: a request was refused here; `fate`: a message of ours was not sent, or perhaps not. */
  readonly kind: 'said' | 'notice' | 'request' | 'declined' | 'note' | 'fate';
  readonly login: string;
  readonly text: string;
  /** True for what is meant for this person. */
  readonly calls: boolean;
  /** The message of ours that a `fate` is one of. */
  readonly own?: string;
  /** Id of the line of raw text that this is, or goes on with. */
  readonly raw?: number;
}

/** Notes on what others did, or the network; and that a request was refused, since it only goes away then. */
const TOLD: readonly Note['note'][] = [
  'refused',
  'declined',
  'absent',
  'open',
  'they-ended',
  'closed',
  'lost',
  'page-ended',
  'lapsed',
  'asking-ended',
  'asked-ended',
];

/**
 * Finds what came to the conversations between two states of one visit, in order; what is silenced is left out, and how the
 * open conversation stands, which its heading says.
 */
export function newsSince(before: State, state: State, words: LazyCatalogue): News[] {
  if (before.conversations === state.conversations) return [];
  const earlier = new Map(before.conversations.map((one) => [one.key, one]));
  return state.conversations.flatMap((conversation) => {
    const then = earlier.get(conversation.key);
    // A request is heard once its author is ignored no more.
    if (then === conversation && before.ignoreList === state.ignoreList) return [];
    const where =
      state.active === conversation.key && state.pane === 'conversation' ? 'here' : conversation.kind;
    const added = entriesAfter(before.nextId - 1, conversation.log.all);
    const news = [...grownSince(then, conversation), ...added].flatMap((entry) => {
      const one = newsOf(entry, conversation, where, words);
      return one && !(where === 'here' && one.kind === 'note') ? [one] : [];
    });
    if (where !== 'here' && isRequestHeard(conversation, state) && !(then && isRequestHeard(then, before)))
      news.push({
        where,
        kind: 'request',
        login: conversation.login,
        text: words.private[requestText(conversation)](conversation.login),
        calls: true,
      });
    // One's own answer is heard, whomever it goes to; and who has opened a muted conversation hears what is said to them.
    const heard = news.filter(
      ({ login, kind, calls: isMeant }) =>
        kind === 'notice' ||
        kind === 'declined' ||
        (where === 'here' && isMeant
          ? !isOnIgnoreList(state, login)
          : !isSilenced(state, conversation, login)),
    );
    return [...heard, ...fatesSince(then, conversation, where, words)];
  });
}

/**
 * Finds what has ended with the page as it was before a reload, in the state that this has left: requests for private
 * connections, and those that were open. How the open conversation stands its heading says.
 */
export function endedByReload(state: State, words: LazyCatalogue): News[] {
  if (state.lostAt === null) return [];
  return state.conversations.flatMap((one) => {
    const last = one.log.all.at(-1);
    const isEnded = one.kind === 'private' && last?.kind === 'note' && last.at === state.lostAt;
    if (!isEnded || one.key === state.active || isSilenced(state, one, one.login)) return [];
    return newsOf(last, one, 'private', words) ?? [];
  });
}

/** Finds what came raw over a private connection last, and has become something where it stands; of a line that goes on, its rest. */
function grownSince(then: Conversation | undefined, { log }: Conversation): readonly Entry[] {
  if (then?.kind !== 'private') return [];
  const old = then.log.all.findLast((entry) => entry.kind === 'raw');
  const now = log.all.findLast(({ id }) => id === old?.id);
  if (!old || !now || now === old) return [];
  if (now.kind !== 'raw') return [now];
  if (now.isUnfinished) return [];
  const text = old.isUnfinished ? now.text : now.text.slice(old.text.length);
  // The end of a line says nothing more.
  return text.trim() === '' ? [] : [{ ...now, text }];
}

/** Adds to news what came since: the rest of a line to its beginning, when that has not been read out yet. */
export function joinNews(news: readonly News[], more: readonly News[]): readonly News[] {
  const [last, first] = [news.at(-1), more[0]];
  if (first?.raw === undefined || first.raw !== last?.raw) return [...news, ...more];
  return [...news.slice(0, -1), { ...last, text: last.text + first.text }, ...more.slice(1)];
}

/** The messages of ours that have failed. */
function fatesSince(
  then: Conversation | undefined,
  now: Conversation,
  where: News['where'],
  { log }: LazyCatalogue,
): News[] {
  if (then?.outgoing === now.outgoing) return [];
  const login = now.kind === 'room' ? '' : now.login;
  const before = new Map(then?.outgoing.map(({ id, state }) => [id, state] as const));
  return now.outgoing.flatMap(({ id, state, reason, text: own }) => {
    if ((state !== 'not-sent' && state !== 'unconfirmed') || before.get(id) === state) return [];
    const text = state === 'unconfirmed' ? log.unconfirmed : notSentInWords(reason, login, log);
    return [{ where, kind: 'fate' as const, login, text, own, calls: true }];
  });
}

function isRequestHeard(one: Conversation, state: State): one is Private {
  return one.kind === 'private' && one.asked && !isSilenced(state, one, one.login);
}

function newsOf(
  entry: Entry,
  conversation: Conversation,
  where: News['where'],
  words: LazyCatalogue,
): News | null {
  const other = conversation.kind === 'room' ? '' : conversation.login;
  if (entry.kind === 'notice') return { where, kind: 'notice', login: '', text: entry.text, calls: true };
  // Messages from before this person came are no news.
  if (entry.kind === 'said' && !entry.mine && !entry.early) {
    const calls = conversation.kind !== 'room' || entry.mention === true;
    return { where, kind: 'said', login: entry.login, text: entry.text, calls };
  }
  if (entry.kind === 'raw') {
    // The beginning of a command is control characters for the most part.
    const { unfinished, bytes } = words.private;
    const isText = entry.form === 'text' && !entry.isUnfinished && READABLE.test(entry.text);
    const text = isText ? entry.text : entry.isUnfinished ? unfinished : bytes;
    return { where, kind: 'said', login: other, text, calls: true, ...(isText && { raw: entry.id }) };
  }
  if (entry.kind !== 'note' || !TOLD.includes(entry.note)) return null;
  const note = words.private[entry.note];
  const text = typeof note === 'string' ? note : note(entry.login);
  const kind = entry.note === 'declined' ? 'declined' : 'note';
  return { where, kind, login: entry.login, text, calls: true };
}

/** Texts that announcements are put together with. */
export interface Phrases {
  readonly text: Catalogue;
  readonly lazy: LazyCatalogue;
  /** Joins names to a list, as the language does. */
  readonly list: (names: readonly string[]) => string;
  /** Those who can be taken for somebody else: what names them says so first. */
  readonly alike: LookAlikes;
}

/** Puts news into words, as one announcement each: few are read out, of many the number is said, and who calls. */
export function announce(news: readonly News[], voice: Voice, phrases: Phrases): string[] {
  // The choice is one of messages: a request waits for an answer, and a message that one has written oneself may be lost.
  const isHeard = ({ where, kind, calls }: News) =>
    kind !== 'said' || (voice !== 'none' && (calls || (voice === 'all' && where === 'here')));
  const heard = news.filter(isHeard);
  const isHere = ({ where, kind }: News) => where === 'here' && kind === 'said';
  const here = heard.filter(isHere);
  const others = heard.filter((one) => !isHere(one));
  // In their order: of too many, what is said in short stands where the first of them would.
  const lines = heard.flatMap((one) => {
    const similar = isHere(one) ? here : others;
    if (similar.length <= READ_OUT) return [inWords(one, phrases, similar)];
    if (one !== similar[0]) return [];
    return similar === here ? [inNumbers(here, phrases)] : inShort(others, phrases);
  });
  const named = heard.map(({ login }) => login);
  return withLookAlikes(lines, named, phrases);
}

/** Lines that are said, behind the marks of those who can be taken for somebody else, if they are named in one. */
export function withLookAlikes(
  lines: readonly string[],
  logins: readonly string[],
  { alike, lazy }: Pick<Phrases, 'alike' | 'lazy'>,
): string[] {
  const named = logins.filter((login) => lines.some((line) => line.includes(login)));
  return [...lookAlikesInWords(named, alike, lazy), ...lines];
}

/** @param among news that is said with it: of messages of which the same is to be said, their own words say which they are */
function inWords({ where, kind, login, text, own }: News, phrases: Phrases, among: readonly News[] = []) {
  const { text: first, lazy } = phrases;
  if (kind === 'request' || kind === 'declined') return text;
  if (kind === 'notice') return `${lazy.log.notice} ${shorten(text)}`;
  if (kind === 'fate') {
    const same = among.filter((one) => one.own !== undefined && one.login === login && one.text === text);
    const fate = own && same.length > 1 ? `${text} ${readOut(own, lazy.voice)}` : text;
    return where === 'here' || !login ? fate : first.list.last(login, fate);
  }
  const who = heardName(login, phrases);
  const short = kind === 'said' ? readOut(text, lazy.voice) : shorten(text);
  if (kind === 'note') return lazy.voice.private(who, short);
  if (where === 'here') return authorSays(login, short, phrases);
  return lazy.voice[where](where === 'room' ? firstName(login, phrases) : who, short);
}

/** A name as it is read out before what its bearer says: one that could be taken for words of the page is said to be a name. */
function heardName(login: string, { text: { list }, lazy }: Pick<Phrases, 'text' | 'lazy'>): string {
  const { notice } = lazy.log;
  const { direct, private: secret, room, callers, called } = lazy.voice;
  const own = [notice, list.room, direct('', ''), secret('', ''), room('', ''), callers('')];
  const letters = soundOf(login);
  // As the whole of a name: Youssef is nobody's `you`.
  const isOwn = letters === soundOf(lazy.list.you) || own.some((words) => letters.includes(soundOf(words)));
  return isOwn ? called(login) : login;
}

/** A message as it is told: behind the name of its author. */
export function authorSays(login: string, words: string, phrases: Pick<Phrases, 'text' | 'lazy'>): string {
  return phrases.text.list.last(firstName(login, phrases), words);
}

/** A name as it is read out at the beginning of an announcement: what the page puts before it begins with a capital. */
function firstName(login: string, phrases: Pick<Phrases, 'text' | 'lazy'>): string {
  const name = heardName(login, phrases);
  return name === login ? name : name.charAt(0).toUpperCase() + name.slice(1);
}

/** Letters of a text, as they sound: nobody hears what stands between them. */
function soundOf(text: string): string {
  return fold(text).replace(/\P{L}/gu, '');
}

/** The number of messages of the open conversation, and who of their authors calls this person. */
function inNumbers(news: readonly News[], { lazy, list }: Phrases): string {
  const count = lazy.log.newMessages(news.length);
  const callers = new Set(news.filter(({ calls }) => calls).map(({ login }) => login));
  const authors = new Set(news.map(({ login }) => login));
  // In a conversation of two, everything is meant for this person.
  if (callers.size === 0 || (authors.size === 1 && news.every(({ calls }) => calls))) return count;
  return `${count}. ${lazy.voice.callers(list(named([...callers], lazy)))}`;
}

/** Many calls from elsewhere: a line for messages, one for requests, and one for what became of others; what the server says is read out. */
function inShort(news: readonly News[], phrases: Phrases): string[] {
  const { voice } = phrases.lazy;
  const from = (kinds: readonly News['kind'][], words: (count: number, names: string) => string) => {
    const these = news.filter(({ kind }) => kinds.includes(kind));
    if (these.length <= 1) return these.map((one) => inWords(one, phrases));
    const logins = [...new Set(these.map(({ login }) => login))];
    return [words(these.length, phrases.list(named(logins, phrases.lazy)))];
  };
  const notices = news.filter(({ kind }) => kind === 'notice').slice(-READ_OUT);
  const fates = news.filter(({ kind }) => kind === 'fate');
  return [
    ...from(['said'], voice.elsewhere),
    ...from(['request'], voice.requests),
    // An answer of this person is no news of the others.
    ...from(['declined'], (_count, names) => phrases.lazy.private.declined(names)),
    ...from(['note'], voice.changes),
    ...[...new Set(fates.map((one) => inWords(one, phrases)))].slice(0, READ_OUT),
    ...notices.map((one) => inWords(one, phrases)),
  ];
}

function named(logins: readonly string[], { voice }: LazyCatalogue): readonly string[] {
  const rest = logins.length - NAMED;
  return rest > 1 ? [...logins.slice(0, NAMED), voice.more(rest)] : logins;
}
