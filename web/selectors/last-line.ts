/** The last that was said in a conversation, as one line of the list. */
import type { Conversation } from '../state/state.ts';
import { format, shownOf } from '../text/format.ts';
import { authorSays, type Phrases } from './announcements.ts';

/** Most of a text that is looked at, in UTF-16 units: one line shows less. */
const UNITS = 200;

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

/** A text as one line, without the signs of its formatting. */
export function plainLine(text: string): string {
  const lines = text.slice(0, UNITS).toWellFormed().split('\n');
  const shown = lines.filter((line) => !line.startsWith('```')).map((line) => shownOf(format(line)));
  return shown.join(' ').trim();
}
