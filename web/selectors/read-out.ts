/** Texts as they are read out, or notified; pure. */
import { format, shownOf } from '../text/format.ts';

/** The part that is read out, or notified, of a text that is too long: its first 200 characters. */
const TOO_LONG = /^.{200}(?=.)/su;

/** A message as it is shown, and not too long of it: nobody wants to hear the signs of its formatting. */
export function readOut(text: string): string {
  return shorten(shownOf(format(text)).trim() || text);
}

/** A text that is not too long, else its beginning. */
export function shorten(text: string): string {
  const start = TOO_LONG.exec(text)?.[0];
  return start === undefined ? text : `${start}…`;
}
