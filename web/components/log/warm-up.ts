/**
 * First use of what every message needs: the browser builds the formats of times and compiles long expressions when they are
 * first used. Each has a task of its own here, where all of them would else be in the one that shows the first message.
 */
import { clock, exact } from '../../i18n/time.ts';
import { format, isFewEmoji } from '../../text/format.ts';

/** Message with every kind of formatting. */
const SAMPLE = '> a https://example.org/ **b** *c* `d`\n```\ne\n```';

/**
 * Resolves once all of it has been used.
 * @param region as `regionOf` gives it; the formats of its times are built
 */
export function warmUp(region: string): Promise<void> {
  const once = () => {
    isFewEmoji(SAMPLE);
    format(SAMPLE);
  };
  // An expression is compiled for speed when it is used for the second time.
  return new Promise((resolve) => {
    for (const work of [() => clock(region, 0), () => exact(region, 0), once, once, resolve])
      setTimeout(work);
  });
}
