import { describe, expect, it } from 'vitest';
import {
  isEmpty,
  pageOf,
  plain,
  savedFormOf,
  withEarlier,
  withEarlierDrafts,
  withPendingSave,
  type Saved,
  restore,
} from '../../web/state/saved-form.ts';
import { Log } from '../../web/state/log.ts';
import { Drafts } from '../../web/state/drafts.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import type { Said } from '../../web/state/entries.ts';
import { reducePrivate, type PrivateEvent } from '../../web/state/private/reduce.ts';
import type { Stage } from '../../web/state/stage.ts';
import { findPrivate, initialState, type ConversationKey, type State } from '../../web/state/state.ts';

const AT = Date.UTC(2026, 0, 1, 12);
const run = (state: State, ...events: Event[]): State => events.reduce(reduce, state);
const online = (server: string): Event => ({
  type: 'control',
  message: { type: 'online', server, logins: ['ann', 'bob'] },
  at: AT,
});
const inside = run(initialState('en'), { type: 'accepted', login: 'ann', at: AT }, online('one'));

/** Reloads a state: saved, and structured as the browser gives it back. */
const reload = (state: State): State => {
  return restore(initialState('en'), 'ann', savedOf(state));
};
/** Saves a state, as the browser gives it back. */
const savedOf = (state: State, drafts = new Drafts()): Saved =>
  structuredClone({
    page: pageOf(state, AT),
    conversations: state.conversations.map((one) => savedFormOf(one, drafts.of(one.key))),
  });
/** Restores the drafts of a saved page, where some were begun meanwhile. */
const draftsOf = (saved: Saved, now: Readonly<Record<string, string>> = {}): string[] => {
  const drafts = draftsWith(now);
  withEarlierDrafts(drafts, saved);
  return saved.conversations.map(({ key }) => drafts.of(key));
};
const draftsWith = (texts: Readonly<Record<string, string>>): Drafts => {
  const drafts = new Drafts();
  for (const [key, text] of Object.entries(texts)) drafts.set(key as ConversationKey, text);
  return drafts;
};
const written: Event = { type: 'written', key: 'room', text: 'hi', at: AT };

