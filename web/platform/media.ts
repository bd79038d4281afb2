/** Media queries, as far as the browser has them. */

/** The answer to a media query; null where there is none. */
export function mediaQuery(query: string): MediaQueryList | null {
  return 'matchMedia' in globalThis ? matchMedia(query) : null;
}

/** True where one touches the screen, and most keyboards are on it: they have no Shift + Enter. */
export function isTouched(): boolean {
  return mediaQuery('(pointer: coarse)')?.matches ?? false;
}
