import type { TargetedFocusEvent, TargetedKeyboardEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { canClose } from '../../state/closing.ts';
import { isIgnored } from '../../state/ignored.ts';
import type { Conversation, State } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { MoreIcon } from '../base/lazy-icons.tsx';
import { askToClose, saveConversations } from '../rail/confirmation.tsx';

interface Props {
  conversation: Conversation;
  state: State;
}

/** What can be done with the open conversation, behind one button. */
export function ConversationMenu({ conversation, state }: Props) {
  const { text } = useLazyTools();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    button.current?.focus();
    setOpen(false);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape' || !isOpen) return;
    event.preventDefault();
    close();
  };
  const onFocusOut = ({ relatedTarget, currentTarget }: TargetedFocusEvent<HTMLElement>) => {
    // In Safari, a button that is clicked does not take the focus: a click on nothing does not close it there.
    if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) setOpen(false);
  };
  return (
    <div class="conversation-menu" onKeyDown={onKeyDown} onFocusOut={onFocusOut}>
      <button
        ref={button}
        type="button"
        class="menu-button"
        aria-expanded={isOpen}
        aria-label={text.menu.label}
        title={text.menu.label}
        onClick={() => setOpen(!isOpen)}
      >
        <MoreIcon />
      </button>
      {isOpen && <div class="menu-scrim" onClick={close} />}
      {isOpen && <Choices conversation={conversation} state={state} done={close} />}
    </div>
  );
}

function Choices({ conversation, state, done }: Props & { done: () => void }) {
  const { text: first, drafts } = useTools();
  const { text, list } = useLazyTools();
  const { key, muted = false } = conversation;
  const login = conversation.kind === 'room' ? null : conversation.login;
  const ignored = login !== null && isIgnored(state, login);
  const choices: readonly (readonly [words: string, run: () => void])[] = [
    [muted ? text.menu.unmute : text.menu.mute, () => list.mute(key, !muted)],
    ...(login === null
      ? []
      : [
          [
            ignored ? text.ignored.stop(login) : text.ignored.ignore(login),
            () => (ignored ? list.unignore(login) : list.ignore(login)),
          ] as const,
        ]),
    [text.menu.save, () => saveConversations([conversation], state, first, text)],
    ...(canClose(conversation)
      ? [[text.menu.close, () => askToClose(conversation, drafts, list)] as const]
      : []),
  ];
  return (
    <ul>
      {choices.map(([words, run]) => (
        <li key={words}>
          <button
            type="button"
            onClick={() => {
              done();
              run();
            }}
          >
            {words}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Says in the conversation with a person who is ignored that they are, and ends it. */
export function IgnoredBanner({ conversation, state }: Props) {
  const { text, list } = useLazyTools();
  if (conversation.kind === 'room' || !isIgnored(state, conversation.login)) return null;
  const { login } = conversation;
  return (
    <div class="private-bar ignored-banner">
      <p role="status">{text.ignored.banner(login)}</p>
      <button type="button" class="quiet" onClick={() => list.unignore(login)}>
        {text.ignored.stop(login)}
      </button>
    </div>
  );
}
