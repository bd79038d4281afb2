import type { TargetedEvent, TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { byteLength } from '../../shared/frame.ts';
import { MAX_MSG_BYTES } from '../../shared/protocol.ts';
import type { Catalogue } from '../i18n/catalogue.ts';
import { canBeSent } from '../store/actions.ts';
import type { Conversation } from '../store/state.ts';
import { useTools } from './context.ts';
import { SendIcon } from './icons.tsx';

/** The count of bytes appears when fewer than this are left. */
const COUNT_FROM = 128;

interface Props {
  conversation: Conversation;
  title: string;
  /** False while nothing can be sent. */
  up: boolean;
}

/** Where a message is written. Enter sends, Shift+Enter starts a new line. */
export function Composer({ conversation, title, up }: Props) {
  const { text, actions } = useTools();
  const field = useRef<HTMLTextAreaElement>(null);
  const { draft, key } = conversation;
  const left = MAX_MSG_BYTES - byteLength(draft);
  const kind = left < 0 ? 'over' : !up ? 'waiting' : left < COUNT_FROM ? 'left' : 'hint';

  useEffect(() => {
    // On a touch screen, focus would throw up the keyboard over what one came to read.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, []);

  const send = (event: TargetedEvent) => {
    event.preventDefault();
    actions.send(conversation, draft);
    field.current?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter chooses a candidate.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) send(event);
  };

  return (
    <form class="composer" onSubmit={send}>
      {/* The shadow text gives the field its height: see composer.css. */}
      <div class="field" data-shadow={draft}>
        <textarea
          ref={field}
          rows={1}
          value={draft}
          dir="auto"
          placeholder={conversation.kind === 'room' ? text.composer.room : text.direct.writeTo(title)}
          aria-label={text.composer.label(title)}
          aria-describedby="composer-note"
          aria-invalid={left < 0}
          onInput={(event) => actions.draft(key, event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          class="send"
          aria-label={text.composer.send}
          disabled={!up || !canBeSent(draft)}
        >
          <SendIcon />
        </button>
      </div>
      <p id="composer-note" class={`note ${kind}`} role="status">
        {noteOf(kind, left, text.composer)}
      </p>
    </form>
  );
}

type NoteKind = 'over' | 'waiting' | 'left' | 'hint';

function noteOf(kind: NoteKind, left: number, text: Catalogue['composer']): string {
  if (kind === 'over') return text.over(-left);
  return kind === 'left' ? text.left(left) : text[kind];
}
