import { describe, expect, it } from 'vitest';
import { listConversations } from '../../web/selectors/conversation-list.ts';
import { Drafts } from '../../web/state/drafts.ts';
import { hiddenCount, ignore } from '../../web/state/ignore-list.ts';
import { createListActions } from '../../web/state/list-actions.ts';
import { reducePrivate, type PrivateEvent } from '../../web/state/private/reduce.ts';
import { privateKey } from '../../web/state/private-state.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import { findPrivate, type State } from '../../web/state/state.ts';
import { createStore } from '../../web/state/store.ts';
import { totalUnread } from '../../web/selectors/unread.ts';
import { AT, heard, inside, requested } from './support/events.ts';

const run = (state: State, ...events: PrivateEvent[]): State => events.reduce(reducePrivate, state);
const MINUTE = 60_000;

const asks = (login: string, at = AT): PrivateEvent => ({ ...requested(login), at });
const lapses = (login: string, since = AT, at = AT + 5 * MINUTE): PrivateEvent => ({
  type: 'private-timeout',
  key: privateKey(login),
  since,
  at,
});
const rows = (state: State) => listConversations(state).privates.map(({ login }) => login);
const room = (state: State) => state.conversations[0].log.all;
const log = (state: State, login: string) =>
  findPrivate(state, privateKey(login))?.log.all.map((entry) =>
    entry.kind === 'note' ? [entry.note, entry.times ?? 1] : entry.kind,
  );

describe('requests that lapse unanswered', () => {
  const names = Array.from({ length: 20 }, (_one, index) => `student ${index}`);

  it('leave one entry in the room, and no row in the list, however many they are', () => {
    const asked = run(inside, ...names.map((name) => asks(name)));
    expect(rows(asked)).toHaveLength(20);
    const state = run(asked, ...names.map((name) => lapses(name)));
    expect(rows(state)).toEqual([]);
    expect(room(state)).toMatchObject([{ kind: 'lapsed', logins: names, at: AT + 5 * MINUTE }]);
    expect(totalUnread(state)).toBe(0);
    // Whoever is away finds that there was something.
    const away = reduce(asked, { type: 'chosen', choices: { visible: false } });
    expect(run(away, ...names.map((name) => lapses(name))).conversations[0].unread).toBe(1);
  });

  it('are told together although others come and go between them, as when those who asked leave one by one', () => {
    const left = (login: string): Event => ({
      type: 'control',
      message: { type: 'presence', left: [login], joined: [] },
      at: AT,
    });
    let state = reduce(inside, {
      type: 'control',
      message: { type: 'online', server: 'one', logins: ['ann', ...names] },
      at: AT,
    });
    state = run(state, ...names.map((name) => asks(name)));
    for (const name of names) state = run(reduce(state, left(name)), left(name) as PrivateEvent);
    expect(rows(state)).toEqual([]);
    expect(room(state).map(({ kind }) => kind)).toEqual(['presence', 'lapsed', 'presence']);
    expect(room(state)[1]).toMatchObject({ logins: names });
  });

  it('are told anew behind what was said meanwhile, and after five minutes', () => {
    const first = run(inside, asks('bob'), asks('eve'), lapses('bob'));
    const kinds = (state: State) => room(state).map(({ kind }) => kind);
    expect(kinds(run(reduce(first, heard('bob', 'hi')), lapses('eve')))).toEqual([
      'lapsed',
      'said',
      'lapsed',
    ]);
    expect(kinds(run(first, lapses('eve', AT, AT + 10 * MINUTE)))).toEqual(['lapsed', 'lapsed']);
    expect(room(run(first, lapses('eve', AT, AT + 9 * MINUTE)))).toMatchObject([{ logins: ['bob', 'eve'] }]);
  });

  it('keep the row of a conversation that is open, or has something in it', () => {
    const open = reduce(run(inside, asks('bob')), { type: 'opened', key: privateKey('bob') });
    expect(rows(run(open, lapses('bob')))).toEqual(['bob']);
    const said: PrivateEvent = {
      type: 'private-items',
      key: privateKey('bob'),
      items: [{ kind: 'string', text: 'hi' }],
      unfinished: null,
      at: AT,
    };
    const state = run(inside, asks('bob'), said, lapses('bob'));
    expect(rows(state)).toEqual(['bob']);
    expect(room(state)).toEqual([]);
  });

  it('of a person who is ignored are counted, and not named in the room', () => {
    const state = run(ignore(inside, 'pest'), asks('pest'), lapses('pest'), asks('pest', AT + 1));
    expect(room(state)).toEqual([]);
    expect(hiddenCount(state)).toBe(2);
  });
});

