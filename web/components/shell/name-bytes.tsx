import { MAX_LOGIN_BYTES } from '../../../shared/protocol/commands.ts';
import { useLazyTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';

/** Most names are short: the count of bytes appears when fewer than this are left. */
const NEAR_BYTES = 8;

/** Bytes of the name being written, when they are nearly too many, or are. */
export function NameBytes({ bytes }: { bytes: number }) {
  const { text } = useLazyTools();
  return (
    <p id="name-bytes" class={bytes > MAX_LOGIN_BYTES ? 'bytes over' : 'bytes'}>
      {bytes > MAX_LOGIN_BYTES - NEAR_BYTES && (
        <FreshText>{text.nameBytes(bytes, MAX_LOGIN_BYTES)}</FreshText>
      )}
    </p>
  );
}
