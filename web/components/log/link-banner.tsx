import { useEffect } from 'preact/hooks';
import type { Link } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { Live } from '../base/live.tsx';

/** Time, in ms, that “back” stays. */
const BACK_SHOWN_MS = 5_000;

/** Says that the connection is lost, and that it is back. */
export function LinkBanner({ link }: { link: Link }) {
  const { text, actions } = useTools();
  const { text: lazy } = useLazyTools();
  useEffect(() => {
    if (link !== 'back') return;
    const timer = setTimeout(actions.backSeen, BACK_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [link, actions]);
  const words = link === 'up' ? '' : lazy.link[link];
  return (
    <div class={`link-banner link-${link}`}>
      {/* The announcer speaks: it is there before this, and stays when one turns to another conversation. */}
      <p role="status" aria-live="off">
        {words && <Live>{words}</Live>}
      </p>
      {link === 'lost' && (
        <button type="button" onClick={actions.retryNow}>
          {text.link.retry}
        </button>
      )}
    </div>
  );
}
