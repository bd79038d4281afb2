import { useEffect, useState } from 'preact/hooks';
import { day } from '../../i18n/day.ts';
import { useTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';

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

/** Longest wait until the clock is read again, in ms: a timer does not count the time that a device sleeps. */
const TICK_MS = 60_000;

/** The day on this device; the view is shown anew when it changes. */
export function useToday(): string {
  const [ticks, setTicks] = useState(0);
  useEffect(() => {
    const untilMidnight = new Date().setHours(24, 0, 0, 0) - Date.now();
    const timer = setTimeout(() => setTicks(ticks + 1), Math.min(untilMidnight, TICK_MS));
    return () => clearTimeout(timer);
  }, [ticks]);
  return new Date().toDateString();
}
