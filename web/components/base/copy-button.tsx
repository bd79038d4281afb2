/** Buttons that copy a text, and show for a moment that it is done, or that the browser does not allow it. */
import { useState } from 'preact/hooks';
import { copyText } from '../../platform/clipboard.ts';
import { useLazyTools } from './context.ts';
import { IconButton } from './icon-button.tsx';
import { CheckIcon, CloseIcon, CopyIcon } from './lazy-icons.tsx';
import { say } from './live-region.tsx';
import { useTimer } from './use-timer.ts';

/** Time that the outcome is shown, in ms. */
const SHOWN_MS = 2_000;

/** Returns the outcome in words, null when it need not be shown any more, and what copies. */
function useCopy(content: () => string): readonly [outcome: string | null, copy: () => void] {
  const { message } = useLazyTools().text;
  const [outcome, setOutcome] = useState<string | null>(null);
  useTimer(outcome !== null, SHOWN_MS, () => setOutcome(null));
  const done = (isCopied: boolean) => {
    const words = isCopied ? message.copied : message.notCopied;
    setOutcome(words);
    // Not every screen reader says that the name of a button has changed.
    say([words]);
  };
  return [outcome, () => void copyText(content()).then(done)];
}

/** The button with an icon. */
export function CopyButton({ content }: { content: () => string }) {
  const { message } = useLazyTools().text;
  const [outcome, copy] = useCopy(content);
  const icon = outcome === null ? CopyIcon : outcome === message.copied ? CheckIcon : CloseIcon;
  return <IconButton class="copy" name={outcome ?? message.copy} icon={icon} onClick={copy} />;
}

/** The button in words, for dialogs. `what`: content, for those who do not see which of several buttons it is. */
export function Copy({ words, what, content }: { words: string; what?: string; content: () => string }) {
  const [outcome, copy] = useCopy(content);
  const shown = outcome ?? words;
  return (
    <button type="button" class="quiet" aria-label={what && `${shown} ${what}`} onClick={copy}>
      {shown}
    </button>
  );
}
