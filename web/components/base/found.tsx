import { useLazyTools } from './lazy-tools.ts';
import { FreshLine } from './fresh-line.tsx';
import { say } from './live-region.tsx';
import { useTimer } from './use-timer.ts';

/** Time without another letter after which what is found is read out, in ms. */
export const TYPED_MS = 700;

interface Props {
  /** Number of names; null while nothing is sought. */
  count: number | null;
  /** Text that is sought: what it has found is said of each. */
  sought: string;
  /** Words to say instead, and to show. */
  instead?: string | undefined;
}

/** Number of names that a search has found, for a screen reader; that there is none is seen, too, and at once. */
export function Found({ count, sought, instead }: Props) {
  const { people } = useLazyTools().text;
  const shown = instead ?? (count === 0 ? people.nobody : '');
  const words = shown || (count === null ? '' : people.found(count));
  // The announcer speaks: a region of its own would at each letter.
  useTimer(words !== '', TYPED_MS, () => say([words]), [sought]);
  return shown ? <FreshLine class="note">{shown}</FreshLine> : null;
}
