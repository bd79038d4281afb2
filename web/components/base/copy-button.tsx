import { useEffect, useState } from 'preact/hooks';
import { copyText } from '../../platform/clipboard.ts';
import { useLazyTools } from './context.ts';
import { CheckIcon, CopyIcon } from './lazy-icons.tsx';

/** Time that “copied” is shown, in ms. */
const SHOWN_MS = 2_000;

/** Copies a text, and shows for a moment that it is done. */
export function CopyButton({ content }: { content: () => string }) {
  const { message } = useLazyTools().text;
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const name = done ? message.copied : message.copy;
  return (
    <button
      type="button"
      class="copy"
      aria-label={name}
      title={name}
      onClick={() => void copyText(content()).then(setDone)}
    >
      {done ? <CheckIcon /> : <CopyIcon />}
    </button>
  );
}
