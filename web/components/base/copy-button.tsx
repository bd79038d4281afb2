/** Buttons that copy a text, and show for a moment that it is done, or that the browser does not allow it. */
import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { copyText } from '../../platform/clipboard.ts';
import { useLazyTools } from './lazy-tools.ts';
import { IconButton } from './icon-button.tsx';
import { CheckIcon, CloseIcon, CopyIcon } from './lazy-icons.tsx';
import { say } from './live-region.tsx';
import { useTimer } from './use-timer.ts';

/** Time that the outcome is shown, in ms. */
const SHOWN_MS = 2_000;

/** Outcome of copying, as it is shown. */
interface Outcome {
  readonly words: string;
  readonly icon: ComponentType;
}

/** Returns the outcome of copying, null when it need not be shown any more, and what takes the next one. */
export function useOutcome(): readonly [outcome: Outcome | null, done: (isCopied: boolean) => void] {
  const { message } = useLazyTools().text;
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useTimer(outcome !== null, SHOWN_MS, () => setOutcome(null), [outcome]);
  const done = (isCopied: boolean) => {
    const [words, icon] = isCopied ? [message.copied, CheckIcon] : [message.notCopied, CloseIcon];
    setOutcome({ words, icon });
    // Not every screen reader says that the name of a button has changed.
    say([words]);
  };
  return [outcome, done];
}

/** The button with an icon. */
export function CopyButton({ content }: { content: () => string }) {
  const { message } = useLazyTools().text;
  const [outcome, done] = useOutcome();
  const { words, icon } = outcome ?? { words: message.copy, icon: CopyIcon };
  const copy = () => void copyText(content()).then(done);
  return <IconButton class="copy" name={words} icon={icon} onClick={copy} />;
}

/** The button in words, for dialogs. `what`: content, for those who do not see which of several buttons it is. */
export function Copy({ words, what, content }: { words: string; what?: string; content: () => string }) {
  const [outcome, done] = useOutcome();
  const shown = outcome?.words ?? words;
  const copy = () => void copyText(content()).then(done);
  return (
    <button type="button" class="quiet" aria-label={what && `${shown} ${what}`} onClick={copy}>
      {shown}
    </button>
  );
}
