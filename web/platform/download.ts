/** Files that the page gives. */

/** Gives a text as a file of this name. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Browsers may begin to read it a little later.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
