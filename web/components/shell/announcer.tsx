import { useEffect, useRef } from 'preact/hooks';
import { recallOne } from '../../platform/settings.ts';
import { VOICES } from '../../selectors/announcements.ts';
import { lookAlikesIn } from '../../selectors/look-alikes.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { LiveRegion, say } from '../base/live-region.tsx';
import { AnnouncementQueue, type Speech } from './announcement-queue.ts';

/**
 * Announcer of the whole page: tells a screen reader politely what is said in the open conversation, who calls this person
 * elsewhere, and how the connections stand. It hears every state, not only those that are painted.
 * @param before state in which this person came in: what has come since, before this was loaded, is told as well
 */
export function Announcer({ before }: { before: State }) {
  const { first: text, text: lazy, region, states } = useLazyTools();
  const speech = useRef<() => Speech>(null!);
  speech.current = () => ({
    phrases: {
      text,
      lazy,
      list: (names) => new Intl.ListFormat(region).format(names),
      // Those are found only when something is said, and asked of the state: a page that nobody sees is not painted.
      get alike() {
        return lookAlikesIn(states.state);
      },
    },
    region,
    // The storage is asked only when something is said, not at each event.
    get voice() {
      return recallOne('voice', VOICES, 'all');
    },
  });
  useEffect(() => {
    const queue = new AnnouncementQueue(before, say, () => speech.current());
    queue.hear(states.state);
    const stop = states.subscribe((state) => queue.hear(state));
    return () => {
      stop();
      queue.clear();
    };
  }, []);
  return <LiveRegion />;
}
