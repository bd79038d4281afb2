import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { day } from '../i18n/time.ts';
import type { Block } from '../store/blocks.ts';
import { toChunks, type Chunk } from '../store/chunks.ts';
import type { Entry } from '../store/entries.ts';
import type { Conversation } from '../store/state.ts';
import { Announcer } from './announcer.tsx';
import { Head, SleepingHead } from './cat.tsx';
import { useTools } from './context.ts';
import { DownIcon } from './icons.tsx';
import { useLogWindow } from './log-window.ts';
import { GapLine, GroupView, NoticeLine, OutgoingView } from './messages.tsx';
import { PresenceLine } from './presence.tsx';

interface Props {
  conversation: Conversation;
  title: string;
  /** False while nothing can be sent. */
  up: boolean;
}

/** What was said, in order. Stays at the end unless someone has scrolled back. */
export function Log({ conversation, title, up }: Props) {
  const { text, later } = useTools();
  const { entries, newFrom, outgoing } = conversation;
  const chunks = useChunks(entries, newFrom);
  const start = chunks.findIndex((chunk) => chunk.newFrom !== null);
  const { scroller, away, onScroll, toEnd, first, last, above, below } = useLogWindow(chunks, start);
  const missed = useMissed(entries, away);
  const viewOf = useChunkViews(conversation.kind);
  return (
    <div class="log-frame">
      <div
        class="log"
        ref={scroller}
        onScroll={onScroll}
        onKeyDown={later?.parts.stepThrough}
        role="log"
        // The announcer speaks instead: a flood must not be read out message by message.
        aria-live="off"
        aria-label={text.log.label(title)}
        tabIndex={0}
      >
        <div class="log-content">
          {entries.length === 0 && outgoing.length === 0 && <Empty conversation={conversation} />}
          <div style={{ height: `${above}px` }} />
          {chunks.slice(first, last).map(viewOf)}
          <div style={{ height: `${below}px` }} />
          {outgoing.map((message) => (
            <OutgoingView key={message.id} message={message} to={title} up={up} />
          ))}
        </div>
      </div>
      <Announcer entries={entries} />
      {away && (
        <button type="button" class="to-latest" onClick={toEnd}>
          <DownIcon />
          {missed > 0 ? text.log.latestNew(missed) : text.log.latest}
        </button>
      )}
    </div>
  );
}

function useChunks(entries: readonly Entry[], newFrom: number | null): readonly Chunk[] {
  const before = useRef<readonly Chunk[]>([]);
  return useMemo(() => (before.current = toChunks(entries, newFrom, before.current)), [entries, newFrom]);
}

/** How many messages of others came while the end was out of sight. */
function useMissed(entries: readonly Entry[], away: boolean): number {
  const seen = useRef(0);
  if (!away) seen.current = entries.at(-1)?.id ?? 0;
  const index = away ? entries.findLastIndex(({ id }) => id <= seen.current) : entries.length;
  return entries.slice(index + 1).filter((entry) => entry.kind === 'said' && !entry.mine).length;
}

/** A chunk that is the same is the same element: Preact does not look into it again. */
function useChunkViews(kind: Conversation['kind']): (chunk: Chunk) => VNode {
  const { later } = useTools();
  const today = new Date().toDateString();
  const views = useMemo(() => new WeakMap<Chunk, VNode>(), [kind, today, later]);
  return (chunk) => {
    let view = views.get(chunk);
    if (!view) views.set(chunk, (view = <ChunkView key={chunk.id} chunk={chunk} kind={kind} />));
    return view;
  };
}

function ChunkView({ chunk, kind }: { chunk: Chunk; kind: Conversation['kind'] }) {
  return (
    <div class="chunk" data-chunk={chunk.id}>
      {chunk.blocks.map((block) => (
        <BlockView key={block.id} block={block} kind={kind} />
      ))}
    </div>
  );
}

function BlockView({ block, kind }: { block: Block; kind: Conversation['kind'] }) {
  const { region, text, later } = useTools();
  if (block.kind === 'note' || block.kind === 'raw') return later && <later.parts.Aside entry={block} />;
  if (block.kind === 'presence') return <PresenceLine presence={block} />;
  if (block.kind === 'notice') return <NoticeLine notice={block} />;
  if (block.kind === 'gap') return <GapLine gap={block} />;
  if (block.kind === 'group') return <GroupView group={block} confirmed={kind !== 'private'} />;
  if (block.kind === 'day') return <h2 class="day">{capital(day(region, block.at))}</h2>;
  return (
    <h2 class="day new" data-start>
      {text.log.new}
    </h2>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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
      {/* What a private connection is, its heading says. */}
      {conversation.kind === 'direct' && <p>{text.direct.empty(login)}</p>}
    </div>
  );
}
