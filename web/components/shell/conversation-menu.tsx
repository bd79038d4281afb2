import { canClose } from '../../state/closing.ts';
import { isOnIgnoreList } from '../../state/ignore-list.ts';
import type { Conversation, State } from '../../state/state.ts';
import { Button } from '../base/button.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { say } from '../base/live-region.tsx';
import { MenuButton, type MenuItem } from '../base/menu.tsx';
import { isStuck } from '../log/fate.tsx';
import { findRequest } from '../log/find.tsx';
import { askToClose, saveConversation } from '../rail/confirmation.tsx';

interface Props {
  conversation: Conversation;
  state: State;
}

/** Actions on the open conversation, behind one button. */
export function ConversationMenu({ conversation, state }: Props) {
  const { text } = useLazyTools();
  return <MenuButton label={text.menu.label} items={useItems(conversation, state)} />;
}

function useItems(conversation: Conversation, state: State): readonly MenuItem[] {
  const tools = useLazyTools();
  const { text, list } = tools;
  const { key, muted = false } = conversation;
  const items: MenuItem[] = [
    { name: 'find', label: text.find.label, run: () => findRequest.dispatchEvent(new Event('find')) },
    {
      name: 'mute',
      label: muted ? text.menu.unmute : text.menu.mute,
      run: () => {
        list.mute(key, !muted);
        say([muted ? text.menu.isUnmuted : text.menu.isMuted]);
      },
    },
  ];
  const stuck = conversation.outgoing.filter(isStuck);
  if (stuck.length > 1)
    items.push(
      {
        name: 'again',
        label: text.log.allAgain(stuck.length),
        run: () => {
          stuck.forEach(list.sendAgain);
          say([text.log.sentAgain(stuck.length)]);
        },
      },
      {
        name: 'discard',
        label: text.log.discardAll(stuck.length),
        run: () => {
          stuck.forEach(list.discard);
          say([text.log.discarded(stuck.length)]);
        },
      },
    );
  if (conversation.kind !== 'room') {
    const { login } = conversation;
    const ignored = isOnIgnoreList(state, login);
    items.push({
      name: 'ignore',
      label: ignored ? text.ignored.stop(login) : text.ignored.ignore(login),
      run: () => (ignored ? list.unignore(login) : list.ignore(login)),
    });
  }
  items.push({
    name: 'save',
    label: text.menu.save,
    run: () => saveConversation(conversation, state, tools),
  });
  if (canClose(conversation))
    items.push({
      name: 'close',
      label: text.menu.close,
      run: () => askToClose([conversation], tools),
    });
  return items;
}

/** Says in the conversation with a person who is ignored that they are, and ends it. */
export function IgnoredBanner({ conversation, state }: Props) {
  const { text, list } = useLazyTools();
  if (conversation.kind === 'room' || !isOnIgnoreList(state, conversation.login)) return null;
  const { login } = conversation;
  return (
    <div class="private-bar ignored-banner">
      {/* The announcer speaks: it is there before this. */}
      <p role="status" aria-live="off">
        {text.ignored.banner(login)}
      </p>
      <Button onClick={() => list.unignore(login)}>{text.ignored.stop(login)}</Button>
    </div>
  );
}
