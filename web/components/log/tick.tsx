import { useContext } from 'preact/hooks';
import { useLazyTools } from '../base/context.ts';
import { CheckIcon } from '../base/lazy-icons.tsx';
import { LastOwn } from './parts.ts';

/**
 * Tick behind the last message of ours. Those before it were delivered as well: one is enough.
 * @param confirmed the server has said that it was delivered; on a private connection nobody does
 */
export function Tick({ id, confirmed }: { id: number; confirmed: boolean }) {
  const { log } = useLazyTools().text;
  if (useContext(LastOwn) !== id) return null;
  const name = confirmed ? log.delivered : log.sent;
  return (
    <span class="tick" role="img" aria-label={name} title={name}>
      <CheckIcon />
    </span>
  );
}
