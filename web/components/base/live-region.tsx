/** Live regions: what they are given, a screen reader reads out, wherever the focus is. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Time that an announcement stays, in ms: whoever reads the page line by line later does not come upon it. */
const STAYS_MS = 7_000;

interface Announcement {
  readonly id: number;
  readonly words: string;
}

type Say = (lines: readonly string[]) => void;

/** The regions that are there, from the bottom to the top. */
const regions: Say[] = [];

/** Lines that are said next, in the order in which they were given. */
const waiting: string[] = [];

/**
 * Announces these lines, in the topmost region: a modal dialog makes all that is outside of it inert, and so silent. It is
 * found a moment later: what a menu does is done as it closes, with the region in it.
 */
export const say: Say = (lines) => {
  if (waiting.length === 0 && lines.length > 0) queueMicrotask(sayWaiting);
  waiting.push(...lines);
};

function sayWaiting(): void {
  // Where there is no region, as on the join screen, nothing may stay behind: it would be waited for from then on.
  const lines = waiting.splice(0);
  regions.at(-1)?.(lines);
}

/**
 * A live region, one for the page and one in each modal dialog. Each announcement is a new node: the same words again are
 * said again.
 */
export function LiveRegion() {
  const [said, setSaid] = useState<readonly Announcement[]>([]);
  const next = useRef(0);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  useLayoutEffect(() => {
    const add: Say = (lines) => {
      const added = lines.map((words) => ({ id: next.current++, words }));
      setSaid((now) => [...now, ...added]);
      const timer = setTimeout(() => {
        timers.current.delete(timer);
        setSaid((now) => now.filter((one) => !added.includes(one)));
      }, STAYS_MS);
      timers.current.add(timer);
    };
    regions.push(add);
    return () => void regions.splice(regions.indexOf(add), 1);
  }, []);
  return (
    <div class="hidden announcer" aria-live="polite">
      {said.map(({ id, words }) => (
        <p key={id}>{words}</p>
      ))}
    </div>
  );
}
