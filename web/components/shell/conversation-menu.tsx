import { useRef, useState } from 'preact/hooks';
import { saveText } from '../../platform/download.ts';
import type { Conversation } from '../../state/state.ts';
import { dayOf, transcript } from '../../text/transcript.ts';
import { useLazyTools } from '../base/context.ts';
import { MoreIcon } from '../base/lazy-icons.tsx';
import { Menu, type MenuBox } from '../base/menu.tsx';
import { findRequest } from '../log/find-request.ts';

/** Menu of the open conversation. */
export function ConversationMenu({
  conversation,
  title,
  self,
}: {
  conversation: Conversation;
  title: string;
  self: string;
}) {
  const { text } = useLazyTools();
  const button = useRef<HTMLButtonElement>(null);
  const [box, setBox] = useState<MenuBox | null>(null);
  const save = () => {
    const { entries, outgoing } = conversation;
    const lines = transcript([...entries, ...outgoing], { self, notice: text.log.notice });
    saveText(`chaton ${title.replace(/[\\/:*?"<>|\p{Cc}]/gu, '_')} ${dayOf(Date.now())}.txt`, lines);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class="menu-button"
        aria-label={text.menu.label}
        title={text.menu.label}
        aria-haspopup="menu"
        onClick={() => setBox(button.current!.getBoundingClientRect())}
      >
        <MoreIcon />
      </button>
      {box && (
        <Menu
          label={text.menu.label}
          box={box}
          onClose={() => setBox(null)}
          items={[
            { name: 'find', label: text.find.label, run: () => findRequest.listener?.() },
            { name: 'save', label: text.menu.save, run: save },
          ]}
        />
      )}
    </>
  );
}
