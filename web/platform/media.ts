/** Media queries, as far as the browser has them. */

/** The answer to a media query; null where there is none. */
export function mediaQuery(query: string): MediaQueryList | null {
  return 'matchMedia' in globalThis ? matchMedia(query) : null;
}
