import { day } from '../../i18n/day.ts';
import { useTools } from '../base/context.ts';
import { Live } from '../base/live.tsx';
import { useToday } from './use-today.ts';

/** Heading of what was said on one day. */
export function Day({ at }: { at: number }) {
  const { region } = useTools();
  // Today's lines are yesterday's tomorrow.
  useToday();
  const words = day(region, at);
  return (
    <h2 class="day">
      <Live>{words.charAt(0).toUpperCase() + words.slice(1)}</Live>
    </h2>
  );
}
