import { describe, expect, it } from 'vitest';
import { lookAlikesAmong } from '../../shared/protocol/look-alikes.ts';

describe('a name that looks like another', () => {
  it.each([
    ['admin', 'аdmin'],
    ['admin', 'ａdmin'],
    ['Paul', 'PauI'],
    ['Paul', 'Pau1'],
    ['BOB', 'ΒΟΒ'],
    ['сор', 'cop'],
    ['marnie', 'mamie'],
    ['Zoë', 'Zоë'],
    ['Zoё', 'Zoë'],
    ['Leo', 'Le0'.replace('0', 'ο')],
    ['X0', 'XO'],
    // One space and two are drawn the same.
    ['Mme Martin', 'Mme  Martin'],
    ['Anne-Marie', 'Anne\u2010Marie'],
    ['Anne-Marie', 'Anne\u2011Marie'],
    ['Anne\u2013Marie', 'Anne\u2212Marie'],
    ["Mme L'Hôte", 'Mme L\u2019Hôte'],
    ['Mme L\u02bcHôte', 'Mme L\u00b4Hôte'],
  ])('is told apart: %s and %s', (one, other) => {
    const found = lookAlikesAmong([one, other]);
    expect([found.get(one), found.get(other)]).toEqual([other, one]);
  });

  it.each([
    ['Zoé', 'Zoe'],
    ['bob', 'Bob'],
    ['Lea', 'Léa'],
    ['太郎', '大郎'],
    ['иван', 'iban'],
  ])('is not %s to %s, which one can see', (one, other) => {
    expect(lookAlikesAmong([one, other]).size).toBe(0);
  });

  it('is one that mixes alphabets, whoever else is there', () => {
    expect([
      ...lookAlikesAmong(['pаypal', 'Ωmega', 'Pauӏ', 'Duraոd', 'иван', 'Νίκος', '太郎bob', 'Zoë']),
    ]).toEqual([
      ['pаypal', null],
      ['Ωmega', null],
      ['Pauӏ', null],
      ['Duraոd', null],
    ]);
  });
});
