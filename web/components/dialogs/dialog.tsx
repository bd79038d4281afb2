import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { isTouched } from '../../platform/media.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { LiveRegion } from '../base/live-region.tsx';
import { useModal } from '../base/use-level.ts';
import { IconButton } from '../base/icon-button.tsx';
import { CloseIcon } from '../base/lazy-icons.tsx';

interface Props {
  title: string;
  /** Beside its own, for the size. */
  class: string;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal dialog: the focus stays in it, Escape, Back and a click beside it close it, and the focus goes back. */
export function Dialog({ title, class: name, onClose, children }: Props) {
  const { text } = useLazyTools();
  const dialog = useModal(onClose);
  useLayoutEffect(() => {
    // Where the content is long, the browser gives the focus to what scrolls, which nobody hears the name of.
    if (document.activeElement?.matches('.inside')) dialog.current?.querySelector('button')?.focus();
    // A finger scrolls to what it presses: one reads first what is asked.
    if (isTouched()) dialog.current?.querySelector('.inside')?.scrollTo(0, 0);
  }, []);
  return (
    <dialog
      ref={dialog}
      class={name}
      aria-labelledby="dialog-title"
      // A question is read out with what it is about: its first button has the focus. Other dialogs have no such element.
      aria-describedby="dialog-about"
      onClose={onClose}
      // The second click of a double click on the button that opened it is beside it.
      onClick={(event) => event.target === dialog.current && event.detail < 2 && onClose()}
    >
      <div class="inside">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <IconButton class="quiet plain" name={text.help.close} icon={CloseIcon} onClick={onClose} />
        </header>
        {children}
      </div>
      <LiveRegion />
    </dialog>
  );
}
