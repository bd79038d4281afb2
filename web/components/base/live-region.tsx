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

/** Announces these lines, in the topmost region: a modal dialog makes all that is outside of it inert, and so silent. */
export const say: Say = (lines) => {
  if (lines.length > 0) regions.at(-1)?.(lines);
};

/** True while what the open conversation says by itself cannot be heard: something modal lies over it. */
export function isConversationSilent(): boolean {
  return document.querySelector('dialog[open], .conversation[inert]') !== null;
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
