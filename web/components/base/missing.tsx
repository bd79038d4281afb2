import { useEffect, useState } from 'preact/hooks';
import { goWithout, onMissing, tryMissing } from '../../net/retry-import.ts';
import { useTools } from './context.ts';

/** Says that a part of the page cannot be had, as after the server got another version of it. */
export function Missing() {
  const { text } = useTools();
  const [isMissing, setMissing] = useState(false);
  useEffect(() => onMissing(setMissing), []);
  if (!isMissing) return null;
  return (
    <div class="missing" role="alert">
      <p>{text.link.missing}</p>
      <button type="button" class="quiet" onClick={tryMissing}>
        {text.link.retry}
      </button>
      <button type="button" class="quiet" onClick={goWithout}>
        OK
      </button>
    </div>
  );
}
