import { useState } from 'preact/hooks';
import { duration } from '../../i18n/day.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { useTimer } from '../base/use-timer.ts';
import { useAboutRoom } from '../base/use-about-room.ts';
import { PanelButtons } from '../base/panel-buttons.tsx';
import { MAX_LOGIN_BYTES } from '../../../shared/protocol/commands.ts';
import { FreshText } from '../base/fresh-text.tsx';

/** Time after which a screen reader says that one is coming in, in ms: mostly the room follows at once. */
const SLOW_MS = 1_000;

/** Links for a person who has not come in yet: what is kept of what one says, how others come, and the wire from its first byte. */
export function JoinMore({ isJoining }: { isJoining: boolean }) {
  const { first, text, region } = useLazyTools();
  const [isSlow, setSlow] = useState(false);
  useTimer(isSlow !== isJoining, SLOW_MS, () => setSlow(isJoining));
  const history = useAboutRoom()?.history;
  return (
    <>
      {/* The button, which shows it, has not the focus of one who has pressed Enter. */}
      <p class="hidden" role="status">
        {isJoining && isSlow && first.join.entering}
      </p>
      <PanelButtons panels={['invite', 'wire']} />
      {history && <p class="kept">{text.invite.history(history.messages, duration(region, history.age))}</p>}
    </>
  );
}

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
