import { expect, it } from 'vitest';
import { notBackAfter } from '../../web/selectors/not-back.ts';
import { onlineOf } from '../../web/state/presence.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import { initialState, type Online } from '../../web/state/state.ts';

it('Who was here before a loss, and does not come back, is known until they do, or the visit ends', () => {
  const at = 0;
  let state = initialState('en');
  let notBack: Online = new Map();
  const after = (event: Event): string[] => {
    const before = state;
    state = reduce(state, event);
    notBack = notBackAfter(notBack, before, state);
    return [...notBack.values()];
  };
  const list = (server: string, logins: readonly string[], more?: true): Event => ({
    type: 'control',
    message: { type: 'online', server, logins, ...(more && { more }) },
    at,
  });
  const come = (...joined: string[]): Event => ({
    type: 'control',
    message: { type: 'presence', left: [], joined },
    at,
  });

  after({ type: 'accepted', login: 'prof', at });
  expect(after(list('a', ['prof', 'gone']))).toEqual([]);
  // Who takes a long list too slowly gets it anew.
  expect(after(list('a', ['prof', 'ann'], true))).toEqual([]);
  expect(after(list('a', ['prof', 'ann', 'bob', 'eve', 'tom']))).toEqual([]);
  expect(after({ type: 'lost', at })).toEqual(['ann', 'bob', 'eve', 'tom']);
  after({ type: 'accepted', login: 'prof', at });
  expect(after(list('b', ['prof', 'ann'], true))).toEqual(['bob', 'eve', 'tom']);
  after({ type: 'control', message: { type: 'also-online', logins: ['bob'] }, at });
  expect([...notBack.keys()]).toEqual([...onlineOf(['eve', 'tom']).keys()]);
  // Lost once more: who had not come back has not yet.
  after({ type: 'lost', at });
  after({ type: 'accepted', login: 'prof', at });
  expect(after(list('c', ['prof', 'ann', 'tom']))).toEqual(['eve', 'bob']);
  expect(after(come('eve', 'new'))).toEqual(['bob']);
  expect(after({ type: 'left' })).toEqual([]);
});
