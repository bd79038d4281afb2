/** The clipboard. Over plain http a page has no `navigator.clipboard`: there, a selected text is copied instead. */

/** Part of a document that copies. It is deprecated, and there is no other way over plain http. */
interface Copying {
  execCommand(command: string): boolean;
}

/** Copies a text; false when the browser does not allow it. The focus stays where it is. */
export async function copyText(text: string): Promise<boolean> {
  if (!isSecureContext) return copySelected(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'hidden';
  // Beside an open dialog nothing can be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const copying: Copying = document;
  const done = copying.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}
