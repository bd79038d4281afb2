import type { ComponentChildren } from 'preact';
import { lastLineOf, plainLine } from '../../selectors/last-line.ts';
import { isHere } from '../../state/presence.ts';
import type { Conversation, State } from '../../state/state.ts';
import { callsOf } from '../../selectors/unread.ts';
import { Head, RoomHead } from '../base/cat.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { isStuck } from '../log/fate.tsx';
import { LookAlike } from '../people/look-alike.tsx';

interface ItemProps {
  conversation: Conversation;
  state: State;
  /** Words below the name, instead of the last message. */
  about?: string | undefined;
  /** Content at the end, before the count. */
  children?: ComponentChildren;
}

export function ConversationItem({ conversation, state, about, children }: ItemProps) {
  const { first, text, actions, drafts } = useLazyTools();
  const { key, kind, unread, muted } = conversation;
  const isOpen = state.active === key && state.pane === 'conversation';
  // Nothing else says of a conversation that is not open that something in it was not delivered.
  const stuck = isOpen ? undefined : conversation.outgoing.findLast(isStuck);
  // It changes in the open one only, whose field shows it; what is unread says more.
  const draft = isOpen || unread > 0 ? '' : plainLine(drafts.of(key));
  const ours = stuck ? plainLine(stuck.text) || stuck.text : draft;
  const sign = stuck ? text.list[stuck.state] : text.list.draft;
  const away = kind === 'direct' && !isHere(state, conversation.login);
  const last = ours ? null : lastLineOf(conversation, { text: first, lazy: text });
  const line = about ?? last?.line;
  const named = kind === 'room' ? last?.login : conversation.login;
  const isNew = unread > 0 && !muted;
  return (
    <button
      type="button"
      class={`conversation-item${away ? ' away' : ''}${isNew ? ' new' : ''}`}
      aria-current={state.active === key ? 'true' : undefined}
      onClick={() => actions.open(key)}
    >
      {kind === 'room' ? <RoomHead /> : <Head login={conversation.login} />}
      <span class="names">
        <bdi class="name" translate={kind === 'room'}>
          {kind === 'room' ? first.list.room : conversation.login}
        </bdi>
        {away && <span class="hidden">{text.jump.away}</span>}
        {line && (
          <span class={about === undefined ? 'last' : 'last about'} dir="auto">
            <FreshText>{line}</FreshText>
          </span>
        )}
        {ours && (
          // In a line of its own: the stage of a private connection takes all there is.
          <span class="last" dir="auto">
            <b key={sign}>{sign}</b> <bdi translate={false}>{ours}</bdi>
          </span>
        )}
      </span>
      {named && <LookAlike login={named} />}
      <span class="side">
        {children}
        <Unread count={unread} calls={callsOf(conversation)} mentions={conversation.mentions} />
      </span>
    </button>
  );
}

/** Number of what calls this person; a dot where something is unread that does not. */
function Unread({ count, calls, mentions = 0 }: { count: number; calls: number; mentions?: number }) {
  const { text } = useLazyTools();
  if (count === 0) return null;
  const label = text.list.unread(count);
  return (
    <span
      class={calls > 0 ? 'unread' : 'unread-dot'}
      role="img"
      translate={false}
      aria-label={mentions > 0 ? `${label}, ${text.list.mentions(mentions)}` : label}
    >
      {calls > 0 && <FreshText>{`${calls > 99 ? '99+' : calls}`}</FreshText>}
    </span>
  );
}

/** On a narrow screen, what is unread elsewhere shows on the way back to the list. */
export function UnreadElsewhere({ state }: { state: State }) {
  const others = state.conversations.filter(({ key, muted }) => key !== state.active && !muted);
  const sum = (of: (one: Conversation) => number) => others.reduce((total, one) => total + of(one), 0);
  return <Unread count={sum(({ unread }) => unread)} calls={sum(callsOf)} />;
}
