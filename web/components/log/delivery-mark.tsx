import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { Chunk } from '../../selectors/chunks.ts';
import { perChunk } from '../../selectors/per-chunk.ts';
import { useLazyTools } from '../base/context.ts';
import { CheckIcon } from '../base/lazy-icons.tsx';
import { watched } from '../base/watched.ts';

/** Id of the last message of ours in the open conversation that was delivered. */
const last = watched(0);

/** Ids of our messages in a chunk. */
const ownIn = perChunk(({ entries }) =>
  entries.flatMap((entry) => (entry.kind === 'said' && entry.mine ? [entry.id] : [])),
);

/** Keeps account of the last message of ours. */
export function useLastOwn(chunks: readonly Chunk[]): void {
  const chunk = useMemo(() => chunks.findLast((one) => ownIn(one).length > 0), [chunks]);
  const id = (chunk && ownIn(chunk).at(-1)) ?? 0;
  useLayoutEffect(() => last.set(id), [id]);
}

/**
 * Delivery mark behind the last message of ours. Those before it were delivered as well: one is enough.
 * @param confirmed the server has said that it was delivered; on a private connection nobody does
 */
export function DeliveryMark({ id, confirmed }: { id: number; confirmed: boolean }) {
  const { log } = useLazyTools().text;
  if (last.use((own) => own !== id)) return null;
  const name = confirmed ? log.delivered : log.sent;
  return (
    <span class="delivery-mark" role="img" aria-label={name} title={name}>
      <CheckIcon />
    </span>
  );
}
