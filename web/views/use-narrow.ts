/** Whether only one pane fits, as in the style sheets. */
import { useEffect, useState } from 'preact/hooks';

const NARROW = '(max-width: 45rem)';

export function useNarrow(): boolean {
  const [query] = useState(() => matchMedia(NARROW));
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const look = () => setNarrow(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, [query]);
  return narrow;
}
