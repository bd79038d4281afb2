/** Input methods, by which Chinese, Japanese, Korean and more are written: their keys are left to them. */

/** Fields of a key event that tell of input methods. `keyCode`: 229 for a key that one has taken. */
interface Pressed {
  readonly isComposing: boolean;
  readonly keyCode: number;
}

/** True for a key of an input method. In Safari the Enter that confirms a candidate comes after the composition. */
export function composes({ isComposing, keyCode }: Pressed): boolean {
  return isComposing || keyCode === 229;
}

/**
 * Hides such keys from every other handler of the page; they neither send a form nor close a dialog.
 *
 * @returns a function that ends it
 */
export function leaveKeysToInputMethods(): () => void {
  const keep = (event: KeyboardEvent) => {
    // These say nothing by themselves, wherever the focus is.
    if (!composes(event) || /^(Process|Dead)$/.test(event.key)) return;
    event.stopImmediatePropagation();
    if (event.key === 'Enter' || event.key === 'Escape') event.preventDefault();
  };
  // The capture phase comes before every other handler.
  addEventListener('keydown', keep, true);
  return () => removeEventListener('keydown', keep, true);
}
