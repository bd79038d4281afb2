/** Drops never navigate away: a text goes into the field, and files are declined, as are those that are pasted. */

/** Takes what is dropped outside of a field. */
interface DropReceiver {
  text(text: string): void;
  /** Files were dropped, anywhere, or pasted. */
  files(): void;
}

const receivers = new Set<DropReceiver>();
/** True while something of this page is being dragged: letting go of it writes nothing. */
let isOwn = false;

/** Adds a receiver, and returns the way to remove it. */
export function onDrops(receiver: DropReceiver): () => void {
  receivers.add(receiver);
  return () => void receivers.delete(receiver);
}

/** Keeps drops, from now on, from replacing the page, as browsers have files and addresses do. */
export function watchDrops(): void {
  addEventListener('dragstart', () => (isOwn = true));
  addEventListener('dragend', () => (isOwn = false));
  addEventListener('dragover', decline);
  addEventListener('drop', (event) => {
    if (!decline(event)) return;
    const text = event.dataTransfer?.getData('text/plain') ?? '';
    for (const receiver of receivers)
      if (hasFiles(event.dataTransfer)) receiver.files();
      else if (text && !isOwn) receiver.text(text);
  });
  // A picture that comes with a text, as from a word processor, is none that somebody means to send.
  addEventListener('paste', ({ clipboardData }) => {
    if (!hasFiles(clipboardData) || clipboardData?.getData('text/plain')) return;
    for (const receiver of receivers) receiver.files();
  });
}

/** Keeps the browser from what it would do; but in a field it writes a text by itself, where it is dropped. */
function decline(event: DragEvent): boolean {
  const isField = event.target instanceof Element && event.target.closest('input, textarea') !== null;
  const isDeclined = hasFiles(event.dataTransfer) || !isField;
  if (isDeclined) event.preventDefault();
  return isDeclined;
}

function hasFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes('Files') ?? false;
}
