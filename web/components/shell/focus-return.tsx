import { useEffect, useRef } from 'preact/hooks';
import { mediaQuery } from '../../platform/media.ts';

/** Elements to focus on: the first that is shown. */
const HOMES = ['.composer textarea', '.log', '.rail .conversation-item[aria-current]'];

/** Moves the focus on when its element goes away: a request that is answered, a field that goes, a pane that turns. */
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
  // This runs after every change.
  useEffect(() => {
    const had = last.current;
    if (document.activeElement !== document.body || !had || isShown(had)) return;
    // On a touch screen, focus would show the keyboard.
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
