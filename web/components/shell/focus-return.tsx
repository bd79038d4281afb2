import { useEffect, useRef } from 'preact/hooks';
import { mediaQuery } from '../../platform/media.ts';

/** Where the focus goes, to the first that is shown. */
const HOMES = ['.composer textarea', '.log', '.rail .conversation-item[aria-current]'];

/** What had the focus can go away: a request that is answered, a field that is no longer there, a pane that turns. */
export function FocusReturn() {
  const last = useRef<Element | null>(null);
  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      last.current = target as Element;
    };
    addEventListener('focusin', note);
    last.current = document.activeElement;
    return () => removeEventListener('focusin', note);
  }, []);
  // After whatever has changed.
  useEffect(() => {
    const had = last.current;
    if (document.activeElement !== document.body || !had || isShown(had)) return;
    // On a touch screen, focus would throw up the keyboard.
    const homes = mediaQuery('(pointer: fine)')?.matches ? HOMES : HOMES.slice(1);
    const wanted = had.closest('.people') ? ['.people-button', ...homes] : homes;
    const home = wanted.map((selector) => document.querySelector<HTMLElement>(selector)).find(isShown);
    if (!home) return;
    last.current = null;
    home.focus();
  });
  return null;
}

function isShown(element: Element | null): boolean {
  return element?.checkVisibility({ visibilityProperty: true }) ?? false;
}
