import { describe, expect, it } from 'vitest';
import { findPeople } from '../../web/selectors/find-people.ts';
import { isHere, onlineOf } from '../../web/state/presence.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import { initialState, type State } from '../../web/state/state.ts';
import { totalUnread } from '../../web/selectors/unread.ts';

const online = (state: State, ...logins: string[]) =>
  reduce(state, { type: 'control', message: { type: 'online', server: 's', logins }, at: 0 });
const change = (state: State, left: string[], joined: string[], at = 0) =>
  reduce(state, { type: 'control', message: { type: 'presence', left, joined }, at });

const inside = online(reduce(initialState('en'), { type: 'accepted', login: 'ann', at: 0 }), 'ann', 'bob');
const here = (state: State) => [...state.online.values()];
const lines = (state: State, index = 0) =>
  state.conversations[index]!.log.all.map(
    (entry) => entry.kind === 'presence' && `+${entry.joined.join()} -${entry.left.join()}`,
  );

describe('who is here (D28)', () => {
  it('begins with everyone, and follows who leaves and who joins', () => {
    expect(here(inside)).toEqual(['ann', 'bob']);
    expect(lines(inside)).toEqual([]);
    expect(here(change(inside, ['bob'], ['carol']))).toEqual(['ann', 'carol']);
  });

  it('does not tell a person of their own entrance, which the list has said already', () => {
    expect(lines(change(inside, [], ['ann']))).toEqual([]);
    expect(lines(change(inside, [], ['ann', 'carol']))).toEqual(['+carol -']);
    expect(here(change(inside, [], ['ann', 'carol']))).toEqual(['ann', 'bob', 'carol']);
  });

  it('begins anew with each connection', () => {
    expect(here(online(inside, 'zoe'))).toEqual(['zoe']);
  });

  it('knows two spellings of one login as one (D8)', () => {
    const state = online(inside, 'Ine\u0300s');
    expect(isHere(state, 'In\u00e8s')).toBe(true);
    expect(here(change(state, ['In\u00e8s'], []))).toEqual([]);
  });

  it('takes nobody for absent before the server has said who is here', () => {
    expect(isHere(initialState('en'), 'bob')).toBe(true);
    expect(isHere(inside, 'carol')).toBe(false);
  });
});

describe('a message that waits for one who leaves', () => {
  it('goes to nobody else who takes the name: the person decides', () => {
    const events: Event[] = [
      { type: 'direct-opened', login: 'bob' },
      { type: 'dropped', at: 1 },
      { type: 'written', key: 'direct:bob', text: 'for bob', at: 2 },
      { type: 'written', key: 'room', text: 'for all', at: 2 },
    ];
    const dark = events.reduce(reduce, inside);
    const back = online(change(dark, ['bob', 'zoe'], []), 'ann', 'bob', 'zoe');
    const states = back.conversations.flatMap(({ outgoing }) => outgoing.map(({ state }) => state));
    expect(states).toEqual(['waiting', 'not-sent']);
    // Zoe, of whom nothing was known here, has only come.
    expect(lines(back)).toEqual(['+bob,zoe -bob']);
    expect(lines(back, 1)).toEqual([]);
  });
});

