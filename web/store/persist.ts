/** What survives a reload on this device; pure. */
import type { Outgoing } from './entries.ts';
import { isLive } from './private-state.ts';
import { EMPTY, type Conversation, type ConversationKey, type State } from './state.ts';

/** The page of one login, in parts that are stored each by itself. */
export interface Saved {
  readonly page: SavedPage;
  readonly conversations: readonly Conversation[];
}

export interface SavedPage {
  readonly version: 1;
  /** When it was saved: what was said since is missing. */
  readonly at: number;
  readonly active: ConversationKey;
  readonly server: string | null;
  readonly nextId: number;
  /** The conversations, in their order. */
  readonly keys: readonly ConversationKey[];
}

/** Most entries of a conversation that are saved, the newest. */
const SAVED_ENTRIES = 2_000;

export function pageOf({ active, server, nextId, conversations }: State, at: number): SavedPage {
  return { version: 1, at, active, server, nextId, keys: conversations.map(({ key }) => key) };
}

export function savedFormOf(conversation: Conversation): Conversation {
  const { entries } = conversation;
  return entries.length > SAVED_ENTRIES
    ? { ...conversation, entries: entries.slice(-SAVED_ENTRIES) }
    : conversation;
}

/** What was saved, brought up to date with what was saved later, and only in part. */
export function withLate(saved: Saved | null, late: Saved | null): Saved | null {
  if (!saved || !late) return late ?? saved;
  const byKey = new Map([...saved.conversations, ...late.conversations].map((part) => [part.key, part]));
  const { page } = late;
  return { page, conversations: page.keys.flatMap((key) => byKey.get(key) ?? []) };
}

/** The page as it was, coming back. What was on its way then is in doubt, and private connections are gone. */
export function restore(state: State, login: string, { page, conversations }: Saved): State {
  const [room, ...others] = conversations.map(afterwards);
  if (room?.kind !== 'room') return state;
  return {
    ...state,
    phase: { kind: 'inside', login, link: 'lost', lostAt: page.at },
    conversations: [room, ...others.filter((other) => other.kind !== 'room')],
    active: page.active,
    server: page.server,
    nextId: page.nextId,
  };
}

function afterwards(saved: Conversation): Conversation {
  const outgoing = saved.outgoing.map(({ id, text, at, state, reason }): Outgoing => ({
    id,
    text,
    at,
    // A private connection does not come back.
    state: saved.kind === 'private' ? 'not-sent' : state === 'sending' ? 'unsure' : state,
    ...(reason && { reason }),
  }));
  const conversation = { ...EMPTY, ...saved, outgoing };
  if (conversation.kind !== 'private') return conversation;
  const stage = isLive(conversation.stage) ? 'lost' : conversation.stage;
  return { ...conversation, stage, asking: false, asked: false };
}
