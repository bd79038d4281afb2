/** A gap as people read it. */
import type { Gap } from '../../state/entries.ts';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { clock } from '../../i18n/time.ts';

/** From when to when something may be missing; within one minute, only at which. Of several interruptions, the number. */
export function gapInWords(
  { from, to, times = 1 }: Pick<Gap, 'from' | 'to' | 'times'>,
  region: string,
  { gap, gaps, shortGap, shortGaps }: LazyCatalogue['log'],
): string {
  const [start, end] = [clock(region, from), clock(region, to)];
  if (start === end) return times > 1 ? shortGaps(times, start) : shortGap(start);
  return times > 1 ? gaps(times, start, end) : gap(start, end);
}
