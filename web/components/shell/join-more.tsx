import { useEffect, useState } from 'preact/hooks';
import { duration } from '../../i18n/duration.ts';
import type { AboutRoom } from '../../../shared/protocol/about-room.ts';
import { fetchAboutRoom } from '../../net/about-room.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { PanelButtons } from '../base/panel-buttons.tsx';

/** Links for a person who has not come in yet: what is kept of what one says, how others come, and the wire from its first byte. */
export function JoinMore() {
  const { region } = useTools();
  const { text } = useLazyTools();
  const history = useHistoryOfRoom();
  return (
    <>
      <PanelButtons panels={['invite', 'wire']} />
      {history && <p class="kept">{text.invite.history(history.messages, duration(region, history.age))}</p>}
    </>
  );
}

/** Returns how much the server keeps; null when it keeps nothing, has not answered, or cannot. */
function useHistoryOfRoom(): AboutRoom['history'] {
  const [history, setHistory] = useState<AboutRoom['history']>(null);
  useEffect(() => {
    const unwanted = new AbortController();
    fetchAboutRoom(unwanted.signal).then(
      (about) => setHistory(about.history),
      () => undefined,
    );
    return () => unwanted.abort();
  }, []);
  return history;
}
