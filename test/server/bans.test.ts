import { describe, expect, it, vi } from 'vitest';
import { enforceBan } from '../../server/admin/actions.ts';
import {
  banSchema,
  banTargetSchema,
  MAX_BANS,
  MAX_PATTERNS,
  newBanSchema,
  type Ban,
} from '../../server/admin/ban.ts';
import { Bans, meantBy, TooManyBans } from '../../server/admin/bans.ts';
import { is, safeParse } from 'valibot';
import { MemoryRoom } from '../support/memory-room.ts';

const HOUR = 3_600_000;
const LATER = Date.now() + HOUR;
const login = (value: string, until = LATER): Ban => ({ kind: 'login', value, until });
const address = (value: string, until = LATER): Ban => ({ kind: 'address', value, until });

describe('a login pattern', () => {
  it.each<readonly [pattern: string, yes: readonly string[], no: readonly string[]]>([
    ['alice', ['alice', 'ALICE', 'aLiCe'], ['alic', 'alice2', ' alice', '']],
    ['spam*', ['spam', 'Spam-1', 'SPAM*'], ['spa', 'a spam']],
    ['*spam', ['spam', 'a spam', 'spamspam'], ['spam1']],
    ['a*b*c', ['abc', 'aXbXc', 'abcbc', 'abbc'], ['ab', 'acb', 'abcd']],
    ['*a*', ['a', 'bab', 'aa'], ['b', '']],
    ['a**', ['a', 'ab'], ['b']],
    ['*', ['a', 'anyone at all', '😀'], []],
    ['a?c', ['a?c', 'A?C'], ['abc']],
    ['a.c', ['a.c'], ['abc']],
    ['[a](b)+|c\\', ['[A](b)+|C\\'], ['a']],
    ['é*', ['e\u0301', 'É', 'E\u0301t'], ['e']],
    ['*\u{1F600}', ['\u{1F600}', 'a\u{1F600}'], ['\u{1F601}', '\u{1F600}a']],
    ['*σ', ['ΟΔΟΣ', 'οδος'], ['s']],
    ['ß', ['ẞ'], ['ss', 'SS']],
    ['i*', ['I', 'in'], ['ı', 'İ']],
  ])('%s: D8, and case does not count', (pattern, yes, no) => {
    const bans = new Bans([login(pattern)]);
    const isMeant = meantBy(login(pattern));
    for (const [logins, verdict] of [
      [yes, true],
      [no, false],
    ] as const)
      for (const one of logins)
        expect([one, bans.isLoginBanned(one), isMeant('192.0.2.1', one)]).toEqual([one, verdict, verdict]);
  });

  it('of the worst kind takes no longer than the best, as do as many as there may be', () => {
    // Backtracking would not finish even one of these patterns.
    const worst = Array.from({ length: MAX_PATTERNS }, (_, index) =>
      login(`*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b${index}c`),
    );
    const bans = new Bans(worst);
    expect(bans.isLoginBanned('a'.repeat(30))).toBe(false);
    expect(bans.isLoginBanned('a'.repeat(1_000))).toBe(false);
    expect(bans.isLoginBanned(`${'a'.repeat(20)}b249c`)).toBe(true);
  });
});

describe('a network', () => {
  it.each<readonly [network: string, yes: readonly string[], no: readonly string[]]>([
    [
      '203.0.113.0/24',
      ['203.0.113.77', '::ffff:203.0.113.77'],
      ['203.0.114.77', '2001:db8::1', '', 'nobody'],
    ],
    ['203.0.113.9/24', ['203.0.113.77'], ['203.0.112.77']],
    ['203.0.113.9', ['203.0.113.9'], ['203.0.113.8']],
    ['0.0.0.0/0', ['203.0.113.9'], ['2001:db8::1']],
    ['::/0', ['2001:db8::1', 'fe80::1%eth0'], ['203.0.113.9']],
    ['2001:db8::/32', ['2001:db8::1', '2001:0DB8:0::1'], ['2001:db9::1']],
    ['2001:DB8:0:0::1', ['2001:db8::1'], ['2001:db8::2']],
    ['::ffff:203.0.113.0/120', ['203.0.113.77'], ['203.0.114.77']],
    ['64:ff9b::192.0.2.1', ['64:ff9b::c000:201'], ['192.0.2.1']],
  ])('%s is found in any spelling', (network, yes, no) => {
    const bans = new Bans([address(network)]);
    const isMeant = meantBy(address(network));
    for (const [addresses, verdict] of [
      [yes, true],
      [no, false],
    ] as const)
      for (const one of addresses)
        expect([one, bans.isAddressBanned(one), isMeant(one, null)]).toEqual([one, verdict, verdict]);
  });

  it('is let in again, and asked for anew, by whatever spelling', () => {
    const bans = new Bans([address('2001:db8::/32'), login('Spam**'), address('203.0.113.0/24')]);
    bans.add(login('sPAM*'));
    bans.add(address('2001:0db8:ffff::1/32'));
    expect(bans.size).toBe(3);
    expect(bans.remove({ kind: 'address', value: '203.0.113.200/24' })).toBe(true);
    expect(bans.remove({ kind: 'address', value: '203.0.113.0/25' })).toBe(false);
    expect(bans.isAddressBanned('203.0.113.1')).toBe(false);
    expect(bans.remove({ kind: 'login', value: 'SPAM***' })).toBe(true);
    expect(bans.isLoginBanned('spammer')).toBe(false);
    expect(bans.remove({ kind: 'address', value: '2001:db8::/32' })).toBe(true);
    expect(bans.list()).toEqual([]);
  });
});