describe('a request that we refuse', () => {
  it('is noted as refused behind an earlier connection with the same person', () => {
    const lost: PrivateEvent = { type: 'private-stage', key: privateKey('bob'), stage: 'lost', at: AT };
    const declined: PrivateEvent = { type: 'private-declined', key: privateKey('bob'), at: AT + 1 };
    const state = run(inside, asks('bob'), lost, asks('bob', AT + 1), declined);
    expect(log(state, 'bob')?.slice(-1)).toEqual([['declined', 1]]);
  });

  it('leaves the list with its row, unless a connection is open there', () => {
    const open: PrivateEvent = { type: 'private-stage', key: privateKey('bob'), stage: 'open', at: AT };
    const declined: PrivateEvent = { type: 'private-declined', key: privateKey('bob'), at: AT + 1 };
    expect(rows(run(inside, asks('bob'), declined))).toEqual([]);
    expect(rows(run(inside, asks('bob'), open, asks('bob', AT + 1), declined))).toEqual(['bob']);
  });
});

describe('a request that waits while its asker is ignored', () => {
  /** State after ignoring pest, and after ending that. */
  const ignoring = (state: State, still = true): State => {
    const store = createStore(reduce, state);
    const list = createListActions(store, new Drafts());
    list.ignore('pest');
    if (!still) list.unignore('pest');
    return store.state;
  };

  it('leaves the list, as one that comes later does not get into it, and comes back afterwards', () => {
    const state = run(inside, asks('pest'), asks('bob'));
    expect(rows(ignoring(state))).toEqual(['bob']);
    expect(hiddenCount(ignoring(state))).toBe(1);
    expect(rows(ignoring(state, false))).toContain('pest');
    expect(findPrivate(ignoring(state, false), privateKey('pest'))?.asked).toBe(true);
  });

  it('stays where somebody looks at it, or a connection is open', () => {
    const key = privateKey('pest');
    const open: PrivateEvent = { type: 'private-stage', key, stage: 'open', at: AT };
    expect(rows(ignoring(reduce(run(inside, asks('pest')), { type: 'opened', key })))).toEqual(['pest']);
    expect(rows(ignoring(run(inside, asks('pest'), open, asks('pest', AT + 1))))).toEqual(['pest']);
  });
});

describe('a request that is made again', () => {
  const again = [1, 2, 3].flatMap((turn) => [
    asks('bob', AT + turn),
    lapses('bob', AT + turn, AT + turn + MINUTE),
  ]);

  it('is noted once, with how often and the last time, and so is what became of it', () => {
    const state = run(inside, ...again);
    expect(log(state, 'bob')).toEqual([
      ['asked', 3],
      ['lapsed', 3],
    ]);
    expect(findPrivate(state, privateKey('bob'))!.log.all).toMatchObject([{ at: AT + 3 }, {}]);
    expect(rows(run(state, asks('bob', AT + 9)))).toEqual(['bob']);
    expect(log(run(state, asks('bob', AT + 9)), 'bob')).toEqual([
      ['lapsed', 3],
      ['asked', 4],
    ]);
  });

  it('is noted anew behind a connection that came of it', () => {
    const open: PrivateEvent = { type: 'private-stage', key: privateKey('bob'), stage: 'open', at: AT };
    const closed: PrivateEvent = { ...open, stage: 'closed' };
    const state = run(inside, asks('bob'), open, closed, { ...open, stage: 'none' }, asks('bob', AT + 9));
    expect(
      log(state, 'bob')
        ?.flat()
        .filter((one) => one === 'asked' || one === 'open'),
    ).toEqual(['asked', 'open']);
    const over: PrivateEvent = { type: 'private-declined', key: privateKey('bob'), at: AT };
    expect(log(run(state, over, asks('bob', AT + 10)), 'bob')).toEqual([
      ['asked', 1],
      ['open', 1],
      ['closed', 1],
      ['declined', 1],
      ['asked', 1],
    ]);
  });

  it('leaves the divider above what is new where it stands', () => {
    const key = privateKey('bob');
    const said: PrivateEvent = {
      type: 'private-items',
      key,
      items: [{ kind: 'string', text: 'hi' }],
      unfinished: null,
      at: AT,
    };
    const declined: PrivateEvent = { type: 'private-declined', key, at: AT };
    const seen = reduce(run(inside, asks('bob'), declined, said), { type: 'opened', key });
    const away = reduce(seen, { type: 'chosen', choices: { visible: false } });
    const state = run(away, asks('bob', AT + 1), lapses('bob', AT + 1), asks('bob', AT + 2));
    const { log: notes, newFrom } = findPrivate(state, key)!;
    expect(log(state, 'bob')).toEqual([['asked', 1], ['declined', 1], 'said', ['lapsed', 1], ['asked', 2]]);
    expect(newFrom).toBe(notes.all[3]!.id);
  });
});
