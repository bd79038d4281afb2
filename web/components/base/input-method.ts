/** Input methods, by which Chinese, Japanese, Korean and more is written: the keys that are theirs are left to them. */

/** What a key event says of input methods. `keyCode`: 229 for a key that one has taken. */
interface Pressed {
  readonly isComposing: boolean;
  readonly keyCode: number;
}

/** True for a key of an input method. In Safari the Enter that confirms a candidate comes after the composition. */
export function composes({ isComposing, keyCode }: Pressed): boolean {
  return isComposing || keyCode === 229;
}

/**
 * From now on no other handler of the page hears such a key, and it neither sends a form nor closes a dialog.
 *
 * @returns ends it
 */
export function leaveKeysToInputMethods(): () => void {
  const keep = (event: KeyboardEvent) => {
    if (!composes(event)) return;
    event.stopImmediatePropagation();
    if (event.key === 'Enter' || event.key === 'Escape') event.preventDefault();
  };
  // On the way down to what has the focus: before everyone else.
  addEventListener('keydown', keep, true);
  return () => removeEventListener('keydown', keep, true);
}
