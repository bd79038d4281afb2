import { useEffect } from 'preact/hooks';
import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { clock } from '../../i18n/time.ts';
import { isUp, type Link, type LinkNote, type State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { FreshText, inOneLine } from '../base/fresh-text.tsx';
import { say } from '../base/live-region.tsx';
import { useHeightOver } from '../base/height-over.ts';
import { useNarrow } from '../base/use-media.ts';
import { useTimer } from '../base/use-timer.ts';
import { watched } from '../base/watched.ts';

/** Time, in ms, that “back” stays. */
const BACK_SHOWN_MS = 5_000;

interface BannerProps {
  link: Link;
  note: LinkNote | null | undefined;
}

/** Says that the connection is lost, what came of what one did meanwhile, and that it is back. */
export function LinkBanner({ link, note }: BannerProps) {
  const banner = useHeightOver<HTMLDivElement>('--banner', link !== 'up');
  return (
    <div ref={banner} class={`link-banner link-${link}`}>
      <LinkWords link={link} note={note} />
    </div>
  );
}

/** Says it in the list of conversations, where that stands alone: without it, that nothing comes looks like silence. */
export function LinkInList({ phase, pane, linkNote: note }: State) {
  const isAlone = useNarrow() && pane === 'list';
  if (!isAlone || phase.kind !== 'inside' || isUp(phase.link)) return null;
  return (
    <div class={`link-banner link-${phase.link}`}>
      <LinkWords link={phase.link} note={note} />
    </div>
  );
}

function LinkWords({ link, note }: BannerProps) {
  const { first, text, region, tryNow } = useLazyTools();
  const words = link === 'up' ? '' : text.link[link];
  return (
    <>
      {/* The announcer speaks: it is there before this, and stays when one turns to another conversation. */}
      <p role="status" aria-live="off">
        <FreshText>{inOneLine([words, note && linkNoteInWords(note, region, text.link)])}</FreshText>
      </p>
      {link === 'lost' && (
        <button type="button" onClick={tryNow}>
          {first.link.retry}
        </button>
      )}
    </>
  );
}

/** The note in words. */
export function linkNoteInWords(
  { kind, at }: LinkNote,
  region: string,
  words: LazyCatalogue['link'],
): string {
  return kind === 'unreached' ? words.unreached(clock(region, at)) : words[kind];
}

/** True once the person has read that this device does not save what is said. */
const isRead = watched(false);

/** Says that this device does not save what is said; shown until it does again, or the person has read it. */
export function Unsaved() {
  const { text } = useLazyTools();
  if (isRead.use((now) => now)) return null;
  return (
    <div class="link-banner">
      {/* {@link BannerEnd} has said it. */}
      <p>{text.unsaved.words}</p>
      <button type="button" onClick={() => isRead.set(true)}>
        {text.unsaved.read}
      </button>
    </div>
  );
}

/**
 * Says once that this device does not save what is said, and ends what the banners say once it has been read or is over,
 * whichever conversation is open meanwhile: each has its own.
 */
export function BannerEnd({ link, unsaved }: { link: Link; unsaved: boolean }) {
  const { actions, text } = useLazyTools();
  useTimer(link === 'back', BACK_SHOWN_MS, actions.backSeen);
  useEffect(() => {
    if (unsaved) say([text.unsaved.words]);
    return () => isRead.set(false);
  }, [unsaved]);
  return null;
}
