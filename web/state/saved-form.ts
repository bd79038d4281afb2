/** The form in which a page is saved on this device: from the state, and back into it; pure. */
import type { Entry, Note, Outgoing } from './entries.ts';
import { type Conversation, type ConversationKey, type State, EMPTY } from './state.ts';
import { asksUs, withIgnoreList } from './ignore-list.ts';
import type { Drafts } from './drafts.ts';
import { isPending, isEstablished, doubt, type Private } from './private-state.ts';
import type { Stage } from './stage.ts';
import { Log, MAX_ENTRIES, newest } from './log.ts';
import { seen } from './conversations.ts';

type Plain<C> = C extends Conversation ? Omit<C, 'log'> & { readonly entries: readonly Entry[] } : never;

/** A conversation with what is being written in it, and its log as what it holds. */
export type SavedConversation = Plain<Conversation> & { readonly draft?: string };

/** The page of one login, in parts that are stored each by itself. */
export interface Saved {
  readonly page: SavedPage;
  readonly conversations: readonly SavedConversation[];
}

export interface SavedPage {
  readonly version: 1;
  /** Time it was saved, or of the loss before, in ms since 1970: what was said since is missing. */
  readonly at: number;
  readonly active: ConversationKey;
  readonly nextId: number;
  /** The conversations, in their order. */
  readonly keys: readonly ConversationKey[];
  /** Count of this save, over all visits of the page: a clock can be set back. */
  readonly count?: number;
  /** The document that saved it. */
  readonly by?: string;
}

/** A copy in the tab's own storage of what the database may not have. */
export interface PendingSave extends Saved {
  /** Login whose page it is; copies of older versions do not say. */
  readonly login?: string;
  /** True when it was made without knowing what the database has: it does not replace that, but follows it. */
  readonly apart?: boolean;
}

/** Most entries of a conversation that are saved, the newest. */
export const SAVED_ENTRIES = 2_000;

/** @param now the time: after a loss nothing is known from then on, whatever one has written since */
export function pageOf({ lostAt, active, nextId, conversations }: State, now: number): SavedPage {
  return { version: 1, at: lostAt ?? now, active, nextId, keys: conversations.map(({ key }) => key) };
}

export function savedFormOf(conversation: Conversation, draft: string): SavedConversation {
  // A reload is a turn elsewhere and back: where one was reading is kept apart, and else the log would begin at old news.
  const newFrom = conversation.unread > 0 ? conversation.newFrom : null;
  return { ...newestOf(plain(conversation), SAVED_ENTRIES), newFrom, draft };
}

/** A conversation with its log as what it holds, as it is saved. */
export function plain({ log, ...conversation }: Conversation): SavedConversation {
  return { ...conversation, entries: log.all };
}

/** Returns a conversation with its newest entries only; what is not delivered and what is being written stay. */
export function newestOf<C extends SavedConversation>(conversation: C, most: number): C {
  return { ...conversation, entries: newest(conversation.entries, most) };
}

/** True when there is nothing in a page that could be lost. */
export function isEmpty({ conversations }: State, drafts: Drafts): boolean {
  return conversations.every(
    ({ key, log, outgoing }) => !(log.all.length || outgoing.length || drafts.of(key)),
  );
}

/**
 * Logins with whom a private connection is open, agreed on or asked for: it ends with the page's own connection. What people
 * who are ignored ask for is nowhere to be seen, and not missed.
 */
export function pendingPartners(state: Pick<State, 'conversations' | 'ignoreList'>): readonly string[] {
  return state.conversations.flatMap((one) => {
    if (one.kind !== 'private') return [];
    return isPending({ ...one, asked: asksUs(one, state) }) ? [one.login] : [];
  });
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
  const { page, conversations: ended } = afterwards(earlier, state);
  const before = { page, conversations: ended.map(settled) };
  const [room, ...others] = follow(before, state.conversations.map(plain)).map(
    ({ entries, ...one }): Conversation => ({ ...one, log: new Log(entries) }),
  );
  if (room?.kind !== 'room') return state;
  const conversations: State['conversations'] = [room, ...others.filter((other) => other.kind !== 'room')];
  return withIgnoreList({ ...state, conversations }, state.ignoreList);
}

/** Conversation as it comes back when the server has already said who is here: what was on its way is unconfirmed. */
function settled(conversation: Conversation): SavedConversation {
  const outgoing = conversation.outgoing.map((message) =>
    message.state === 'unsure' ? { ...message, state: 'unconfirmed' as const } : message,
  );
  return plain({ ...conversation, outgoing });
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
    entries: newest([...before.entries, ...part.entries], MAX_ENTRIES),
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

/** Brings back the page as it was. What was on its way then is `unsure`, and private connections are lost. */
export function restore(state: State, login: string, saved: Saved): State {
  const { page, conversations } = afterwards(saved, state);
  const [room, ...others] = conversations;
  if (room?.kind !== 'room') return state;
  const restored: State = {
    ...state,
    phase: { kind: 'inside', login, link: 'lost' },
    lostAt: page.at,
    conversations: [room, ...others.filter((other) => other.kind !== 'room')],
    active: page.active,
    nextId: page.nextId,
  };
  // The list of ignored people is this device's, and may have changed since.
  return seen(withIgnoreList(restored, state.ignoreList));
}

/**
 * A saved page as it is in the state, where drafts are not, once its private connections have ended, as their logs say; what
 * somebody who is ignored asked for has ended unseen.
 */
function afterwards(
  saved: Saved,
  state: Pick<State, 'ignoreList'>,
): { readonly page: SavedPage; readonly conversations: Conversation[] } {
  const { at } = saved.page;
  let { nextId } = saved.page;
  const conversations = saved.conversations.map((one) => {
    const conversation = inState(one);
    if (conversation.kind !== 'private') return conversation;
    const asked = asksUs(conversation, state);
    if (!isPending({ ...conversation, asked })) return { ...conversation, asked };
    const { login, log } = conversation;
    const wasOpen = isEstablished(conversation.stage);
    // One that was asked for or agreed on, and never open, has nothing to lose.
    const stage = wasOpen ? 'page-ended' : endOf(conversation);
    const note = { kind: 'note', id: nextId++, at, note: stage, login } as const;
    const ended = (wasOpen ? doubt(log) : log).with(note);
    return { ...conversation, stage, asking: false, asked: false, isInterrupted: false, log: ended } as const;
  });
  return { page: { ...saved.page, nextId }, conversations };
}

/** Says how one ends with the page that never was open. */
function endOf({ asking, stage }: Private): Stage & Note['note'] {
  if (asking) return 'asking-ended';
  return stage === 'waiting' ? 'lapsed' : 'asked-ended';
}

function inState({ draft: _draft, entries, ...saved }: SavedConversation): Conversation {
  const outgoing = saved.outgoing.map(({ id, text, at, state, reason }): Outgoing => ({
    id,
    text,
    at,
    // A private connection does not come back.
    state: saved.kind === 'private' ? 'not-sent' : state === 'sending' ? 'unsure' : state,
    ...(reason && { reason }),
  }));
  return { ...EMPTY, ...saved, log: new Log(entries), outgoing };
}
