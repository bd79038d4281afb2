import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { Entry } from '../../state/entries.ts';
import { useLazyTools } from '../base/context.ts';
import { CheckIcon } from '../base/lazy-icons.tsx';
import { watched } from '../base/watched.ts';

/** Id of the last message of ours in the open conversation that was delivered. */
const last = watched(0);

/** Keeps account of the last message of ours. */
export function useLastOwn(entries: readonly Entry[]): void {
  const id = useMemo(
    () => entries.findLast((entry) => entry.kind === 'said' && entry.mine)?.id ?? 0,
    [entries],
  );
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
