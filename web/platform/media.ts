/** Media queries, as far as the browser has them. */

/** The answer to a media query; null where there is none. */
export function mediaQuery(query: string): MediaQueryList | null {
  return 'matchMedia' in globalThis ? matchMedia(query) : null;
}

/** Width from which the list of people has a place of its own beside the log. */
export const WIDE = '(min-width: 68.75rem)';

/** True where the list of people is shown unless that is not wanted. */
export function isWide(): boolean {
  return mediaQuery(WIDE)?.matches ?? false;
}

/** Width up to which only one pane fits: the list, or the conversation. */
export const NARROW = '(max-width: 45rem)';

/** True where one touches the screen, and most keyboards are on it: they have no Shift + Enter. */
export function isTouched(): boolean {
  return mediaQuery('(pointer: coarse)')?.matches ?? false;
}
