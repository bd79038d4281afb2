/**
 * Everything that a screen reader is told by itself, as one queue in the order of events; without the browser. A page that
 * nobody looks at is not read out: what came meanwhile is told in short once somebody looks again.
 */
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import {
  announce,
  endedByReload,
  joinNews,
  newsSince,
  withLookAlikes,
} from '../../selectors/announcements.ts';
import { ignoredInWords } from '../../selectors/ignored-in-words.ts';
import type { News, Phrases, Voice } from '../../selectors/announcements.ts';
import type { Gap } from '../../state/entries.ts';
import { isHere } from '../../state/presence.ts';
import { activeConversation, type ConversationKey, type Link, type State } from '../../state/state.ts';
import { linkNoteInWords } from '../log/link-banner.tsx';
import { headingInWords, headingOf, type Heading } from '../private/private.tsx';

/** Messages that come within this time are announced together, in ms: a screen reader has to keep up. */
export const BATCH_MS = 1_500;
/** Time, in ms, that a passing stage is withheld: what follows it within a round trip takes its place. */
export const SETTLE_MS = 500;

/** Something to say: news, of which many are said in short, or words as they are. */
type Item =
  | { readonly news: readonly News[] }
  | { readonly words: readonly string[]; readonly isPassing: boolean }
  /** Something may be missing in a conversation, unless it comes until this is said. */
  | { readonly gap: Gap; readonly of: ConversationKey }
  /** There was no connection from the beginning, unless there is one until this is said: most reloads are short. */
  | 'cut off';

/** Texts, and how to say them, as they are chosen at the time. */
export interface Speech {
  readonly phrases: Phrases;
  /** Regional form of the language (`en-GB`). */
  readonly region: string;
  readonly voice: Voice;
}

export class AnnouncementQueue {
  readonly #say: (lines: readonly string[]) => void;
  readonly #speech: () => Speech;
  #before: State;
  /** At first without words: who comes back to a private connection, as after a reload, hears how it stands. */
  #heading: Heading = { stage: '', left: '' };
  /** Texts that it was put into words by. */
  #words: LazyCatalogue | undefined;
  /** Connection from the beginning on; once it is there, what ended with a reload is said behind that. */
  #beginning: 'unheard' | 'cut off' | 'over' = 'unheard';
  #isHeard: boolean;
  #queue: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;

  /** @param before what was there already, and is not told */
  constructor(before: State, say: (lines: readonly string[]) => void, speech: () => Speech) {
    this.#before = before;
    this.#isHeard = before.visible;
    this.#say = say;
    this.#speech = speech;
  }