describe('a reload', () => {
  it('keeps messages, unread counts and the open conversation, and is coming back', () => {
    const before = run(
      inside,
      { type: 'received', command: { opcode: 3, login: 'bob', msg: 'hello' }, at: AT },
      { type: 'direct-opened', login: 'bob' },
      { type: 'chosen', choices: { visible: false } },
      { type: 'received', command: { opcode: 3, login: 'bob', msg: 'there?' }, at: AT },
    );
    const after = reload(before);
    expect(after.conversations).toEqual(before.conversations);
    expect(after.active).toBe('direct:bob');
    expect(after.nextId).toBe(before.nextId);
    expect(after).toMatchObject({ phase: { kind: 'inside', login: 'ann', link: 'lost' }, lostAt: AT });
  });

  it('misses what was said since the loss, whatever was saved after it', () => {
    const lost = run(inside, { type: 'lost', at: AT - 60_000 }, written);
    expect(reload(lost)).toMatchObject({ lostAt: AT - 60_000 });
  });

  it('keeps drafts, each in its conversation, and does not write them over what was begun meanwhile', () => {
    const before = run(inside, { type: 'direct-opened', login: 'bob' });
    const saved = savedOf(before, draftsWith({ room: 'all', 'direct:bob': 'half' }));
    expect(draftsOf(saved)).toEqual(['all', 'half']);
    expect(draftsOf(saved, { room: 'anew' })).toEqual(['anew', 'half']);
    // The drafts are beside the state, not in it.
    const after = restore(initialState('en'), 'ann', saved);
    expect(after.conversations).toEqual(before.conversations);
  });

  it('leaves what was on its way in doubt: a server that goes after the page cannot tell it', () => {
    const sending = run(inside, written, { type: 'sent', id: 1, end: 40 });
    const fate = (server: string) =>
      run(reload(sending), { type: 'accepted', login: 'ann', at: AT }, online(server)).conversations[0]
        .outgoing;
    expect(reload(sending).conversations[0].outgoing).toMatchObject([{ text: 'hi', state: 'unsure' }]);
    expect(fate('one')).toMatchObject([{ state: 'unconfirmed' }]);
    expect(fate('two')).toMatchObject([{ state: 'unconfirmed' }]);
  });

  it('ends the private connections of the page that was, and forgets requests', () => {
    const key = 'private:bob';
    const notes = (state: State) =>
      findPrivate(state, key)!.log.all.flatMap((entry) => (entry.kind === 'note' ? [entry.note] : []));
    const open: PrivateEvent = { type: 'private-stage', key, stage: 'open', at: AT };
    const asking = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 1, at: AT });
    const waiting = run(reducePrivate(asking, open), { type: 'written', key, text: 'psst', at: AT });
    expect(findPrivate(reload(waiting), key)).toMatchObject({
      stage: 'page-ended',
      outgoing: [{ text: 'psst', state: 'not-sent' }],
    });
    expect(notes(reload(waiting))).toEqual(['open', 'page-ended']);
    // A page that was found late ends no differently, and an end is told once.
    expect(notes(withEarlier(inside, savedOf(waiting)))).toEqual(['open', 'page-ended']);
    expect(notes(reload(reload(waiting)))).toEqual(['open', 'page-ended']);
    expect(reload(waiting).nextId).toBe(waiting.nextId + 1);
    // Whoever reads "asks for a private connection" reads what became of it.
    expect(findPrivate(reload(asking), key)).toMatchObject({ asking: false, stage: 'asking-ended' });
    expect(notes(reload(asking))).toEqual(['asking-ended']);
    const request = { opcode: 5, login_requester: 'bob', login_target: 'ann' } as const;
    const asked = reducePrivate(inside, { type: 'received', command: request, at: AT });
    expect(findPrivate(reload(asked), key)).toMatchObject({ asked: false, stage: 'asked-ended' });
    // Of what somebody asked for who is ignored nothing is said, nor of its end.
    const ignoring = { ...initialState('en'), ignoreList: new Map([['bob', 'bob']]) };
    const unseen = restore(ignoring, 'ann', savedOf(asked));
    expect(findPrivate(unseen, key)).toMatchObject({ asked: false, stage: findPrivate(asked, key)!.stage });
    expect(notes(unseen)).toEqual(notes(asked));
    // It was agreed on, and never open: nothing was lost.
    const agreed = reducePrivate(asking, { ...open, stage: 'waiting' });
    expect(findPrivate(reload(agreed), key)).toMatchObject({ stage: 'lapsed' });
  });

  it.each(['open', 'i-ended', 'they-ended', 'ending', 'closed', 'lost'] as const)(
    'leaves open what became of our last words on a private connection that was %s, and of no others',
    (stage) => {
      const key = 'private:bob';
      const to = (next: Stage): PrivateEvent => ({ type: 'private-stage', key, stage: next, at: AT });
      const say = (state: State, text: string) => {
        const written = run(state, { type: 'written', key, text, at: AT });
        const id = findPrivate(written, key)!.outgoing.at(-1)!.id;
        return reducePrivate(written, { type: 'private-said', key, id, login: 'ann', at: AT });
      };
      const items = [{ kind: 'string' as const, text: 'I see' }];
      const asking = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 1, at: AT });
      const heard = reducePrivate(say(reducePrivate(asking, to('open')), 'early'), {
        ...{ type: 'private-items', key, items, unfinished: null, at: AT },
      });
      const said = say(heard, 'late');
      const ended = reducePrivate(stage === 'open' ? said : reducePrivate(said, to(stage)), {
        ...{ type: 'private-interrupted', key, isInterrupted: stage === 'open', at: AT },
      });
      const back = findPrivate(reload(ended), key)!;
      const perhaps = back.log.all.flatMap((entry) =>
        entry.kind === 'said' && entry.perhaps ? [entry.text] : [],
      );
      // What was written before they ended is behind that.
      const known: readonly Stage[] = ['they-ended', 'closed'];
      expect(perhaps).toEqual(known.includes(stage) ? [] : ['late']);
      expect([back.stage, back.isInterrupted ?? false]).toEqual([
        stage === 'closed' || stage === 'lost' ? stage : 'page-ended',
        false,
      ]);
    },
  );

  it('keeps the newest of very many entries', () => {
    const entries = Array.from({ length: 2500 }, (_, id): Said => ({
      kind: 'said',
      id,
      login: 'bob',
      text: 'x',
      at: AT,
      mine: false,
    }));
    const kept = savedFormOf({ ...inside.conversations[0], log: new Log(entries) }, '').entries;
    expect([kept.length, kept.at(-1)?.id]).toEqual([2000, 2499]);
  });

  it('says what is new only as long as nobody has turned to it, as a visit to another conversation does', () => {
    const newFrom = 5;
    for (const unread of [0, 2])
      expect(savedFormOf({ ...inside.conversations[0], newFrom, unread }, '').newFrom).toBe(
        unread === 0 ? null : newFrom,
      );
  });

  it('brings what was saved up to date with what was saved last, in part', () => {
    const state = run(inside, { type: 'direct-opened', login: 'bob' });
    const early = savedOf(state);
    const later = savedOf(state, draftsWith({ 'direct:bob': 'half' }));
    const late = { ...later, conversations: later.conversations.slice(1) };
    expect(withPendingSave(early, late)).toEqual(later);
    expect(withPendingSave(null, late)).toBe(late);
    expect(withPendingSave(early, null)).toEqual(early);
  });

  it('is not led astray by what is no page', () => {
    const nothing: Saved = { page: pageOf(inside, AT), conversations: [] };
    expect(restore(inside, 'ann', nothing)).toBe(inside);
  });
});