describe('the bans', () => {
  it('end in time, and make room', () => {
    let now = 1_000;
    const bans = new Bans([address('203.0.113.0/24', now + HOUR), login('a', now + 2 * HOUR)], () => now);
    expect(bans.forgetEnded()).toBe(0);
    now += HOUR;
    expect(bans.isAddressBanned('203.0.113.77')).toBe(false);
    expect([bans.list().length, bans.size]).toEqual([1, 2]);
    expect(bans.forgetEnded()).toBe(1);
    expect(bans.size).toBe(1);
    now += HOUR;
    expect(bans.isLoginBanned('a')).toBe(false);
    expect(bans.list()).toEqual([]);
  });

  it('are so many at most, patterns much fewer; the same one once more is none more', () => {
    let now = 1_000;
    const bans = new Bans([], () => now);
    for (let index = 0; index < MAX_PATTERNS; index++) bans.add(login(`${index}*`, now + HOUR));
    expect(() => bans.add(login('one*more', now + HOUR))).toThrow(TooManyBans);
    bans.add(login('0*', now + 2 * HOUR));
    for (let index = bans.size; index < MAX_BANS; index++) bans.add(login(`login ${index}`, now + HOUR));
    expect(() => bans.add(address('192.0.2.1', now + HOUR))).toThrow(TooManyBans);
    now += HOUR;
    bans.add(address('192.0.2.1', now + HOUR));
    expect(bans.size).toBe(2);
  });
});

describe('until when somebody can be refused', () => {
  const now = 1_760_000_000_000;
  const schema = newBanSchema(() => now);
  it.each([
    [now + 1, true],
    [8.64e15, true],
    [now, false],
    [now - 1, false],
    [now / 1000 + 3600, false],
    [-1, false],
    [0, false],
    [now + 0.5, false],
    [8.64e15 + 2, false],
    [1e20, false],
    [Infinity, false],
    [NaN, false],
    [null, false],
    [undefined, false],
    [`${now + 1}`, false],
  ])('%s: %s', (until, isFine) => {
    for (const ban of [
      { kind: 'login', value: 'a', until },
      { kind: 'address', value: '::1', until },
    ])
      expect(is(schema, ban)).toBe(isFine);
  });
});

describe('whom a ban may mean', () => {
  const until = 1_760_000_000_001;
  const schema = newBanSchema(() => until - 1);
  it.each(['0.0.0.0/0', '::/0', '1.2.3.4/0', '2001:db8::1/0', '::ffff:0:0/96'])(
    'not everybody, as %s does: that is refused with a word why',
    (value) => {
      const { issues } = safeParse(schema, { kind: 'address', value, until });
      expect(issues?.[0].message).toBe(
        `${value} is every address of its kind, yours too: ban a smaller network`,
      );
      // What was banned before can be read, and lifted.
      expect(is(banSchema, { kind: 'address', value, until })).toBe(true);
      expect(is(banTargetSchema, { kind: 'address', value })).toBe(true);
    },
  );

  it('a link-local address as the list of clients names it, with its interface', () => {
    for (const value of ['fe80::1%eth0', 'fe80::1%eth0/128']) {
      const { output } = safeParse(schema, { kind: 'address', value, until });
      expect(new Bans([output as Ban], () => 0).isAddressBanned('fe80::1%wlan0')).toBe(true);
    }
  });

  it('nor what is no network', () => {
    const { issues } = safeParse(schema, { kind: 'address', value: '0.0.0.0.0/0', until });
    expect(issues?.map(({ message }) => message)).toEqual([expect.stringMatching(/^must be a network/)]);
  });

  it.each(['0.0.0.0/1', '8000::/1', '0.0.0.0', '::', '::ffff:0:0/97'])(
    'but any less, as %s does',
    (value) => {
      expect(is(schema, { kind: 'address', value, until })).toBe(true);
    },
  );
});

describe('whom a ban means', () => {
  it('is disconnected, and nobody else; thousands are in one pass over all connections', () => {
    const room = new MemoryRoom();
    const sources = ['192.0.2.7', '192.0.2.8'].map((address) => ({ address, network: address }));
    const [meant, others] = sources.map((from) => Array.from({ length: 40 }, () => room.connect(from)));
    const looks = vi.spyOn(room.chat.connections.sessions, Symbol.iterator);
    const ban: Ban = { kind: 'address', value: '192.0.2.7', until: 9e12 };
    expect(enforceBan(room.chat, new Bans([], () => 0), ban)).toEqual({ disconnected: 40, logins: [] });
    expect(looks.mock.calls.length).toBeLessThanOrEqual(2);
    expect(meant!.every(({ closed }) => closed !== null)).toBe(true);
    expect(others!.every(({ closed }) => closed === null)).toBe(true);
  });
});
