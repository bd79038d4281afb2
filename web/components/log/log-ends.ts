/** Home and End in a log, of which only a part is laid out. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Entry, Outgoing } from '../../state/entries.ts';
import { focusOnMessage } from './log-keys.ts';

interface Ends {
  entries: readonly Entry[];
  outgoing: readonly Outgoing[];
  goToFirst: (id: number) => void;
  goToEnd: () => void;
}

/**
 * Home goes to the first message and End to the last, wherever they are, and the focus goes there: by itself the browser
 * would scroll on smoothly only until something else is laid out, and would take the focus from what is no longer.
 */
export function useLogEnds(ends: Ends): void {
  const latest = useRef(ends);
  latest.current = ends;
  /** The message that gets the focus once it is laid out. */
  const wanted = useRef<number | null>(null);
  const focus = () => {
    if (wanted.current !== null && focusOnMessage(wanted.current)) wanted.current = null;
  };
  useLayoutEffect(focus);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { target, key, altKey, metaKey, shiftKey } = event;
      if (!(target instanceof Element) || !target.closest('.log')) return;
      wanted.current = null;
      // Code that scrolls has these keys.
      if ((key !== 'Home' && key !== 'End') || altKey || metaKey || shiftKey || target.matches('pre, .tall'))
        return;
      const { entries, outgoing, goToFirst, goToEnd } = latest.current;
      const said = [...entries.filter(({ kind }) => kind === 'said'), ...outgoing];
      const message = said.at(key === 'Home' ? 0 : -1);
      if (!message) return;
      event.preventDefault();
      wanted.current = message.id;
      if (key === 'Home') goToFirst(message.id);
      else goToEnd();
      focus();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
