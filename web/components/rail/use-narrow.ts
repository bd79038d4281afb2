/** Tells whether only one pane fits, as in the style sheets. */
import { useEffect, useState } from 'preact/hooks';
import { mediaQuery } from '../../platform/media.ts';

const NARROW = '(max-width: 45rem)';

export function useNarrow(): boolean {
  const [query] = useState(() => mediaQuery(NARROW));
  const [narrow, setNarrow] = useState(query?.matches ?? false);
  useEffect(() => {
    const update = () => setNarrow(query?.matches ?? false);
    query?.addEventListener('change', update);
    return () => query?.removeEventListener('change', update);
  }, [query]);
  return narrow;
}
