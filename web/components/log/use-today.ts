/** The day on this device, as it changes. */
import { useEffect, useState } from 'preact/hooks';

/** How long at most until the clock is looked at again, in ms: a timer does not count the time that a device sleeps. */
const LOOK_MS = 60_000;

export function useToday(): string {
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    const untilMidnight = new Date().setHours(24, 0, 0, 0) - Date.now();
    const timer = setTimeout(() => setLooks(looks + 1), Math.min(untilMidnight, LOOK_MS));
    return () => clearTimeout(timer);
  }, [looks]);
  return new Date().toDateString();
}
