import type { VNode } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { toBlocks, type Block } from '../../selectors/blocks.ts';
import { toChunks, type Chunk } from '../../selectors/chunks.ts';
import type { Entry, Outgoing } from '../../state/entries.ts';
import type { Conversation, State } from '../../state/state.ts';
import { Boundary } from '../base/boundary.tsx';
import { ToolsContext, useTools, type Tools } from '../base/context.ts';
import { useParts } from '../base/lazy-parts.ts';
import { useLogWindow, type Piece, type Start } from './log-window.ts';
import { logParts } from './parts.ts';
import { GroupView, OutgoingView } from './messages.tsx';

/** Most entries that come into the log at once, and time until the next do, in ms: those of a frame. */
const [PACE, PACE_MS] = [10, 16];

interface Props {
  conversation: Conversation;
  title: string;
  /** Addition to its name, which says what kind of conversation it is. */
  kind: string;
  /** False while nothing can be sent. */
  up: boolean;
  state: State;
}

/** Entries of a conversation, in order. The log stays at the end unless someone has scrolled back. */
export function Log({ conversation, state, title, kind, up }: Props) {
  const { text } = useTools();
  const parts = useParts(logParts);
  const { log, newFrom, outgoing } = conversation;
  const entries = log.all;
  const shown = usePaced(entries);
  const before = useRef<readonly Chunk[]>([]);
  const chunks = useMemo(() => (before.current = toChunks(shown, newFrom, before.current)), [shown, newFrom]);
  const [held, hold] = useState<readonly number[]>([]);
  const [start] = useState(() => parts?.keptPlace(conversation.key, chunks) ?? dividerIn(chunks));
  const { scroller, away, pieces, onScroll, onScrollEnd, go, stay, place } = useLogWindow(
    chunks,
    start,
    held,
  );
  const views = useChunkViews(pieces, conversation.kind);
  const outgoingViews = useOutgoingViews(conversation, title, up);
  return (
    <div class="log-frame">
      <div
        class="log"
        ref={scroller}
        onScroll={onScroll}
        onScrollEnd={onScrollEnd}
        onKeyDown={parts?.stepThrough}
        role="log"
        // The announcer speaks instead: a flood must not be read out message by message.
        aria-live="off"
        aria-label={text.log.label(title) + kind}
        tabIndex={0}
      >
        <div class="log-content">
          {parts && entries.length + outgoing.length === 0 && <parts.Empty conversation={conversation} />}
          {views}
          {outgoingViews}
        </div>
      </div>
      {parts && <parts.LogTools {...{ conversation, state, chunks, held, hold, away, go, stay, place }} />}
    </div>
  );
}

/** The divider above what is new, as the line at which the log begins. */
function dividerIn(chunks: readonly Chunk[]): Start | null {
  const chunk = chunks.find(({ newFrom }) => newFrom !== null);
  return chunk ? { chunk: chunk.id, selector: '[data-start]', share: 0, offset: 0 } : null;
}

/** The entries but for the last of many that come at once: those are shown little by little. */
function usePaced(entries: readonly Entry[]): readonly Entry[] {
  const last = useRef(Infinity);
  const behind = entries.length - 1 - entries.findLastIndex(({ id }) => id <= last.current);
  // More than is in sight is not waited for.
  const isPaced = behind > PACE && behind < 4 * PACE;
  const shown = isPaced ? entries.slice(0, PACE - behind) : entries;
  last.current = shown.at(-1)?.id ?? 0;
  useNextFrame(isPaced);
  return shown;
}

/** Renders once more, a frame later, while there is more to show. */
function useNextFrame(isMore: boolean): void {
  const [, redraw] = useState(0);
  useLayoutEffect(() => {
    if (!isMore) return;
    const timer = setTimeout(() => redraw((count) => count + 1), PACE_MS);
    return () => clearTimeout(timer);
  });
}

/**
 * Elements of the chunks that are laid out: Preact does not render one again that is the same. No other is kept, since an
 * element holds all that was rendered from it. New tools, as what formats messages, come to one chunk after the other, from
 * the newest back: no task has all of them to do.
 */
function useChunkViews(pieces: readonly Piece[], kind: Conversation['kind']) {
  const tools = useTools();
  const before = useRef(new Map<Piece, VNode<ChunkProps>>()).current;
  const next = pieces.findLast((piece) => (before.get(piece)?.props.tools ?? tools) !== tools);
  const views = pieces.map((piece, index) => {
    if (typeof piece === 'number') return <div key={`free-${index}`} style={{ height: `${piece}px` }} />;
    const old = piece === next ? undefined : before.get(piece);
    return old ?? <ChunkView key={piece.id} chunk={piece} kind={kind} tools={tools} />;
  });
  before.clear();
  for (const [index, piece] of pieces.entries())
    if (typeof piece !== 'number') before.set(piece, views[index]!);
  useNextFrame(next !== undefined);
  return views;
}

/** Elements of what is not delivered, each the same as long as its message is: hundreds may wait, and go one by one. */
function useOutgoingViews({ kind, outgoing }: Conversation, to: string, up: boolean) {
  const kept = useMemo(() => new WeakMap<Outgoing, VNode>(), [kind, to, up]);
  return outgoing.map((message) => {
    const view = kept.get(message) ?? <OutgoingView key={message.id} {...{ message, kind, to, up }} />;
    kept.set(message, view);
    return view;
  });
}

interface ChunkProps {
  chunk: Chunk;
  kind: Conversation['kind'];
  tools: Tools;
}

function ChunkView({ chunk, kind, tools }: ChunkProps) {
  return (
    <ToolsContext.Provider value={tools}>
      <div class="chunk" data-chunk={chunk.id}>
        {toBlocks(chunk.entries, chunk.newFrom, chunk.day, chunk.goesOn).map((block) => (
          <Boundary key={block.id}>
            <BlockView block={block} kind={kind} />
          </Boundary>
        ))}
      </div>
    </ToolsContext.Provider>
  );
}

function BlockView({ block, kind }: { block: Block; kind: Conversation['kind'] }) {
  const { text } = useTools();
  const parts = useParts(logParts);
  if (block.kind === 'group') return <GroupView group={block} echoed={kind === 'room'} />;
  if (block.kind === 'day') return parts && <parts.Day at={block.at} />;
  if (block.kind !== 'unread') return parts && <parts.Aside entry={block} />;
  return (
    <h2 class="day new" data-start>
      {text.log.new}
    </h2>
  );
}
