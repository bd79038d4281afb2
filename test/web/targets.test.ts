import { describe, expect, it } from 'vitest';
import { findPeople } from '../../web/selectors/find-people.ts';
import { knownNames } from '../../web/selectors/names.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import { onlineOf } from '../../web/state/presence.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import { initialState, type State } from '../../web/state/state.ts';
import { findTargets, strangerOf } from '../../web/selectors/targets.ts';

const events: Event[] = [
  { type: 'join-asked', login: 'ann' },
  { type: 'accepted', login: 'ann', at: 0 },
  { type: 'direct-opened', login: 'bob' },
  { type: 'opened', key: 'room' },
  { type: 'received', command: { opcode: 4, login_sender: 'Zoé', login_target: 'ann', msg: 'x' }, at: 0 },
  { type: 'received', command: { opcode: 3, login: 'carol', msg: 'x' }, at: 0 },
];
const inside: State = {
  ...events.reduce(reduce, initialState('en')),
  online: new Map(['ann', 'bob', 'carol', 'dave'].map((login) => [login, login])),
};
const names = (query: string) => findTargets(inside, query, 'Everyone').map(({ name }) => name);

describe('where one can go', () => {
  it('is what is unread first, then other conversations, then those who are here, without oneself', () => {
    expect(names('')).toEqual(['Zoé', 'Everyone', 'bob', 'carol', 'dave']);
  });

  it('has people in the order of their list', () => {
    const online = onlineOf(['desk 10', 'zoe', 'desk 9', 'Émile', 'ann']);
    const found = findTargets({ ...inside, online }, '', 'Everyone').filter(({ key }) => key === null);
    expect(found.map(({ name }) => name)).toEqual(findPeople(online, '', 'en').slice(1));
  });

  it('is no private connection that was refused, of which nothing is left', () => {
    const command = { opcode: 5, login_requester: 'bob', login_target: 'ann' } as const;
    const asked = reducePrivate(inside, { type: 'received', command, at: 0 });
    const kinds = (state: State) => findTargets(state, 'bob', 'Everyone').map(({ kind }) => kind);
    expect(kinds(asked)).toEqual(['private', 'direct']);
    const refused = reducePrivate(asked, { type: 'private-declined', key: 'private:bob', at: 0 });
    expect(kinds(refused)).toEqual(['direct']);
  });

  it('is found by part of a name, without case and accents', () => {
    expect(names('ZOE')).toEqual(['Zoé']);
    expect(names('o')).toEqual(
      ['Zoé', 'Everyone', 'bob', 'carol'].filter((name) => name.includes('o') || name === 'Zoé'),
    );
    expect(names('nobody')).toEqual([]);
  });

  it('is first what has just this name, then what begins so', () => {
    const online = new Map(['Ob', 'Bobette', 'bob', 'obx'].map((login) => [login, login]));
    const found = findTargets(
      { ...inside, conversations: [inside.conversations[0]], online },
      'ob',
      'Everyone',
    );
    expect(found.map(({ name }) => name)).toEqual(['Ob', 'obx', 'bob', 'Bobette']);
  });
});

describe('someone who is not here', () => {
  const stranger = (query: string) => strangerOf(query, findTargets(inside, query, 'Everyone'), 'ann')?.name;

  it('can be written to by the whole name', () => {
    expect(['eve', ' eve ', 'car', 'Everyone'].map(stranger)).toEqual(['eve', 'eve', 'car', 'Everyone']);
  });

  it.each(['', 'ann', 'bob', 'dave', 'Zoe\u0301', 'a\u200bb', 'x'.repeat(31)])('is not %j', (query) => {
    expect(stranger(query)).toBeUndefined();
  });
});

describe('the names that may be meant', () => {
  it('are who spoke here last, then partners, then those who are here, each once, without oneself', () => {
    expect(knownNames(inside)).toEqual(['carol', 'bob', 'Zoé', 'dave']);
  });
});
