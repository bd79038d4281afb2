/** The day on this device, as it changes. */
import { useEffect, useState } from 'preact/hooks';

/** Longest wait until the clock is read again, in ms: a timer does not count the time that a device sleeps. */
const TICK_MS = 60_000;

export function useToday(): string {
  const [ticks, setTicks] = useState(0);
  useEffect(() => {
    const untilMidnight = new Date().setHours(24, 0, 0, 0) - Date.now();
    const timer = setTimeout(() => setTicks(ticks + 1), Math.min(untilMidnight, TICK_MS));
    return () => clearTimeout(timer);
  }, [ticks]);
  return new Date().toDateString();
}
