/** What the browser says of its screen, as far as it does. */

/** The answer to a media query; null where there is none. */
export function mediaQuery(query: string): MediaQueryList | null {
  return 'matchMedia' in globalThis ? matchMedia(query) : null;
}
