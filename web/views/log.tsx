import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { day } from '../i18n/time.ts';
import { toBlocks, type Block } from '../store/blocks.ts';
import type { Conversation } from '../store/state.ts';
import { Head, SleepingHead } from './cat.tsx';
import { useTools } from './context.ts';
import { DownIcon } from './icons.tsx';
import { GapLine, GroupView, OutgoingView } from './messages.tsx';

/** Entries laid out at once; older ones on demand. */
const WINDOW = 300;
/** Within this many pixels of the end the log follows what comes. */
const STICKY_PX = 80;

interface Props {
  conversation: Conversation;
  title: string;
  /** False while nothing can be sent. */
  up: boolean;
}

/** What was said, in order. Stays at the end unless someone has scrolled back. */
export function Log({ conversation, title, up }: Props) {
  const { text } = useTools();
  const [shown, setShown] = useState(WINDOW);
  const { entries } = conversation;
  const outgoing = conversation.kind === 'room' ? conversation.outgoing : null;
  const { scroller, away, onScroll, toEnd } = useFollowing(entries, outgoing);
  const blocks = useMemo(() => toBlocks(entries.slice(-shown)), [entries, shown]);
  const content = useMemo(
    () => blocks.map((block) => <BlockView key={block.id} block={block} kind={conversation.kind} />),
    [blocks, conversation.kind],
  );
  return (
    <div class="log-frame">
      <div
        class="log"
        ref={scroller}
        onScroll={onScroll}
        role="log"
        aria-label={text.log.label(title)}
        tabIndex={0}
      >
        <div class="log-content">
          {entries.length > shown && (
            <button type="button" class="quiet earlier" onClick={() => setShown(shown + WINDOW)}>
              {text.log.earlier}
            </button>
          )}
          {entries.length === 0 && !outgoing?.length && <Empty conversation={conversation} />}
          {content}
          {outgoing?.map((message) => (
            <OutgoingView key={message.id} message={message} up={up} />
          ))}
        </div>
      </div>
      {away && (
        <button type="button" class="to-latest" onClick={toEnd}>
          <DownIcon />
          {text.log.latest}
        </button>
      )}
    </div>
  );
}

/** Keeps the end in view when what is shown changes, unless the person has scrolled `away` from it. */
function useFollowing(...shown: readonly unknown[]) {
  const scroller = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const following = useRef(true);
  const toEnd = () => scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  useLayoutEffect(() => {
    if (following.current) toEnd();
  }, shown);
  const onScroll = () => {
    if (!scroller.current) return;
    const { scrollHeight, scrollTop, clientHeight } = scroller.current;
    following.current = scrollHeight - scrollTop - clientHeight < STICKY_PX;
    setAway(!following.current);
  };
  return { scroller, away, onScroll, toEnd };
}

function BlockView({ block, kind }: { block: Block; kind: Conversation['kind'] }) {
  const { region, text } = useTools();
  if (block.kind === 'gap') return <GapLine gap={block} />;
  if (block.kind === 'group') return <GroupView group={block} unconfirmed={kind === 'direct'} />;
  const today = new Date().toDateString() === block.id;
  return <h2 class="day">{today ? text.log.today : day(region, block.at)}</h2>;
}

function Empty({ conversation }: { conversation: Conversation }) {
  const { text } = useTools();
  if (conversation.kind === 'room')
    return (
      <div class="empty">
        <SleepingHead />
        <h2>{text.room.emptyTitle}</h2>
        <p>{text.room.empty}</p>
      </div>
    );
  const { login } = conversation;
  return (
    <div class="empty">
      <Head login={login} />
      <h2>{text.direct.emptyTitle(login)}</h2>
      <p>{text.direct.empty(login)}</p>
    </div>
  );
}
