import { useState } from 'preact/hooks';
import type { WireField } from '../../net/wire-recorder.ts';
import { useLazyTools } from '../base/context.ts';

/** Value of a field in the wire inspector; of one that is too long its beginning, and the whole on demand. */
export function WireValue({ field: { value, whole } }: { field: WireField }) {
  const { text } = useLazyTools();
  const [isWhole, setWhole] = useState(false);
  return (
    <>
      <bdi>{isWhole ? whole : value}</bdi>
      {whole !== undefined && (
        <button type="button" class="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {text.wire.whole(whole.length)}
        </button>
      )}
    </>
  );
}
