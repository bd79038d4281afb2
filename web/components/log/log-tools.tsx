/** Tools of a log: everything beside reading it. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Chunk } from '../../selectors/chunks.ts';
import { selfOf, type Conversation, type ConversationKey, type State } from '../../state/state.ts';
import { entriesAfter } from '../../selectors/entries-after.ts';
import { LEAVING } from '../../platform/leaving.ts';
import { useListener } from '../base/use-listener.ts';
import { idOf, type Anchor } from './anchor.ts';
import { placeForFound, useUncovered } from './covered.ts';
import { Find } from './find.tsx';
import { usePointerHold } from './pointer-hold.ts';
import { keptPlaces, leavePlaces, takePlaces, type MessagePlace } from './kept-places.ts';
import { useLogEnds } from './log-keys.ts';
import { LogSelection } from './log-selection.tsx';
import { MessageTools } from './message-tools.tsx';
import type { Start } from './log-window.ts';
import { useLastOwn } from './fate.tsx';
import { useSeen, ToLatest } from './to-latest.tsx';

interface Props {
  conversation: Conversation;
  chunks: readonly Chunk[];
  state: State;
  /** Chunks that are laid out because that was asked for. */
  held: readonly number[];
  hold: (chunks: readonly number[]) => void;
  /** True while the end is out of sight. */
  away: boolean;
  go: (to: Anchor | null) => void;
  stay: () => void;
  place: { readonly anchor: Anchor | null; held: Anchor | null };
}

export function LogTools(props: Props) {
  const { conversation, state, chunks, held, hold, away, go, stay, place } = props;
  const self = selfOf(state) ?? '';
  const { outgoing } = conversation;
  const entries = conversation.log.all;
  const goTo = useGoTo(props);
  const seen = useSeen(conversation, place);
  useKeptPlace(props, goTo, seen);
  useOwnInSight(props);
  useLogEnds({
    entries,
    outgoing,
    // The log shows those above it as well.
    goToFirst: (id) => goTo({ id, share: 0, offset: log()?.clientHeight ?? 0 }),
    goToEnd: () => go(null),
  });
  useLastOwn(chunks);
  useUncovered(log);
  usePointerHold(place, stay, go);
  usePrinting(chunks, hold);
  return (
    <>
      <LogSelection {...{ entries, outgoing, chunks, self, held, hold }} />
      <MessageTools conversation={conversation} state={state} />
      <Find
        {...{ chunks, outgoing, away }}
        goTo={(id) => goTo({ id, share: 0, offset: placeForFound(log()!) })}
      />
      {away && <ToLatest entries={entries} seen={seen.id} go={go} />}
    </>
  );
}

const log = () => document.querySelector<HTMLElement>('.log');

/** True when next to nothing is below what is in sight, so that nothing of it goes when the log goes to its end. */
const isAtEnd = (element: Element) => element.scrollHeight - element.scrollTop - element.clientHeight < 8;

/** Scrolls so that a message is at a place, wherever it is: its chunk is laid out first. */
function useGoTo({ chunks, hold, go }: Props): (to: MessagePlace) => void {
  const target = useRef<MessagePlace | null>(null);
  useLayoutEffect(() => {
    const to = target.current;
    const element = to && log()?.querySelector(selectorOf(to));
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
    hold([chunkWith(to.id, chunks)].flatMap((chunk) => chunk?.id ?? []));
  };
}

/** Scrolls to the end when the person sends something, wherever they were: they see it go, and what becomes of it. */
function useOwnInSight({ conversation, go }: Props): void {
  const { outgoing } = conversation;
  const entries = conversation.log.all;
  const before = useRef({ last: entries.at(-1)?.id ?? 0, waiting: outgoing.length });
  useLayoutEffect(() => {
    const { last, waiting } = before.current;
    const delivered = entriesAfter(last, entries).filter((entry) => entry.kind === 'said' && entry.mine);
    before.current = { last: entries.at(-1)?.id ?? last, waiting: outgoing.length };
    // A delivery, perhaps minutes later, moves a message from the one to the other: the sum stays.
    if (delivered.length + outgoing.length > waiting) go(null);
  }, [entries, outgoing]);
}

/** Returns where one was reading in a conversation, for its log to begin there. */
export function keptPlace(key: ConversationKey, chunks: readonly Chunk[]): Start | null {
  const place = keptPlaces.get(key);
  const chunk = place && chunkWith(place.id, chunks);
  return chunk ? { ...place, chunk: chunk.id, selector: selectorOf(place) } : null;
}

takePlaces();
/** True until a log has its tools: the first one began at its end, before this code was there. */
let isFirst = true;

function useKeptPlace(
  { conversation: { key }, chunks, place }: Props,
  goTo: (to: MessagePlace) => void,
  seen: { readonly id: number },
): void {
  const keep = () => {
    const { anchor } = place;
    const message = anchor?.element.closest<HTMLElement>('[data-id]');
    if (!anchor || !message) return void keptPlaces.delete(key);
    const { share, offset } = anchor;
    keptPlaces.set(key, { id: idOf(message), share, offset, seen: seen.id });
  };
  const leave = () => {
    keep();
    leavePlaces();
  };
  for (const type of LEAVING) useListener(type, leave);
  // A page that comes back as it was has its places: a copy of this tab is not to take them.
  useListener('pageshow', takePlaces);
  useLayoutEffect(() => {
    const before = keptPlaces.get(key);
    // Whoever has scrolled meanwhile stays there.
    if (isFirst && before && !place.anchor && chunkWith(before.id, chunks)) goTo(before);
    isFirst = false;
    return keep;
  }, []);
}

const selectorOf = ({ id }: MessagePlace) => `[data-id="${id}"]`;

function chunkWith(id: number, chunks: readonly Chunk[]): Chunk | undefined {
  return chunks.find(({ entries }) => entries.some((entry) => entry.id === id));
}

/** Lays out all of the log while it is printed; print.css leaves the rest of the page out. */
function usePrinting(chunks: readonly Chunk[], hold: (chunks: readonly number[]) => void): void {
  // The change is laid out by the end of the event, and so before the browser takes its picture.
  useListener('beforeprint', () => hold(chunks.map(({ id }) => id)));
  useListener('afterprint', () => hold([]));
}
