/** A gap as people read it. */
import type { Gap } from '../../state/entries.ts';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { dayAndClock } from '../../i18n/day.ts';
import { clock } from '../../i18n/time.ts';

/**
 * From when to when something may be missing, or nothing is; within one minute, only at which. Of several interruptions, the
 * number: that is all where a connection was over. It stands below the day of its end: another one is said.
 */
export function gapInWords(
  { from, to, times = 1, isFilled, isOver }: Omit<Gap, 'kind' | 'id'>,
  region: string,
  { gap, gaps, shortGap, shortGaps, mayMiss, missesNothing }: LazyCatalogue['log'],
): string {
  const isOneDay = new Date(from).toDateString() === new Date(to).toDateString();
  const [start, end] = [isOneDay ? clock(region, from) : dayAndClock(region, from), clock(region, to)];
  const short = times > 1 ? shortGaps(times, start) : shortGap(start);
  const long = times > 1 ? gaps(times, start, end, !isOneDay) : gap(start, end, !isOneDay);
  const words = start === end ? short : long;
  return isOver ? words : `${words} ${isFilled ? missesNothing : mayMiss}`;
}
