import { describe, expect, it } from 'vitest';
import { validateLogin } from '../../shared/protocol/login.ts';
import { COATS, avatarIndex, initialOf } from '../../web/components/base/cat.tsx';

describe('a name, before the server is asked', () => {
  it.each([
    ['bob', 'fine'],
    ['', 'empty'],
    ['a'.repeat(30), 'fine'],
    ['a'.repeat(31), 'too-long'],
    ['é'.repeat(15), 'fine'],
    ['é'.repeat(16), 'too-long'],
    ['two words', 'fine'],
    ['a\u0000b', 'invisible'],
    ['a\nb', 'invisible'],
    ['a\u202eb', 'invisible'],
    ['a\u200bb', 'invisible'],
    ['👩\u200d🚀', 'invisible'],
    ['\ufeffbob', 'invisible'],
    ['a\ud800', 'invisible'],
  ])('%j is %s (D3, D7)', (login, verdict) => {
    expect(validateLogin(login)).toBe(verdict);
  });
});

describe('the picture of a name', () => {
  it('has one coat for logins that are the same (D8)', () => {
    expect(avatarIndex('Ine\u0300s', 8)).toBe(avatarIndex('In\u00e8s', 8));
  });

  it('has a coat that exists, whatever the name', () => {
    for (const login of ['', 'bob', '😺', 'z'.repeat(30)]) {
      expect(avatarIndex(login, 8)).toBeGreaterThanOrEqual(0);
      expect(avatarIndex(login, 8)).toBeLessThan(8);
    }
  });

  it('has coats that tell forty first names apart, and a name in small letters from one in capitals', () => {
    const names =
      'Alice Amélie Antoine Arthur Camille Chloé Clara Clément Emma Enzo Ethan Gabriel Hugo Inès Jade Jules Julie Karim Kevin ' +
      'Léa Léo Louis Louise Lucas Manon Marie Mathis Maxime Nathan Nina Noah Paul Raphaël Sarah Sofia Théo Tom Victor Yusuf Zoé';
    const counts = new Map<number, number>();
    for (const name of names.split(' ')) {
      const coat = avatarIndex(name, COATS);
      counts.set(coat, (counts.get(coat) ?? 0) + 1);
    }
    expect(names.split(' ')).toHaveLength(40);
    expect(counts.size).toBeGreaterThanOrEqual(11);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(7);
    // However many coats there are, none hangs on single bits of the letters.
    for (const coats of [8, COATS, 16]) {
      const alike = names
        .split(' ')
        .filter((name) => avatarIndex(name, coats) === avatarIndex(name.toLowerCase(), coats));
      expect(alike.length, `of ${coats}`).toBeLessThanOrEqual(10);
      expect(avatarIndex('bob', coats)).not.toBe(avatarIndex('Bob', coats));
    }
  });

  it('shows the first letter as people see it', () => {
    expect(['bob', 'e\u0301mile', '😺 cat', 'кузя', ''].map(initialOf)).toEqual([
      'B',
      'E\u0301',
      '😺',
      'К',
      '?',
    ]);
  });
});
