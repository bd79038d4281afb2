import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { onDrops } from '../../platform/drops.ts';
import { useTimer } from '../base/use-timer.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { replace } from './use-field.ts';

/** Time, in ms, that the sentence about files stays. */
const SAID_MS = 8_000;

/** Writes a text that is dropped beside the field into it; says of files that they cannot be sent. */
export function Drops({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const { text } = useLazyTools();
  /** Number of times that files were declined: each is said anew. */
  const [times, setTimes] = useState(0);
  const [said, setSaid] = useState(0);
  useEffect(
    () =>
      onDrops({
        text(dropped) {
          const { current } = field;
          current?.focus();
          if (!current) return;
          replace(current, dropped, current.value.length, current.value.length);
          // Of a text that was not put in as by a person, nobody has heard.
          current.dispatchEvent(new InputEvent('input', { bubbles: true }));
        },
        files: () => setTimes((before) => before + 1),
      }),
    [],
  );
  useTimer(times > said, SAID_MS, () => setSaid(times), [times]);
  return (
    <div role="alert">
      {times > said && (
        <p key={times} class="note over">
          {text.composer.files}
        </p>
      )}
    </div>
  );
}
