import { describe, expect, it } from 'vitest';
import { hasTwin, mixesAlphabets, outlineOf } from '../../web/store/look-alikes.ts';
import { onlineOf } from '../../web/store/presence.ts';

describe('names that look the same (D7)', () => {
  it.each([
    ['\u0430dmin', 'admin'],
    ['\u0410dmin', 'Admin'],
    ['\u0440\u0430\u0443\u0440\u0430\u04cf', 'paypal'],
    ['\uff41dmin', 'admin'],
    ['\u03b1lice', 'alice'],
    ['aIice', 'alice'],
    ['b0b', 'bob'],
    ['a  b', 'a b'],
    ['\u041c\u041e\u0422', 'MOT'],
  ])('%j is taken for %j', (one, other) => {
    expect(outlineOf(one)).toBe(outlineOf(other));
    const here = onlineOf([one, other, 'carol']);
    expect([one, other, 'carol'].map((login) => hasTwin(login, here))).toEqual([true, true, false]);
    expect(hasTwin(one, onlineOf([one, 'carol']))).toBe(false);
  });

  it.each([
    ['Алиса', 'Alisa'],
    ['élan', 'elan'],
    ['愛麗絲', 'alice'],
  ])('%j is not taken for %j', (one, other) => {
    expect(outlineOf(one)).not.toBe(outlineOf(other));
  });

  it('of mixed alphabets are known as such, and names of one are not', () => {
    expect(['\u0430dmin', 'αlice'].map(mixesAlphabets)).toEqual([true, true]);
    expect(['admin', 'Алиса', 'Алиса 愛麗絲', 'émile', 'Ωμέγα', 'bob 太郎', ''].some(mixesAlphabets)).toBe(
      false,
    );
  });
});
