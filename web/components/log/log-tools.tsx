/** Tools of a log: everything beside reading it. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Chunk } from '../../selectors/chunks.ts';
import type { Conversation, ConversationKey } from '../../state/state.ts';
import type { Anchor } from './anchor.ts';
import { Find } from './find.tsx';
import { LogSelection } from './log-selection.tsx';
import { MessageTools } from './message-tools.tsx';
import { useLastOwn } from './tick.tsx';

interface Props {
  conversation: Conversation;
  chunks: readonly Chunk[];
  /** Own login. */
  self: string;
  /** Chunks that are laid out because that was asked for. */
  held: readonly number[];
  hold: (chunks: readonly number[]) => void;
  go: (to: Anchor | null) => void;
  place: { readonly anchor: Anchor | null };
}

/** Place of a message in the log: see {@link Anchor}. */
interface MessagePlace {
  readonly id: number;
  readonly share: number;
  readonly offset: number;
}

export function LogTools(props: Props) {
  const { conversation, chunks, self, held, hold } = props;
  const { entries, outgoing } = conversation;
  const goTo = useGoTo(props);
  useKeptPlace(props, goTo);
  useLastOwn(entries);
  return (
    <>
      <LogSelection {...{ entries, outgoing, chunks, self, held, hold }} />
      <MessageTools conversation={conversation} />
      <Find
        {...{ entries, outgoing }}
        goTo={(id) => goTo({ id, share: 0, offset: (log()?.clientHeight ?? 0) / 3 })}
      />
    </>
  );
}

const log = () => document.querySelector('.log');

/** True when next to nothing is below what is in sight, so that nothing of it goes when the log goes to its end. */
const isAtEnd = (element: Element) => element.scrollHeight - element.scrollTop - element.clientHeight < 8;

/** Scrolls so that a message is at a place, wherever it is: its chunk is laid out first. */
function useGoTo({ chunks, hold, go }: Props): (to: MessagePlace) => void {
  const target = useRef<MessagePlace | null>(null);
  useLayoutEffect(() => {
    const to = target.current;
    const element = to && log()?.querySelector(`[data-id="${to.id}"]`);
    if (!element) return;
    target.current = null;
    go({ element, share: to.share, offset: to.offset });
    // At the end the log follows what comes.
    if (isAtEnd(log()!)) go(null);
    // From now on the place holds it.
    hold([]);
  });
  return (to) => {
    target.current = to;
    hold(chunks.filter(({ entries }) => entries.some(({ id }) => id === to.id)).map(({ id }) => id));
  };
}

/** Remembers where one was reading when one turned to another conversation. */
const kept = new Map<ConversationKey, MessagePlace>();

/** Comes back to where one was reading in this conversation; at its end, to its end. */
function useKeptPlace({ conversation: { key }, place }: Props, goTo: (to: MessagePlace) => void): void {
  useLayoutEffect(() => {
    const before = kept.get(key);
    if (before) goTo(before);
    return () => {
      const { anchor } = place;
      const message = anchor?.element.closest<HTMLElement>('[data-id]');
      if (anchor && message)
        kept.set(key, { id: Number(message.dataset['id']), share: anchor.share, offset: anchor.offset });
      else kept.delete(key);
    };
  }, []);
}
