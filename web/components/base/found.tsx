import { useState } from 'preact/hooks';
import { useLazyTools } from './context.ts';
import { FreshText } from './fresh-text.tsx';
import { useTimer } from './use-timer.ts';

/** Time without another letter after which what is found is read out, in ms. */
export const TYPED_MS = 700;

interface Props {
  /** Number of names; null while nothing is sought. */
  count: number | null;
  /** Text that is sought: that there is none is said of each. */
  sought: string;
}

/** Number of names that a search has found, for a screen reader: others see them, or that there is none. */
export function Found({ count, sought }: Props) {
  const { people } = useLazyTools().text;
  const [typed, setTyped] = useState(sought);
  useTimer(typed !== sought, TYPED_MS, () => setTyped(sought), [sought]);
  // That there is none is seen at once.
  const isNew = typed !== sought && count !== 0;
  const words = count === null || isNew ? '' : count === 0 ? people.nobody : people.found(count);
  return (
    <p class={count === 0 ? 'note' : 'hidden'} role="status">
      {words && <FreshText key={count === 0 ? sought : ''}>{words}</FreshText>}
    </p>
  );
}
