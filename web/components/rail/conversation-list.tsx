/** The conversations in order, each with the time of its last message, and what closes it. */
import type { ComponentChildren, TargetedKeyboardEvent, TargetedMouseEvent } from 'preact';
import { useRef } from 'preact/hooks';
import { clock } from '../../i18n/time.ts';
import { shortDay } from '../../i18n/day.ts';
import { lastAt, listConversations } from '../../selectors/conversation-list.ts';
import { canClose, isUnanswered } from '../../state/closing.ts';
import { hiddenCount } from '../../state/ignore-list.ts';
import type { Conversation, State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { IconButton, named } from '../base/icon-button.tsx';
import { CloseIcon, MutedIcon } from '../base/lazy-icons.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { say } from '../base/live-region.tsx';
import { MenuButton } from '../base/menu.tsx';
import { useListKeys } from '../base/list-keys.ts';
import { isTouched } from '../../platform/media.ts';
import { useMovedRows } from '../base/moved-rows.ts';
import { useToday } from '../log/day.tsx';
import { LinkInList } from '../log/link-banner.tsx';
import { lineInWords } from '../private/private.tsx';
import { askToClose } from './confirmation.tsx';
import { ConversationItem } from './conversation-item.tsx';

export function ConversationList({ state }: { state: State }) {
  const tools = useLazyTools();
  const { text, list: actions, show, drafts } = tools;
  const { room, directs, privates } = listConversations(state);
  const hidden = hiddenCount(state);
  useToday();
  const all = useRef<HTMLDivElement>(null);
  const keys = useListKeys(all);
  // A finger hides what has come under it; a mouse shows it, but for a conversation that has taken the place of another.
  const rows = isTouched() ? 'li, header, :scope > button' : 'li';
  const moved = useMovedRows<HTMLDivElement>(state.openings, rows);
  const list = (some: readonly Conversation[], name?: string) =>
    some.length > 0 && <OrderedList conversations={some} state={state} name={name} />;
  return (
    <div {...moved}>
      {/* The keys go through all of them, as through one list. */}
      <div ref={all} {...keys}>
        {list([room])}
        <Heading
          title={text.list.direct}
          conversations={directs}
          chores={[
            {
              name: text.list.readAll,
              of: ({ unread }) => unread > 0,
              run: (some) => {
                actions.read(some.map(({ key }) => key));
                say([text.list.read(some.length)]);
              },
            },
            {
              name: text.list.closeUnanswered,
              of: (one) => isUnanswered(one, drafts.of(one.key)),
              run: (some) => askToClose(some, tools),
            },
          ]}
        />
        {list(directs, text.list.direct)}
        <Heading
          title={text.private.heading}
          conversations={privates}
          chores={[
            {
              name: text.list.closeEnded,
              of: canClose,
              run: (some) => askToClose(some, tools),
            },
          ]}
        />
        {list(privates, text.private.heading)}
      </div>
      {hidden > 0 && (
        <button type="button" class="quiet plain hidden-messages" onClick={() => show('settings')}>
          <FreshText>{text.ignored.hidden(hidden)}</FreshText>
        </button>
      )}
      <button type="button" class="quiet write-to" onClick={() => show('jump')}>
        {text.list.writeTo}
      </button>
      <LinkInList {...state} />
    </div>
  );
}

/** Something that is done to many conversations at once. */
interface Chore {
  readonly name: (count: number) => string;
  readonly of: (conversation: Conversation) => boolean;
  readonly run: (conversations: readonly Conversation[]) => void;
}

interface HeadingProps {
  title: string;
  conversations: readonly Conversation[];
  chores: readonly Chore[];
}

/** Heading of a part of the list, with a menu of what would else be done to one conversation after the other. */
function Heading({ title, conversations, chores }: HeadingProps) {
  if (conversations.length === 0) return null;
  const items = chores.flatMap(({ name, of, run }, index) => {
    const some = conversations.filter(of);
    return some.length > 1 ? [{ name: `${index}`, label: name(some.length), run: () => run(some) }] : [];
  });
  return (
    <header>
      <h2>{title}</h2>
      {items.length > 0 && <MenuButton label={title} items={items} />}
    </header>
  );
}

interface OrderedListProps {
  conversations: readonly Conversation[];
  state: State;
  name: string | undefined;
}

/** While the pointer is over it, what is there stays where it is: nobody is to hit another conversation than meant. */
function OrderedList({ conversations, state, name }: OrderedListProps) {
  const list = useRef<HTMLUListElement>(null);
  const before = useRef<readonly string[]>([]);
  const now = conversations.map(({ key }) => key);
  const isHeld = list.current?.matches(':hover') && now.length === before.current.length;
  const place = new Map(before.current.map((key, index) => [key, index] as const));
  const order = isHeld && now.every((key) => place.has(key)) ? before.current : now;
  before.current = order;
  const byKey = new Map<string, Conversation>(conversations.map((one) => [one.key, one]));
  return (
    <ul ref={list} aria-label={name}>
      {order.map((key) => (
        <Item key={key} conversation={byKey.get(key)!} state={state} />
      ))}
    </ul>
  );
}

function Item({ conversation, state }: { conversation: Conversation; state: State }) {
  const { text } = useLazyTools();
  // The stage of a private connection, in as few words as there is room for.
  const about = conversation.kind === 'private' ? lineInWords(conversation, state, text.private) : undefined;
  const item = (
    <ConversationItem conversation={conversation} state={state} about={about}>
      <When at={lastAt(conversation)} />
      {conversation.muted && (
        <span role="img" {...named(text.list.muted)}>
          <MutedIcon />
        </span>
      )}
    </ConversationItem>
  );
  if (canClose(conversation)) return <Closable conversation={conversation}>{item}</Closable>;
  // Whoever sees it sees no × there.
  const refuse = (event: TargetedKeyboardEvent<HTMLElement>) =>
    conversation.kind === 'private' && isDelete(event) && say([text.private.notOver]);
  return <li onKeyDown={refuse}>{item}</li>;
}

const isDelete = ({ key, altKey, ctrlKey, metaKey, shiftKey }: TargetedKeyboardEvent<HTMLElement>) =>
  key === 'Delete' && !altKey && !ctrlKey && !metaKey && !shiftKey;

/** Closes by its ×, by the Delete key and by the middle button. */
function Closable({ conversation, children }: { conversation: Conversation; children: ComponentChildren }) {
  const tools = useLazyTools();
  const { list } = tools.text;
  const name = conversation.kind === 'room' ? '' : conversation.login;
  const remove = conversation.kind === 'private' ? list.removePrivate : list.remove;
  const close = () => askToClose([conversation], tools);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (!isDelete(event)) return;
    event.preventDefault();
    close();
  };
  const onMiddle = (event: TargetedMouseEvent<HTMLElement>, isDone: boolean) => {
    if (event.button !== 1) return;
    event.preventDefault();
    if (isDone) close();
  };
  return (
    <li
      onKeyDown={onKeyDown}
      // Else the browser begins to scroll.
      onMouseDown={(event) => onMiddle(event, false)}
      onAuxClick={(event) => onMiddle(event, true)}
    >
      {children}
      <IconButton
        class="quiet plain close-conversation"
        name={remove(name)}
        icon={CloseIcon}
        onClick={close}
      />
    </li>
  );
}

/** Time of the last message: today by the clock, else the day. */
function When({ at }: { at: number | null }) {
  const { region } = useLazyTools();
  if (at === null) return null;
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return (
    <time translate={false} dateTime={new Date(at).toISOString()}>
      <FreshText>{isToday ? clock(region, at) : shortDay(region, at)}</FreshText>
    </time>
  );
}
