import { useLazyTools } from './context.ts';
import { FreshText } from './fresh-text.tsx';

/** Number of names that a search has found, for a screen reader: others see them, or that there is none. Null while nothing is sought. */
export function Found({ count }: { count: number | null }) {
  const { people } = useLazyTools().text;
  const words = count === null ? '' : count === 0 ? people.nobody : people.found(count);
  return (
    <p class={count === 0 ? 'note' : 'hidden'} role="status">
      {words && <FreshText>{words}</FreshText>}
    </p>
  );
}
