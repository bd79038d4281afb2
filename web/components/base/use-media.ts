/** Tells whether a media query matches, as in the style sheets. */
import { useEffect, useState } from 'preact/hooks';
import { mediaQuery, NARROW } from '../../platform/media.ts';

/** True while a media query matches. */
export function useMedia(media: string): boolean {
  const [query] = useState(() => mediaQuery(media));
  const [matches, setMatches] = useState(query?.matches ?? false);
  useEffect(() => {
    const update = () => setMatches(query?.matches ?? false);
    query?.addEventListener('change', update);
    return () => query?.removeEventListener('change', update);
  }, [query]);
  return matches;
}

/** True where only one pane fits: the list, or the conversation. */
export const useNarrow = () => useMedia(NARROW);