/** Saves a page with these messages in its room, and others that wait to be sent. */
const savedPage = (texts: readonly string[], waiting: readonly string[] = []): Saved => {
  const said = texts.map((msg): Event => ({
    type: 'received',
    command: { opcode: 3, login: 'bob', msg },
    at: AT,
  }));
  const state = run(inside, ...said, ...waiting.map((text): Event => ({ ...written, text })));
  return { page: pageOf(state, AT), conversations: state.conversations.map(plain) };
};
const textsOf = ({ conversations }: Pick<State, 'conversations'> | Saved) =>
  conversations
    .slice(0, 1)
    .flatMap((one) => ('log' in one ? one.log.all : one.entries))
    .flatMap((entry) => (entry.kind === 'said' ? [entry.text] : []));

describe('a copy of what the database may not have', () => {
  const aged = (saved: Saved, page: Partial<Saved['page']>): Saved => ({
    ...saved,
    page: { ...saved.page, ...page },
  });
  const [old, young] = [savedPage(['one'], ['queued']), savedPage(['one', 'two'])];

  it.each([
    ['was saved less often', { count: 4, at: AT + 9 }, { count: 5, at: AT }],
    ['has seen less', { at: AT + 9, nextId: 2 }, { nextId: 3 }],
    ['is of an earlier time', { at: AT - 1, nextId: 3 }, { nextId: 3 }],
  ])('is of no use when it %s', (_why, late, saved) => {
    expect(withPendingSave(aged(young, saved), aged(old, late))).toEqual(aged(young, saved));
    expect(withPendingSave(aged(old, late), aged(young, saved))?.page).toEqual(aged(young, saved).page);
  });

  it('follows what is saved when it was made without knowing that', () => {
    const both = withPendingSave(young, { ...savedPage(['three']), apart: true });
    expect(both && textsOf(both)).toEqual(['one', 'two', 'three']);
    const ids = both?.conversations[0]?.entries.map(({ id }) => id) ?? [];
    expect([...ids].sort((one, other) => one - other)).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });

  it.each([
    ['half', 'more', 'more'],
    ['half', '', 'half'],
    ['', 'more', 'more'],
  ])('of the drafts %j and %j leaves %j then', (earlier, later, left) => {
    const [saved, copy] = [earlier, later].map((room) => savedOf(inside, draftsWith({ room })));
    const both = withPendingSave(saved!, { ...copy!, apart: true });
    expect(both && draftsOf(both)).toEqual([left]);
  });
});

describe('what was saved and is found late', () => {
  it('comes in front of what was said meanwhile; what was on its way then is the person’s to decide', () => {
    const sending = run(inside, written, { type: 'sent', id: 1, end: 40 });
    const direct = run(sending, { type: 'direct-opened', login: 'bob' });
    const earlier: Saved = { page: pageOf(direct, AT), conversations: direct.conversations.map(plain) };
    const now = run(
      inside,
      { type: 'received', command: { opcode: 3, login: 'bob', msg: 'meanwhile' }, at: AT },
      { ...written, text: 'later' },
    );
    const both = withEarlier(withEarlier(now, savedPage(['long ago'])), earlier);
    expect(textsOf(both)).toEqual(['long ago', 'meanwhile']);
    expect(both.conversations[0]).toMatchObject({
      outgoing: [
        { text: 'hi', state: 'unconfirmed' },
        { text: 'later', state: 'waiting' },
      ],
    });
    expect(both.conversations.map(({ key }) => key)).toEqual(['room', 'direct:bob']);
    expect(both.nextId).toBe(now.nextId);
  });

  it('is missed by a page in which something is, and by no other', () => {
    expect(isEmpty(inside, new Drafts())).toBe(true);
    expect(isEmpty(inside, draftsWith({ room: 'half' }))).toBe(false);
    expect(isEmpty(inside, draftsWith({ room: '' }))).toBe(true);
    expect(isEmpty(withEarlier(inside, savedPage(['long ago'])), new Drafts())).toBe(false);
  });
});
