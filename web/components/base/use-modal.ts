import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useLevel } from './use-level.ts';

/** Shows a dialog as modal while its view is there: Back calls `close`, and the focus goes back in the end. */
export function useModal(close: () => void): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLevel('dialog', true, close);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const modal = dialog.current!;
    modal.showModal();
    return () => {
      // Closed already, it has given the focus back, which may have gone on.
      if (!modal.open) return;
      // Else nothing beside it could have the focus.
      modal.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return dialog;
}
