import { describe, expect, it } from 'vitest';
import { pageOf, restore, savedFormOf, withLate, type Saved } from '../../web/store/persist.ts';
import { reduce, type Event } from '../../web/store/reduce.ts';
import type { Said } from '../../web/store/entries.ts';
import { reducePrivate, type PrivateEvent } from '../../web/store/privates.ts';
import { findPrivate, initialState, type State } from '../../web/store/state.ts';

const AT = Date.UTC(2026, 0, 1, 12);
const run = (state: State, ...events: Event[]): State => events.reduce(reduce, state);
const online = (server: string): Event => ({
  type: 'control',
  message: { type: 'online', server, logins: ['ann', 'bob'] },
  at: AT,
});
const inside = run(initialState('en'), { type: 'accepted', login: 'ann', at: AT }, online('one'));

/** What a reload makes of a state: saved, and structured as the browser gives it back. */
const reload = (state: State): State => {
  const saved: Saved = structuredClone({
    page: pageOf(state, AT),
    conversations: state.conversations.map(savedFormOf),
  });
  return run(initialState('en'), { type: 'restored', login: 'ann', saved });
};
const written: Event = { type: 'written', key: 'room', text: 'hi', at: AT };

describe('a reload', () => {
  it('keeps messages, drafts, unread counts and the open conversation, and is coming back', () => {
    const before = run(
      inside,
      { type: 'received', frame: { opcode: 3, login: 'bob', msg: 'hello' }, at: AT },
      { type: 'direct-opened', login: 'bob' },
      { type: 'draft', key: 'direct:bob', text: 'half' },
      { type: 'visible', visible: false },
      { type: 'received', frame: { opcode: 3, login: 'bob', msg: 'there?' }, at: AT },
    );
    const after = reload(before);
    expect(after.conversations).toEqual(before.conversations);
    expect(after.active).toBe('direct:bob');
    expect(after.nextId).toBe(before.nextId);
    expect(after.phase).toEqual({ kind: 'inside', login: 'ann', link: 'lost', lostAt: AT });
  });

  it('leaves what was on its way in doubt, until it is known whether it is the same server', () => {
    const sending = run(inside, written, { type: 'sent', id: 1, end: 40 });
    const fate = (server: string) =>
      run(reload(sending), { type: 'accepted', login: 'ann', at: AT }, online(server)).conversations[0]
        .outgoing;
    expect(reload(sending).conversations[0].outgoing).toMatchObject([{ text: 'hi', state: 'unsure' }]);
    expect(fate('one')).toMatchObject([{ state: 'unconfirmed' }]);
    expect(fate('two')).toMatchObject([{ state: 'waiting' }]);
  });

  it('ends the private connections of the page that was, and forgets requests', () => {
    const key = 'private:bob';
    const open: PrivateEvent = { type: 'private-stage', key, stage: 'open', at: AT };
    const asking = reducePrivate(inside, { type: 'private-asking', login: 'bob', end: 1, at: AT });
    const waiting = run(reducePrivate(asking, open), { type: 'written', key, text: 'psst', at: AT });
    expect(findPrivate(reload(waiting), key)).toMatchObject({
      stage: 'lost',
      outgoing: [{ text: 'psst', state: 'not-sent' }],
    });
    expect(findPrivate(reload(asking), key)).toMatchObject({ asking: false });
  });

  it('keeps the newest of very many entries', () => {
    const entries = Array.from({ length: 2500 }, (_, id): Said => ({
      kind: 'said',
      id,
      login: 'bob',
      text: 'x',
      at: AT,
      mine: false,
    }));
    const kept = savedFormOf({ ...inside.conversations[0], entries }).entries;
    expect([kept.length, kept.at(-1)?.id]).toEqual([2000, 2499]);
  });

  it('brings what was saved up to date with what was saved last, in part', () => {
    const asSaved = (state: State): Saved => ({
      page: pageOf(state, AT),
      conversations: state.conversations,
    });
    const early = run(inside, { type: 'direct-opened', login: 'bob' });
    const later = run(early, { type: 'draft', key: 'direct:bob', text: 'half' });
    const late = { ...asSaved(later), conversations: later.conversations.slice(1) };
    expect(withLate(asSaved(early), late)).toEqual(asSaved(later));
    expect(withLate(null, late)).toBe(late);
    expect(withLate(asSaved(early), null)).toEqual(asSaved(early));
  });

  it('is not led astray by what is no page', () => {
    const nothing: Saved = { page: pageOf(inside, AT), conversations: [] };
    expect(restore(inside, 'ann', nothing)).toBe(inside);
  });
});
