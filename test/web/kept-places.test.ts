import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keptPlaces, leavePlaces, takePlaces } from '../../web/components/log/kept-places.ts';

let stored: Map<string, string>;
const PLACE = { id: 7, share: 0.25, offset: 0, seen: 12 };

beforeEach(() => {
  stored = new Map();
  vi.stubGlobal('document', { baseURI: 'http://room.example/' });
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => void stored.set(name, value),
    removeItem: (name: string) => void stored.delete(name),
  });
  keptPlaces.clear();
});
afterEach(() => vi.unstubAllGlobals());

it('a reload leaves the places where one was reading to the page after it, and to no other', () => {
  keptPlaces.set('room', PLACE).set('direct:bob', { ...PLACE, id: 9 });
  leavePlaces();
  keptPlaces.clear();
  takePlaces();
  expect([...keptPlaces]).toEqual([
    ['room', PLACE],
    ['direct:bob', { ...PLACE, id: 9 }],
  ]);
  keptPlaces.clear();
  takePlaces();
  expect(keptPlaces.size).toBe(0);
});

it.each(['null', '{', '7', '[1]'])('what else is stored there is left alone: %s', (content) => {
  stored.set('chaton.places', content);
  takePlaces();
  expect(keptPlaces.size).toBe(0);
});
