import { useEffect, useRef } from 'preact/hooks';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { recallOne } from '../../platform/settings.ts';
import {
  announce,
  ignoredInWords,
  joinNews,
  newsSince,
  VOICES,
  type News,
} from '../../selectors/announcements.ts';
import { activeConversation, type Link, type State } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { linkNoteInWords } from '../log/link-banner.tsx';
import { lineInWords } from '../private/private.tsx';
import { isConversationSilent, LiveRegion, say } from '../base/live-region.tsx';

/** Messages that come within this time are announced together, in ms: a screen reader has to keep up. */
const BATCH_MS = 1_500;

/**
 * Announcer of the whole page: tells a screen reader politely what is said in the open conversation, who calls this person
 * elsewhere, and how the connection stands.
 */
export function Announcer({ state }: { state: State }) {
  const { text, region } = useTools();
  const { text: lazy } = useLazyTools();
  const before = useRef(state);
  const news = useRef<readonly News[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const flush = useRef(() => {});
  flush.current = () => {
    timer.current = undefined;
    const list = (names: readonly string[]) => new Intl.ListFormat(region).format(names);
    say(announce(news.current, recallOne('voice', VOICES, 'all'), { text, lazy, list }));
    news.current = [];
  };
  useEffect(() => {
    say(linkInWords(linkOf(before.current), linkOf(state), lazy.link));
    if (state.linkNote && state.linkNote !== before.current.linkNote)
      say([linkNoteInWords(state.linkNote, region, lazy.link)]);
    say(ignoredInWords(before.current, state, lazy));
    const open = activeConversation(state);
    // Only from then on its heading says by itself how it stands.
    if (open.kind === 'private' && open.key !== before.current.active)
      say([lineInWords(open, state, lazy.private)]);
    news.current = joinNews(news.current, newsSince(before.current, state, lazy, isConversationSilent()));
    before.current = state;
    if (news.current.length > 0) timer.current ??= setTimeout(() => flush.current(), BATCH_MS);
  }, [state]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return <LiveRegion />;
}

function linkOf({ phase }: State): Link {
  return phase.kind === 'inside' ? phase.link : 'up';
}

function linkInWords(before: Link, now: Link, words: LazyCatalogue['link']): string[] {
  return before === now || now === 'up' ? [] : [words[now]];
}
