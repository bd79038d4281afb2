/** State that survives a reload on this device; pure. */
import type { Entry } from './entries.ts';
import { withIgnoreList } from './ignore-list.ts';
import { afterwards } from './restore.ts';
import type { Drafts } from './drafts.ts';
import { isPending } from './private-state.ts';
import type { PendingSave, Saved, SavedConversation, SavedPage } from './saved-page.ts';
import { Log, MAX_ENTRIES } from './log.ts';
import type { Conversation, State } from './state.ts';

/** Most entries of a conversation that are saved, the newest. */
const SAVED_ENTRIES = 2_000;

/** @param now the time: after a loss nothing is known from then on, whatever one has written since */
export function pageOf({ lostAt, active, server, nextId, conversations }: State, now: number): SavedPage {
  return { version: 1, at: lostAt ?? now, active, server, nextId, keys: conversations.map(({ key }) => key) };
}

export function savedFormOf(conversation: Conversation, draft: string): SavedConversation {
  return { ...newestOf(plain(conversation), SAVED_ENTRIES), draft };
}

/** A conversation with its log as what it holds, as it is saved. */
export function plain({ log, ...conversation }: Conversation): SavedConversation {
  return { ...conversation, entries: log.all };
}

/** Returns a conversation with its newest entries only; what is not delivered and what is being written stay. */
export function newestOf<C extends SavedConversation>(conversation: C, most: number): C {
  const { entries } = conversation;
  return entries.length > most ? { ...conversation, entries: entries.slice(-most) } : conversation;
}

/** True when there is nothing in a page that could be lost. */
export function isEmpty({ conversations }: State, drafts: Drafts): boolean {
  return conversations.every(
    ({ key, log, outgoing }) => !(log.all.length || outgoing.length || drafts.of(key)),
  );
}

/** Logins with whom a private connection is open, agreed on or asked for: it ends with the page's own connection. */
export function pendingPartners({ conversations }: Pick<State, 'conversations'>): readonly string[] {
  return conversations.flatMap((one) => (one.kind === 'private' && isPending(one) ? [one.login] : []));
}

/** Brings back the drafts of a saved page, but where something is being written now. */
export function withEarlierDrafts(drafts: Drafts, { conversations }: Saved): void {
  for (const { key, draft } of conversations) if (draft && !drafts.of(key)) drafts.set(key, draft);
}

/** Brings what was saved up to date with a pending save, which has only a part. One that is older is of no use. */
export function withPendingSave(saved: Saved | null, pending: PendingSave | null): Saved | null {
  if (!saved || !pending) return pending ?? saved;
  if (pending.apart) return { page: pending.page, conversations: follow(saved, pending.conversations) };
  if (isOlder(pending.page, saved.page)) return saved;
  const byKey = new Map([...saved.conversations, ...pending.conversations].map((part) => [part.key, part]));
  const { page } = pending;
  return { page, conversations: page.keys.flatMap((key) => byKey.get(key) ?? []) };
}

function isOlder(one: SavedPage, other: SavedPage): boolean {
  const age = (one.count ?? 0) - (other.count ?? 0) || one.nextId - other.nextId || one.at - other.at;
  return age < 0;
}

/** Puts in front what was saved, and was found only when the page had gone on without it. */
export function withEarlier(state: State, earlier: Saved): State {
  const before = { ...earlier, conversations: earlier.conversations.map((saved) => plain(settled(saved))) };
  const [room, ...others] = follow(before, state.conversations.map(plain)).map(
    ({ entries, ...one }): Conversation => ({ ...one, log: new Log(entries) }),
  );
  if (room?.kind !== 'room') return state;
  const conversations: State['conversations'] = [room, ...others.filter((other) => other.kind !== 'room')];
  return withIgnoreList({ ...state, conversations }, state.ignoreList);
}

/** Conversation as it comes back when the server has already said which it is: what was on its way is unconfirmed. */
function settled(saved: SavedConversation): Conversation {
  const conversation = afterwards(saved);
  const outgoing = conversation.outgoing.map((message) =>
    message.state === 'unsure' ? { ...message, state: 'unconfirmed' as const } : message,
  );
  return { ...conversation, outgoing };
}

/** Appends conversations to what was saved of them, whose ids are moved below all others. */
function follow<C extends SavedConversation>(
  { page, conversations }: { readonly page: SavedPage; readonly conversations: readonly C[] },
  later: readonly C[],
): C[] {
  const earlier = new Map(conversations.map((part) => [part.key, moved(part, -page.nextId)]));
  const joined = later.map((part) => {
    const before = earlier.get(part.key);
    earlier.delete(part.key);
    return before ? join(before, part) : part;
  });
  return [...joined, ...earlier.values()];
}

function join<C extends SavedConversation>(before: C, part: C): C {
  const draft = part.draft || before.draft;
  const muted = part.muted ?? before.muted;
  return {
    ...part,
    entries: [...before.entries, ...part.entries].slice(-MAX_ENTRIES),
    outgoing: [...before.outgoing, ...part.outgoing],
    ...(draft && { draft }),
    ...(muted && { muted }),
    newFrom: part.newFrom ?? before.newFrom,
  };
}

function moved<C extends SavedConversation>(part: C, by: number): C {
  return {
    ...part,
    entries: part.entries.map((entry): Entry => ({ ...entry, id: entry.id + by })),
    outgoing: part.outgoing.map((message) => ({ ...message, id: message.id + by })),
    newFrom: part.newFrom === null ? null : part.newFrom + by,
  };
}
