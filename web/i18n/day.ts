/** Days and lengths of time as people read them. */
import { format } from './time.ts';

/** A day, without its time: today and yesterday as such, the year only where it is not this one. */
export function day(region: string, at: number, now = Date.now()): string {
  const ago = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  if (ago === 0 || ago === 1)
    return new Intl.RelativeTimeFormat(region, { numeric: 'auto' }).format(-ago, 'day');
  const options = { weekday: 'long', day: 'numeric', month: 'long' } as const;
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  if (isThisYear) return format(region, 'day', options).format(at);
  return format(region, 'day of year', { ...options, year: 'numeric' }).format(at);
}

const DAY_MS = 24 * 60 * 60 * 1000;

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** A day in a few characters, as in a list. */
export function shortDay(region: string, at: number): string {
  return format(region, 'short day', { day: 'numeric', month: 'short' }).format(at);
}

/** A day in a few characters, and its hours and minutes. */
export function dayAndClock(region: string, at: number): string {
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  return format(region, 'day and clock', options).format(at);
}

/** A length of time in words, in its largest unit that is whole: `90 minutes`, `2 hours`. */
export function duration(region: string, ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [unit, size] = units.find(([, length]) => ms % length === 0) ?? ['second', 1_000];
  return new Intl.NumberFormat(region, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.round(ms / size),
  );
}
