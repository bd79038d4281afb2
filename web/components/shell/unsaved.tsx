import { useState } from 'preact/hooks';
import { useLazyTools } from '../base/context.ts';

/** Says that this device does not save what is said; shown until it does again, or the person has read it. */
export function Unsaved() {
  const { text } = useLazyTools();
  const [isRead, setRead] = useState(false);
  if (isRead) return null;
  return (
    <div class="link-banner link-unsaved">
      <p role="alert">{text.unsaved.words}</p>
      <button type="button" onClick={() => setRead(true)}>
        {text.unsaved.read}
      </button>
    </div>
  );
}
