/** Texts as they are read out; pure. */
import type { LazyCatalogue } from '../i18n/catalogue.ts';
import { format, shownOf } from '../text/format.ts';

/** The part that is read out of a text that is too long: its first 200 characters. */
const TOO_LONG = /^.{200}(?=.)/su;
/** Of a quote: what is said about it comes behind it. */
const QUOTE_TOO_LONG = /^.{60}(?=.)/su;

/** A message as it is shown, and not too long of it: nobody wants to hear the signs of its formatting, but for those of a quote. */
export function readOut(text: string, { quoted }: LazyCatalogue['voice']): string {
  const shown = shownOf(format(text), (quote) => quoted(shorten(quote, QUOTE_TOO_LONG)));
  return shorten(shown.trim() || text);
}

/** A text that is not too long, else its beginning. */
export function shorten(text: string, tooLong = TOO_LONG): string {
  const start = tooLong.exec(text)?.[0];
  return start === undefined ? text : `${start}…`;
}
