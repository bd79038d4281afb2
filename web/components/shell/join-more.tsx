import { duration } from '../../i18n/duration.ts';
import { useLazyTools } from '../base/context.ts';
import { useAboutRoom } from '../base/use-about-room.ts';
import { PanelButtons } from '../base/panel-buttons.tsx';

/** Links for a person who has not come in yet: what is kept of what one says, how others come, and the wire from its first byte. */
export function JoinMore() {
  const { text, region } = useLazyTools();
  const history = useAboutRoom()?.history;
  return (
    <>
      <PanelButtons panels={['invite', 'wire']} />
      {history && <p class="kept">{text.invite.history(history.messages, duration(region, history.age))}</p>}
    </>
  );
}