describe('the lines that say who comes and goes', () => {
  it('put together what happens together, and leave out who was here for a moment only', () => {
    let state = change(inside, [], ['carol'], 0);
    state = change(state, ['bob'], ['dan'], 1000);
    expect(lines(state)).toEqual(['+carol,dan -bob']);
    state = change(state, ['carol'], [], 2000);
    expect(lines(state)).toEqual(['+dan -bob']);
    expect(lines(change(change(inside, [], ['carol']), ['carol'], [], 3000))).toEqual([]);
    // A line names a few: those first whose name came back, which another may have.
    state = change({ ...inside, online: onlineOf(['ann', 'bob', 'eve', 'zoe']) }, ['bob'], ['dan'], 1000);
    state = change(change(state, ['zoe', 'eve'], [], 3000), [], ['eve'], 4000);
    expect(lines(state)).toEqual(['+eve,dan -eve,bob,zoe']);
  });

  it('keep that somebody left when the name comes back, which another may have taken, in the room and between two', () => {
    const told = (text: string) =>
      ({ opcode: 4, login_sender: 'bob', login_target: 'ann', msg: text }) as const;
    const hears = (state: State, text: string) =>
      reduce(state, { type: 'received', command: told(text), at: 0 });
    let state = change(hears(inside, 'it is me'), ['bob'], [], 1);
    expect(lines(state, 1)).toEqual([false, '+ -bob']);
    state = change(state, [], ['bob'], 2);
    expect([lines(state), lines(state, 1)]).toEqual([['+bob -bob'], [false, '+bob -bob']]);
    state = change(change(state, ['bob'], [], 3), [], ['bob'], 4);
    expect([lines(state), lines(state, 1)]).toEqual([['+bob -bob'], [false, '+bob -bob']]);
    expect(lines(change(hears(inside, 'both at once'), ['bob'], ['bob']), 1)).toEqual([false, '+bob -bob']);
    // Who joins without having left there is no news between two.
    expect(lines(change(hears(inside, 'hi'), [], ['zoe']), 1)).toEqual([false]);
    expect(lines(change(hears(online(inside, 'ann'), 'hi'), [], ['bob']), 1)).toEqual([false]);
  });

  it('begin anew behind a message, and after a while', () => {
    const first = change(inside, [], ['carol'], 0);
    const later = change(first, [], ['dan'], 10 * 60_000);
    expect(lines(later)).toEqual(['+carol -', '+dan -']);
    const command = { opcode: 3, login: 'bob', msg: 'hi' } as const;
    const spoken = change(reduce(first, { type: 'received', command, at: 1 }), [], ['dan'], 2);
    expect(lines(spoken)).toEqual(['+carol -', false, '+dan -']);
  });

  it('are nothing unread', () => {
    const away = reduce(inside, { type: 'chosen', choices: { visible: false } });
    expect(totalUnread(change(away, [], ['carol']))).toBe(0);
  });
});

describe('looking for someone', () => {
  const people = onlineOf(['Zoé', 'bob', 'Ann', 'élodie', 'Anna']);
  it('goes by the alphabet, whatever the case', () => {
    expect(findPeople(people, '', 'fr')).toEqual(['Ann', 'Anna', 'bob', 'élodie', 'Zoé']);
    expect(findPeople(people, ' AN', 'fr')).toEqual(['Ann', 'Anna']);
  });

  it('finds a letter however it is composed', () => {
    expect(findPeople(people, 'e\u0301', 'fr')).toEqual(['élodie', 'Zoé']);
    expect(findPeople(people, 'x', 'fr')).toEqual([]);
  });

  it('does not ask for accents, nor for the width of letters', () => {
    expect(findPeople(people, 'zoe', 'fr')).toEqual(['Zoé']);
    expect(findPeople(people, 'ELO', 'fr')).toEqual(['élodie']);
    expect(findPeople(people, 'ｂｏｂ', 'fr')).toEqual(['bob']);
    expect(findPeople(onlineOf(['İbrahim', 'Strauß']), 'ibrahim', 'tr')).toEqual(['İbrahim']);
    expect(findPeople(onlineOf(['İbrahim', 'Strauß']), 'STRAUSS', 'de')).toEqual(['Strauß']);
  });

  it('counts as people do', () => {
    const desks = onlineOf(['desk 10', 'desk 9', 'desk 100', 'desk 1']);
    expect(findPeople(desks, '', 'fr')).toEqual(['desk 1', 'desk 9', 'desk 10', 'desk 100']);
  });

  it('is right whoever has come and gone since the last time, one by one or many', () => {
    const order = new Intl.Collator('fr', { numeric: true }).compare;
    let logins = Array.from({ length: 300 }, (_, index) => `p${(index * 7919) % 1000}`);
    for (let round = 0; round < 40; round++) {
      const came = Array.from({ length: round % 7 }, (_, index) => `r${(round * 31 + index) % 97}`);
      logins = [...logins.filter((_, index) => (index + round) % 11 !== 0), ...came];
      const now = onlineOf(logins);
      expect(findPeople(now, '', 'fr')).toEqual([...now.values()].sort(order));
    }
  });
});
