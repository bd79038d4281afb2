import { beforeEach, describe, expect, it } from 'vitest';
import { Ledger, type Reader } from './ledger.ts';

const everyone = (): boolean => true;

describe('the ledger of a soak', () => {
  let ledger: Ledger;
  let a: Reader;
  let b: Reader;

  const reader = (name: string, acceptedAt: number): Reader => {
    const one = { name, acceptedAt, position: null };
    ledger.join(one);
    return one;
  };
  const say = (name: string, times: number): void => {
    for (let i = 0; i < times; i++) ledger.say(name);
  };
  beforeEach(() => {
    ledger = new Ledger();
    a = reader('a', 0);
    b = reader('b', 0);
    say('a', 3);
    say('b', 1);
    for (const [from, number] of [
      ['a', 1],
      ['b', 1],
      ['a', 2],
    ] as const)
      expect(ledger.hear(a, from, number, 10)).toBeNull();
  });

  it('D14: is content when all hear all in one order', () => {
    for (const [from, number] of [
      ['a', 1],
      ['b', 1],
      ['a', 2],
      ['a', 3],
    ] as const)
      expect(ledger.hear(b, from, number, 10)).toBeNull();
    expect(ledger.unheard(everyone)).toBe('a has not heard a 3');
    expect(ledger.hear(a, 'a', 3, 10)).toBeNull();
    expect(ledger.unheard(everyone)).toBeNull();
  });

  it.each<readonly [what: string, from: string, number: number, words: string]>([
    ['twice', 'a', 2, 'heard a 2 as the sender’s number 3'],
    ['what was left out before', 'b', 2, 'heard b 2, which was not said'],
    ['from nobody', 'c', 1, 'heard c 1, which was not said'],
  ])('finds what is heard %s', (_what, from, number, words) => {
    expect(ledger.hear(a, from, number, 10)).toBe(words);
  });

  it('D14: finds another order, and a gap', () => {
    expect(ledger.hear(b, 'a', 1, 10)).toBeNull();
    expect(ledger.hear(b, 'a', 2, 10)).toBe('heard a 2 where others heard b 1');
  });

  describe('of a newcomer who is the first to hear something, before which others have still to hear what it need not', () => {
    beforeEach(() => say('b', 1));

    it('knows its place when they have', () => {
      const newcomer = reader('n', 20);
      expect(ledger.hear(newcomer, 'a', 3, 30)).toBeNull();
      expect(newcomer.position).toBeNull();
      expect(ledger.hear(a, 'b', 2, 15)).toBeNull();
      expect(ledger.hear(a, 'a', 3, 30)).toBeNull();
      expect(newcomer.position).toBe(5);
    });

    it('finds that it had to hear that, too', () => {
      expect(ledger.hear(reader('n', 10), 'a', 3, 30)).toBeNull();
      expect(ledger.hear(a, 'b', 2, 15)).toBeNull();
      expect(ledger.hear(a, 'a', 3, 30)).toBe('n began behind b 2, which was sent after it was let in');
    });

    it('finds that it has gone on in another order, or alone', () => {
      const newcomer = reader('n', 20);
      expect(ledger.hear(newcomer, 'a', 3, 30)).toBeNull();
      expect(ledger.hear(newcomer, 'a', 2, 10)).toBeNull();
      ledger.leave(b);
      expect(ledger.unheard(everyone)).toBe('nobody but n has heard a 3');
      expect(ledger.hear(a, 'a', 3, 30)).toBe('n heard a 2 as the sender’s number 4');
    });

    it('goes by it when all others are gone', () => {
      const newcomer = reader('n', 20);
      expect(ledger.hear(newcomer, 'a', 3, 30)).toBeNull();
      ledger.leave(a);
      expect(newcomer.position).toBe(4);
    });
  });

  it('finds what nobody has heard, unless its sender is gone', () => {
    for (const number of [1, 2]) ledger.hear(b, number === 1 ? 'a' : 'b', 1, 10);
    ledger.hear(b, 'a', 2, 10);
    expect(ledger.unheard(everyone)).toBe('nobody has heard number 3 of a');
    expect(ledger.unheard((name) => name !== 'a')).toBeNull();
  });

  it('D11: lets one who comes later begin where it was let in, and not behind that', () => {
    expect(ledger.hear(reader('later', 10), 'a', 2, 10)).toBeNull();
    expect(ledger.hear(reader('sooner', 9), 'a', 2, 10)).toBe(
      'began behind b 1, which was sent after it was let in',
    );
    const silent = reader('silent', 9);
    expect(silent.position).toBeNull();
    ledger.leave(b);
    expect(ledger.unheard((name) => name !== 'a')).toMatch(/has not heard/);
  });
});
