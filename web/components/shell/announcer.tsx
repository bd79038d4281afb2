import { useEffect, useRef, useState } from 'preact/hooks';
import { currentVoice } from '../../platform/voice.ts';
import { announce, newsSince, type News } from '../../selectors/announcements.ts';
import type { Link, State } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';

/** Messages that come within this time are announced together, in ms: a screen reader has to keep up. */
const BATCH_MS = 1_500;
/** Time that an announcement stays, in ms: whoever reads the page line by line later does not come upon it. */
const STAYS_MS = 7_000;

/**
 * Live region of the whole page: tells a screen reader politely what is said in the open conversation, who calls this
 * person elsewhere, and how the connection stands. Each announcement is a new node: the same words again are said again.
 */
export function Announcer({ state }: { state: State }) {
  const { text, region } = useTools();
  const { text: lazy } = useLazyTools();
  const { said, say } = useAnnouncements();
  const before = useRef(state);
  const news = useRef<News[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const flush = useRef(() => {});
  flush.current = () => {
    timer.current = undefined;
    const list = (names: readonly string[]) => new Intl.ListFormat(region).format(names);
    say(announce(news.current.splice(0), currentVoice(), { text, lazy, list }));
  };
  useEffect(() => {
    say(linkInWords(linkOf(before.current), linkOf(state), lazy.link));
    news.current.push(...newsSince(before.current, state, lazy));
    before.current = state;
    if (news.current.length > 0) timer.current ??= setTimeout(() => flush.current(), BATCH_MS);
  }, [state]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <div class="hidden announcer" aria-live="polite">
      {said.map(({ id, words }) => (
        <p key={id}>{words}</p>
      ))}
    </div>
  );
}

interface Announcement {
  readonly id: number;
  readonly words: string;
}

/** The announcements that are there now, and a function that adds some. */
function useAnnouncements() {
  const [said, setSaid] = useState<readonly Announcement[]>([]);
  const next = useRef(0);
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  const say = (lines: readonly string[]) => {
    if (lines.length === 0) return;
    const added = lines.map((words) => ({ id: next.current++, words }));
    setSaid((now) => [...now, ...added]);
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      setSaid((now) => now.filter((one) => !added.includes(one)));
    }, STAYS_MS);
    timers.current.add(timer);
  };
  return { said, say };
}

function linkOf({ phase }: State): Link {
  return phase.kind === 'inside' ? phase.link : 'up';
}

function linkInWords(
  before: Link,
  now: Link,
  text: { lost: string; nameHeld: string; back: string },
): string[] {
  if (before === now || now === 'up') return [];
  return [{ lost: text.lost, 'name-held': text.nameHeld, back: text.back }[now]];
}