  /** Takes in what an event has made of the state: each one, in order; those that nobody looks at as one, afterwards. */
  hear(state: State): void {
    const isBack = state.visible && !this.#isHeard;
    this.#isHeard = state.visible;
    if (!state.visible) return;
    // The screen reader names the page first.
    if (isBack) this.#sayWithin(BATCH_MS);
    const before = this.#before;
    const { phrases, region } = this.#speech();
    const { lazy } = phrases;
    this.#before = state;
    if (this.#beginning === 'unheard' && isCutOff(before) && isCutOff(state)) {
      this.#queue.push('cut off');
      this.#sayWithin(BATCH_MS);
    }
    this.#addNews(newsSince(before, state, lazy));
    const { linkNote } = state;
    this.#addWords([
      ...linkInWords(linkOf(before), linkOf(state), lazy.link),
      ...(linkNote && linkNote !== before.linkNote ? [linkNoteInWords(linkNote, region, lazy.link)] : []),
      ...ignoredInWords(before, state, lazy),
    ]);
    // That the page is connected again is not to be taken for a private connection that came to its end with a reload.
    this.#addHeading(before, state, phrases);
    this.#addWords(presenceInWords(before, state, lazy));
    if (this.#beginning !== 'over' && !isCutOff(state)) this.#addNews(endedByReload(before, lazy));
    if (this.#beginning !== 'over') this.#beginning = isCutOff(state) ? 'cut off' : 'over';
    this.#addGap(before, state);
  }

  /** Forgets what is not said yet. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
  }

  #addNews(news: readonly News[]): void {
    if (news.length === 0) return;
    const last = this.#queue.at(-1);
    if (typeof last === 'object' && 'news' in last)
      this.#queue[this.#queue.length - 1] = { news: joinNews(last.news, news) };
    else this.#queue.push({ news });
    this.#sayWithin(BATCH_MS);
  }

  #addWords(words: readonly string[], isPassing = false): void {
    if (words.length === 0) return;
    this.#queue.push({ words, isPassing });
    this.#sayWithin(isPassing ? SETTLE_MS : 0);
  }

  /** Adds what the heading says: all of it to one who comes there, later only what has become of it. */
  #addHeading(before: State, state: State, phrases: Phrases): void {
    const { lazy } = phrases;
    // The same in another language is no news.
    if (this.#words !== lazy && this.#heading.stage !== '') this.#heading = headingNow(before, lazy);
    this.#words = lazy;
    const was = this.#heading;
    const isSame = before.active === state.active;
    const isThere = isSame && was.stage !== '';
    // Not yet what came to its end with a reload, see above.
    if (this.#beginning !== 'over' && isCutOff(state) && isSame && !isThere) return;
    const open = activeConversation(state);
    const now = headingNow(state, lazy);
    // A page that is cut off does not know who is here: nobody has come back, to leave once more.
    const left = isThere && !state.synced ? was.left : now.left;
    this.#heading = { stage: now.stage, left };
    if (open.kind !== 'private') return;
    const isNew = !isThere || now.stage !== was.stage;
    // A heading also leaves out that they are away where something says more: a request to somebody who is.
    const isBack = isThere && now.stage !== '' && left === '' && isHere(state, open.login);
    const presence = isBack ? lazy.people.joined(open.login) : left;
    const words = headingInWords({
      stage: isNew ? now.stage : '',
      left: isThere && left === was.left ? '' : presence,
    });
    if (words === '') return;
    const isPassing = open.stage === 'waiting' || open.stage === 'ending';
    if (isSame && isNew)
      this.#queue = this.#queue.filter((item) => item === 'cut off' || !('words' in item && item.isPassing));
    this.#addWords(withLookAlikes([words], [open.login], phrases), isPassing && isSame);
  }

  /** Adds that something may be missing in the room, and where one reads, when the connection is back and was not resumed. */
  #addGap(before: State, state: State): void {
    if (before.phase === state.phase) return;
    for (const of of new Set<ConversationKey>(['room', state.active])) {
      const gap = gapOf(state, of);
      if (!gap || gap === gapOf(before, of)) continue;
      this.#queue.push({ gap, of });
      this.#sayWithin(BATCH_MS);
    }
  }

  #sayWithin(ms: number): void {
    if (ms === 0) return this.#sayAll();
    const due = Date.now() + ms;
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#sayAll(), ms);
  }

  #sayAll(): void {
    clearTimeout(this.#timer);
    this.#due = Infinity;
    // The rest is told together with what comes meanwhile.
    if (!this.#isHeard) return;
    const { voice, phrases } = this.#speech();
    const items = this.#queue;
    this.#queue = [];
    this.#say(
      items.flatMap((item) => {
        if (item === 'cut off') return linkOf(this.#before) === 'lost' ? [phrases.lazy.link.lost] : [];
        if ('news' in item) return announce(item.news, voice, phrases);
        if ('words' in item) return item.words;
        return isFilled(item.gap, this.#before) ? [] : [mayMissInWords(item.of, this.#before, phrases)];
      }),
    );
  }
}

/** The gap that a conversation ends with, if it does, and something may be missing. */
function gapOf({ conversations }: State, of: ConversationKey): Gap | undefined {
  const { all = [] } = conversations.find(({ key }) => key === of)?.log ?? {};
  const last = all.findLast(({ kind }) => kind !== 'presence');
  return last?.kind === 'gap' && !last.isOver ? last : undefined;
}

/** True once what was said in a gap has come. */
function isFilled({ id }: Gap, { conversations: [room] }: State): boolean {
  return room.log.all.some((entry) => entry.id === id && entry.kind === 'gap' && entry.isFilled);
}

/** Says that something may be missing in a conversation, by its name to one who is elsewhere. */
function mayMissInWords(
  of: ConversationKey,
  { active, pane, conversations }: State,
  { text: { list }, lazy: { log } }: Phrases,
): string {
  if (active === of && pane === 'conversation') return log.mayMiss;
  const one = conversations.find(({ key }) => key === of);
  return list.last(one && one.kind !== 'room' ? one.login : list.room, log.mayMiss);
}

/** Heading of the open private connection; without words for another conversation, or while the list is in its place. */
function headingNow(state: State, lazy: LazyCatalogue): Heading {
  const open = activeConversation(state);
  const isShown = open.kind === 'private' && state.pane === 'conversation';
  return isShown ? headingOf(open, state, lazy.private) : { stage: '', left: '' };
}

/** Says that the other of the open direct conversation has left, or is back, as its heading does. */
function presenceInWords(before: State, state: State, { direct, people }: LazyCatalogue): string[] {
  const open = activeConversation(state);
  if (open.kind !== 'direct' || state.pane !== 'conversation' || before.active !== state.active) return [];
  const isBack = isHere(state, open.login);
  // A page that is cut off does not know.
  if (!before.synced || !state.synced || isHere(before, open.login) === isBack) return [];
  return [isBack ? people.joined(open.login) : direct.absent(open.login)];
}

/** State of the connection, in words; null for one who is out, as the join screen says. */
function linkOf({ phase }: State): Link | null {
  return phase.kind === 'inside' ? phase.link : null;
}

/** True for one who is in without a connection. */
function isCutOff(state: State): boolean {
  const link = linkOf(state);
  return link === 'lost' || link === 'name-held';
}

/** Says how the connection stands, when it has changed. That it is back may have passed while nobody looked. */
function linkInWords(before: Link | null, now: Link | null, words: LazyCatalogue['link']): string[] {
  if (before === now || now === null || (now === 'up' && before !== 'lost' && before !== 'name-held'))
    return [];
  return [words[now === 'up' ? 'back' : now]];
}
