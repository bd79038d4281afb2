/** Tells whether a media query matches, as in the style sheets. */
import { useEffect, useState } from 'preact/hooks';
import { mediaQuery, NARROW } from '../../platform/media.ts';

function useMedia(media: string): boolean {
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

/** True where the list of people lies over the conversation, and the inspector takes from its height. */
export const useOverlays = () => useMedia('(max-width: 64rem)');

/** True where the inspector has the whole window: a phone on its side. */
export const useFilled = () => useMedia('(max-height: 30rem) and (max-width: 64rem)');

/** True where the list of people and the inspector both stand beside the log, which has room for one of them. */
export const useOneBeside = () => useMedia('(min-width: 64.01rem) and (max-width: 100rem)');
