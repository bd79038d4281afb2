import { describe, expect, it } from 'vitest';
import { knownNames } from '../../web/store/names.ts';
import { reduce, type Event } from '../../web/store/reduce.ts';
import { initialState, type State } from '../../web/store/state.ts';
import { findTargets } from '../../web/store/targets.ts';

const events: Event[] = [
  { type: 'join-asked', login: 'ann' },
  { type: 'accepted', login: 'ann', at: 0 },
  { type: 'direct-opened', login: 'bob' },
  { type: 'opened', key: 'room' },
  { type: 'received', frame: { opcode: 4, login_sender: 'Zoé', login_target: 'ann', msg: 'x' }, at: 0 },
  { type: 'received', frame: { opcode: 3, login: 'carol', msg: 'x' }, at: 0 },
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

  it('is found by part of a name, without case and accents', () => {
    expect(names('ZOE')).toEqual(['Zoé']);
    expect(names('o')).toEqual(
      ['Zoé', 'Everyone', 'bob', 'carol'].filter((name) => name.includes('o') || name === 'Zoé'),
    );
    expect(names('nobody')).toEqual([]);
  });
});

describe('the names that may be meant', () => {
  it('are who spoke here last, then partners, then those who are here, each once, without oneself', () => {
    expect(knownNames(inside)).toEqual(['carol', 'bob', 'Zoé', 'dave']);
  });
});
