import { describe, expect, it } from 'vitest';
import { Proxies } from '../../server/admission/proxies.ts';

const OURS = ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.9'];
const xff = new Proxies(OURS, 'x-forwarded-for');
const forwarded = new Proxies(OURS, 'forwarded');

describe('where a request comes from, behind proxies', () => {
  it.each<readonly [remote: string, header: string | undefined, client: string, why: string]>([
    ['203.0.113.5', '1.2.3.4', '203.0.113.5', 'a stranger is not believed'],
    ['10.0.0.1', undefined, '10.0.0.1', 'nothing is said'],
    ['10.0.0.1', '203.0.113.5', '203.0.113.5', 'one hop'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.5', '203.0.113.5', 'what the client wrote itself is never reached'],
    ['10.0.0.1', '203.0.113.5, 10.9.9.9, 192.0.2.9', '203.0.113.5', 'three proxies'],
    ['10.0.0.1', '10.2.2.2', '10.2.2.2', 'only proxies: the first of them'],
    ['10.0.0.1', '203.0.113.5:4711', '203.0.113.5', 'with a port'],
    ['2001:db8:1::1', '2001:db8::5', '2001:db8::5', 'IPv6'],
    ['10.0.0.1', '[2001:db8::5]:4711', '2001:db8::5', 'IPv6 with a port'],
    ['10.0.0.1', '::ffff:203.0.113.5', '203.0.113.5', 'IPv4 written as IPv6'],
    ['::ffff:10.0.0.1', '203.0.113.5', '203.0.113.5', 'a proxy written as IPv6'],
    ['::ffff:a00:1', '203.0.113.5', '203.0.113.5', 'a proxy written as IPv6, in hexadecimal'],
    ['2001:DB8:1:0::1', '::FFFF:203.0.113.5', '203.0.113.5', 'capitals and zeros'],
    ['10.0.0.1', '203.0.113.5:70000', '10.0.0.1', 'a port that is none'],
    ['10.0.0.1', 'unknown', '10.0.0.1', 'no address'],
    ['10.0.0.1', '203.0.113.5, <script>', '10.0.0.1', 'nonsense next to the proxy'],
    ['10.0.0.1', '', '10.0.0.1', 'an empty header'],
  ])('X-Forwarded-For, %s, %s: %s (%s)', (remote, header, client, _why) => {
    const headers = header === undefined ? {} : { 'x-forwarded-for': header };
    expect(xff.clientOf(remote, { ...headers, forwarded: 'for=6.6.6.6' })).toBe(client);
  });

  it.each([
    ['10.0.0.1', 'for=203.0.113.5', '203.0.113.5'],
    ['10.0.0.1', 'For="[2001:db8::5]:4711";proto=https;by=10.0.0.1', '2001:db8::5'],
    [
      '10.0.0.1',
      'for=6.6.6.6, proto=http;for=203.0.113.5;host="a, b; for=7.7.7.7", for=10.0.0.2',
      '203.0.113.5',
    ],
    ['10.0.0.1', 'for=203.0.113.5, proto=https', '10.0.0.1'],
    ['10.0.0.1', 'for=_hidden, for=10.0.0.2', '10.0.0.2'],
    ['203.0.113.5', 'for=1.2.3.4', '203.0.113.5'],
    ['10.0.0.1', 'for="nobody, for=203.0.113.5', '203.0.113.5'],
    ['10.0.0.1', 'for="nobody, for="[2001:db8::5]:47"', '2001:db8::5'],
    ['10.0.0.1', String.raw`for=6.6.6.6, for=203.0.113.5;by="a\", for=7.7.7.7"`, '203.0.113.5'],
  ])('Forwarded (RFC 7239), %s, %s: %s', (remote, header, client) => {
    expect(forwarded.clientOf(remote, { forwarded: header, 'x-forwarded-for': '6.6.6.6' })).toBe(client);
  });

  it('looks at each character of a long header a few times at most, whoever sent it', () => {
    // The header has 400 KB, so that quadratic work would take a minute.
    for (const nonsense of [String.raw`\"`, ';for="', 'for="a,', ',;"', '"'])
      for (const remote of ['203.0.113.5', '10.0.0.1']) {
        const text = nonsense.repeat(400_000 / nonsense.length);
        expect(forwarded.clientOf(remote, { forwarded: text })).toBe(remote);
      }
  });

  it('a network is the same however it is written', () => {
    const proxies = new Proxies(['::FFFF:10.0.0.0/104', '2001:DB8:0001::/48'], 'x-forwarded-for');
    expect(
      ['10.1.2.3', '::ffff:a01:203', '2001:db8:1:2::', '11.0.0.1'].map((one) => proxies.has(one)),
    ).toEqual([true, true, true, false]);
  });

  it('tells a claim of a stranger from one of a proxy', () => {
    expect(xff.isForged('203.0.113.5', { 'x-forwarded-for': '1.2.3.4' })).toBe(true);
    expect(xff.isForged('10.0.0.1', { 'x-forwarded-for': '1.2.3.4' })).toBe(false);
    expect(xff.isForged('203.0.113.5', {})).toBe(false);
  });
});
