import { useEffect, useState } from 'preact/hooks';
import { useLazyTools } from '../base/context.ts';

/** Button in words that copies a text, and says for a moment that it is done. `CopyButton` is the one with an icon. */
export function Copy({ words, content }: { words: string; content: () => string }) {
  const { text } = useLazyTools();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => {
    navigator.clipboard.writeText(content()).then(
      () => setDone(true),
      () => setDone(false),
    );
  };
  // Over plain http a browser gives no page its clipboard.
  if (!isSecureContext) return null;
  return (
    <button type="button" class="quiet" onClick={copy}>
      {done ? text.wire.copied : words}
    </button>
  );
}
