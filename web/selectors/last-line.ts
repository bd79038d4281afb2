/** The last that was said in a conversation, as one line of the list. */
import type { Conversation } from '../state/state.ts';
import { format, shownOf } from '../text/format.ts';
import { authorSays, type Phrases } from './announcements.ts';

/** Most of a text that is looked at, in UTF-16 units: one line shows less. */
const UNITS = 200;
/** Line that begins or ends a block of code, and one that quotes somebody else. */
const FENCE = /^```/;
const QUOTE = /^> /;

/** Words of the last message or notice, and whose they are: in the room, another's need a mark when they can be taken for somebody else. */
interface LastLine {
  readonly line: string;
  /** Login of the other person who says it; empty for one's own and those of the server. */
  readonly login: string;
}

/** Returns the last line; null when nothing was said. In a direct conversation only two can speak: the other needs no name. */
export function lastLineOf(
  { log, kind }: Conversation,
  phrases: Pick<Phrases, 'text' | 'lazy'>,
): LastLine | null {
  const last = log.all.findLast((entry) => entry.kind === 'said' || entry.kind === 'notice');
  if (last?.kind !== 'said' && last?.kind !== 'notice') return null;
  const { lazy } = phrases;
  // A notice is shown as it is written.
  if (last.kind === 'notice')
    return { line: `${lazy.log.notice} ${last.text.slice(0, UNITS).toWellFormed()}`, login: '' };
  const text = plainLine(last.text) || last.text;
  if (last.mine) return { line: phrases.text.list.last(lazy.list.you, text), login: '' };
  return { line: kind === 'room' ? authorSays(last.login, text, phrases) : text, login: last.login };
}

/** A text as one line, without the signs of its formatting, and without quotes where it has words of its own. */
export function plainLine(text: string): string {
  const written = text.split('\n').filter((line) => !FENCE.test(line));
  const own = written.filter((line) => !QUOTE.test(line));
  const lines = own.some((line) => line.trim() !== '') ? own : written;
  const start = lines.join('\n').slice(0, UNITS).toWellFormed().split('\n');
  return start
    .map((line) => shownOf(format(line)))
    .join(' ')
    .trim();
}
