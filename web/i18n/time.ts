/**
 * Times as people read them, in the form of their region. The protocol carries none: these are this device's. Those of texts
 * that are copied and saved are of one form everywhere (`web/selectors/transcript.ts`).
 */
import { languageOf, type Locale } from './catalogue.ts';

/** The preferred regional form of a language (`en-GB` of `en`), where times are written as there. */
export function regionOf(locale: Locale, preferred: readonly string[]): string {
  return preferred.find((tag) => languageOf(tag) === locale && isUsable(tag)) ?? locale;
}

/**
 * Some browsers give what the system has, as in `en-US@posix`: no such form, and `Intl` throws at it. The tag is only
 * read: to ask which languages are supported loads all of them, before the name field is there.
 */
function isUsable(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A format of a region, kept under its `name`. */
export function format(
  region: string,
  name: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${region} ${name}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(region, options)));
  return found;
}

/** Hours and minutes. */
export function clock(region: string, at: number): string {
  return format(region, 'clock', { timeStyle: 'short' }).format(at);
}

/** The whole date and time, to the second. */
export function exact(region: string, at: number): string {
  return format(region, 'exact', { dateStyle: 'full', timeStyle: 'medium' }).format(at);
}
