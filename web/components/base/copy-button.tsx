/** Buttons that copy a text, and show for a moment that it is done. */
import { useState } from 'preact/hooks';
import { copyText } from '../../platform/clipboard.ts';
import { useLazyTools } from './context.ts';
import { IconButton } from './icon-button.tsx';
import { CheckIcon, CopyIcon } from './lazy-icons.tsx';
import { say } from './live-region.tsx';
import { useTimer } from './use-timer.ts';

/** Time that “copied” is shown, in ms. */
const SHOWN_MS = 2_000;

function useCopy(content: () => string): readonly [isDone: boolean, copy: () => void] {
  const { message } = useLazyTools().text;
  const [isDone, setDone] = useState(false);
  useTimer(isDone, SHOWN_MS, () => setDone(false));
  const done = (isCopied: boolean) => {
    setDone(isCopied);
    // Not every screen reader says that the name of a button has changed.
    if (isCopied) say([message.copied]);
  };
  return [isDone, () => void copyText(content()).then(done)];
}

/** The button with an icon. */
export function CopyButton({ content }: { content: () => string }) {
  const { message } = useLazyTools().text;
  const [isDone, copy] = useCopy(content);
  const [name, icon] = isDone ? [message.copied, CheckIcon] : [message.copy, CopyIcon];
  return <IconButton class="copy" name={name} icon={icon} onClick={copy} />;
}

/** The button in words, for dialogs. `what`: content, for those who do not see which of several buttons it is. */
export function Copy({ words, what, content }: { words: string; what?: string; content: () => string }) {
  const { message } = useLazyTools().text;
  const [isDone, copy] = useCopy(content);
  const shown = isDone ? message.copied : words;
  return (
    <button type="button" class="quiet" aria-label={what && `${shown} ${what}`} onClick={copy}>
      {shown}
    </button>
  );
}
