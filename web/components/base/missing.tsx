import { useEffect, useState } from 'preact/hooks';
import { goWithout, onMissing, tryMissing, type Missing as Why } from '../../net/retry-import.ts';
import { useTools } from './context.ts';
import { FreshText, inOneLine } from './fresh-text.tsx';

/** Says that a part of the page cannot be had, as after the server got another version of it. */
export function Missing() {
  const { text, lazy } = useTools();
  const [why, setWhy] = useState<Why>(null);
  useEffect(() => onMissing(setWhy), []);
  if (!why) return null;
  return (
    <div class="missing" role="alert">
      <p>
        <FreshText>{inOneLine([text.link.missing, why === 'replaced' && lazy?.text.replaced])}</FreshText>
      </p>
      {why === 'replaced' && (
        <button type="button" class="strong" onClick={() => location.reload()}>
          {text.link.reload}
        </button>
      )}
      <button type="button" class="quiet" onClick={tryMissing}>
        {text.link.retry}
      </button>
      <button type="button" class="quiet" onClick={goWithout}>
        OK
      </button>
    </div>
  );
}
