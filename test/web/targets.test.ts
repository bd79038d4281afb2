import { describe, expect, it } from 'vitest';
import { knownNames } from '../../web/selectors/names.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import { initialState, type State } from '../../web/state/state.ts';
import { findTargets, inTheirPlaces, strangerOf } from '../../web/selectors/targets.ts';

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

it('where one can go keeps its place while it is shown: a choice meant for one who leaves is not of a look-alike', () => {
  const found = (...here: readonly string[]) => {
    const online = new Map(here.map((login) => [login, login]));
    return findTargets({ ...inside, conversations: [inside.conversations[0]], online }, 'dam', 'Everyone');
  };
  const shownNames = (...kept: Parameters<typeof inTheirPlaces>) =>
    inTheirPlaces(...kept).map(({ name }) => name);
  const shown = inTheirPlaces([], found('Adam', 'Аdam'));
  expect(shownNames(shown, found('Аdam'))).toEqual(['Adam', 'Аdam']);
  expect(shownNames(shown, found('Abdam', 'Adam', 'Аdam', 'dam'))).toEqual(['Adam', 'Аdam', 'dam', 'Abdam']);
  const begun = reduce(inside, { type: 'direct-opened', login: 'dave' });
  const dave = inTheirPlaces(findTargets(inside, 'dave', 'Everyone'), findTargets(begun, 'dave', 'Everyone'));
  expect(dave.map(({ key }) => key)).toEqual(['direct:dave']);
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
