/** Selects what of a conversation is saved as text, under its title, and in which form; what is copied has it as well. */
import { loginKey } from '../../shared/protocol/login.ts';
import type { LookAlikes } from '../../shared/protocol/look-alikes.ts';
import type { Entry, Gap, Note, Outgoing } from '../state/entries.ts';
import type { Conversation } from '../state/state.ts';

interface ConversationWords extends TranscriptWords {
  /** Sentence by which a gap is told. */
  readonly gap: (gap: Gap) => string;
  /** Sentence by which it is told that older entries were let go. */
  readonly letGo: string;
  /** Sentence by which a note on a private connection is told. */
  readonly note: (note: Note) => string;
  /** Sentence by which it is told who left, of their names. */
  readonly left: (names: string) => string;
  /** Sentence by which it is told who of them came back. */
  readonly joined: (names: string) => string;
  /** Words before the author of a message of ours that was not sent, or perhaps did not arrive. */
  readonly fates: Readonly<Record<Fate, string>>;
}

type Fate = 'not-sent' | 'unconfirmed';

/**
 * The conversation as text under its title, messages that are not delivered at its end; empty when nothing was written. Gaps,
 * what was let go, and where a private connection began and ended are lines of it, so that nobody takes it for all that was
 * said, or for one connection; nor does what may not have arrived look like what did. That somebody who had spoken left, or came
 * back, is one, too, and another who has a name that was ours is marked: whoever speaks next under a name need not be the same.
 */
export function transcriptOf(conversation: Conversation, words: ConversationWords, title: string): string {
  const all: readonly (Entry | Outgoing)[] = [...conversation.log.all, ...conversation.outgoing];
  if (!all.some((entry) => 'text' in entry)) return '';
  const own = all.flatMap((entry) => ('mine' in entry && entry.mine ? [loginKey(entry.login)] : []));
  const alike = new Map([...(words.alike ?? []), ...own.map((key) => [key, null] as const)]);
  const authors = new Set<string>();
  const departed = new Set<string>();
  const written = all.flatMap((entry): Transcribed | Transcribed[] => {
    if ('left' in entry) {
      const gone = entry.left.filter((login) => conversation.kind !== 'room' || authors.has(loginKey(login)));
      for (const login of gone) departed.add(loginKey(login));
      const back = entry.joined.filter((login) => departed.delete(loginKey(login)));
      const line = (logins: readonly string[], sentence: (names: string) => string): Transcribed[] => {
        const names = logins.map((login) => marked(login, alike)).join(', ');
        return names ? [{ kind: 'gap', at: entry.at, text: sentence(names) }] : [];
      };
      return [...line(gone, words.left), ...line(back, words.joined)];
    }
    if ('mine' in entry) authors.add(loginKey(entry.login));
    if ('mark' in entry && entry.mark === 'let-go') return { kind: 'gap', at: entry.at, text: words.letGo };
    if ('note' in entry) return { kind: 'gap', at: entry.at, text: words.note(entry) };
    if ('from' in entry) return entry.isFilled ? {} : { kind: 'gap', at: entry.to, text: words.gap(entry) };
    const fate = fateOf(entry);
    return fate ? { ...entry, fate: words.fates[fate] } : entry;
  });
  return `# ${title}\n${transcript(written, { ...words, alike })}`;
}

function fateOf(entry: Entry | Outgoing): Fate | null {
  if ('state' in entry) return ['waiting', 'not-sent'].includes(entry.state) ? 'not-sent' : 'unconfirmed';
  return 'perhaps' in entry && entry.perhaps ? 'unconfirmed' : null;
}

/** Title of what is saved: a person may have a direct conversation and a private connection, and look like another. */
export function titleOf(
  conversation: Conversation,
  { room, secret, alike }: { room: string; secret: string; alike: LookAlikes },
): string {
  if (conversation.kind === 'room') return room;
  const { login, kind } = conversation;
  const name = marked(login, alike);
  return kind === 'direct' ? name : `${name} (${secret})`;
}

/** A name, with the page's mark where it can be taken for another. */
function marked(login: string, alike: LookAlikes | undefined): string {
  return `${login}${alike?.has(loginKey(login)) ? ' ≈' : ''}`;
}

/** As much of an entry, or of a message of ours that is not delivered, as is written; entries without a text are not. */
interface Transcribed {
  readonly kind?: string;
  readonly at?: number;
  readonly login?: string;
  readonly mine?: boolean;
  readonly text?: string;
  /** Words that stand before its author. */
  readonly fate?: string;
}

interface TranscriptWords {
  /** Own login: the author of what is not delivered yet. */
  readonly self: string;
  /** Author of a notice of the operator. */
  readonly notice: string;
  /** Those who can be taken for somebody else. Not given for what is copied: it goes where its reader chooses, with names as they are. */
  readonly alike?: LookAlikes;
}

/** A conversation as text, a line for each message: `[2026-11-26 13:56] bob: text`, in the time of this device. */
export function transcript(entries: readonly Transcribed[], words: TranscriptWords): string {
  return entries.flatMap((entry) => lineOf(entry, words, dayAndClock) ?? []).join('\n') + '\n';
}

/** A message as it is copied among others: `[13:56] bob: text`. Null for an entry without a text. */
export function copiedLine(entry: Transcribed, words: TranscriptWords): string | null {
  return lineOf(entry, words, clock);
}

/** Further lines of a message are set in, so that nobody writes a line of somebody else. */
function lineOf(entry: Transcribed, words: TranscriptWords, stamp: (at: number) => string): string | null {
  const { at, text } = entry;
  if (at === undefined || text === undefined) return null;
  return `[${stamp(at)}] ${authorOf(entry, words)}${text}`.replace(LINE_END, '$&  ');
}

/** Ends of lines, for any editor. */
const LINE_END = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;

/**
 * Author, as written before a text, with the page's mark for somebody who can be taken for another; none for what the page
 * says, nor for notices and raw data, which have lines of their own.
 */
function authorOf(
  { kind, login, mine, fate }: Transcribed,
  { self, notice, alike }: TranscriptWords,
): string {
  // Behind an end of line, as no message begins: anybody may be called `From the server`.
  if (kind === 'notice') return `\n${notice} `;
  if (kind === 'raw') return '\n';
  if (kind === 'gap') return '';
  const author = mine || login === undefined ? (login ?? self) : marked(login, alike);
  return `${fate ? `${fate} ` : ''}${author}: `;
}

/** Hours and minutes in the same form everywhere: `13:56`. */
function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 5);
}

function dayAndClock(at: number): string {
  return `${dateOf(at)} ${clock(at)}`;
}

/** A day in the form that sorts: `2026-11-26`. */
export function dateOf(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
