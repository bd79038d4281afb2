import { day } from '../../i18n/day.ts';
import { useTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { useToday } from './use-today.ts';

/** Heading of what was said on one day. */
export function Day({ at }: { at: number }) {
  const { region } = useTools();
  // Today's lines are yesterday's tomorrow.
  useToday();
  const words = day(region, at);
  return (
    <h2 class="day">
      <FreshText>{words.charAt(0).toUpperCase() + words.slice(1)}</FreshText>
    </h2>
  );
}
