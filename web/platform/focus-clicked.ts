/**
 * Gives the focus to a button that is clicked. Safari on a Mac does not, and takes it from what had it: the focus would be
 * nowhere, and go nowhere when the button goes away.
 */
export function focusClicked(): void {
  const onClick = ({ target }: Event) => {
    if (document.activeElement === document.body && target instanceof Element)
      target.closest('button')?.focus({ preventScroll: true });
  };
  addEventListener('click', onClick, { capture: true });
}
