import { describe, expect, it } from 'vitest';
import {
  LOCAL_HEADER,
  LONGEST_HEADER,
  NoProxyHeader,
  readProxyHeader,
} from '../../server/admission/proxy-header.ts';

const v1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const SIGNATURE = '0d0a0d0a000d0a515549540a';
const v2 = (hex: string): Buffer => Buffer.from(SIGNATURE + hex.replaceAll(' ', ''), 'hex');
const LONG_V6 = 'ffff:f'.padEnd(39, 'f:fff').slice(0, 39);

describe('PROXY protocol, what is read (spec §2.1, §2.2)', () => {
  it.each<readonly [string, Buffer, string | null]>([
    ['version 1, IPv4', v1('PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n'), '203.0.113.7'],
    ['version 1, IPv6', v1('PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n'), '2001:db8::7'],
    ['version 1, unknown', v1('PROXY UNKNOWN\r\n'), null],
    ['version 1, unknown with more', v1('PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n'), null],
    ['version 2, IPv4', v2('21 11 000c cb007107 c0000201 dc04 01bb'), '203.0.113.7'],
    [
      'version 2, IPv6',
      v2('21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 01bb'),
      '2001:db8:0:0:0:0:0:7',
    ],
    [
      'version 2, IPv4 written as IPv6',
      v2('21 21 0024 00000000000000000000ffffcb007107 00000000000000000000ffffc0000201 dc04 01bb'),
      '203.0.113.7',
    ],
    [
      'version 2, with extras behind',
      v2('21 11 0013 cb007107 c0000201 dc04 01bb 04 0004 00000000'),
      '203.0.113.7',
    ],
    ['version 2, LOCAL', v2('20 00 0000'), null],
    ['version 2, LOCAL with an address', v2('20 11 000c cb007107 c0000201 dc04 01bb'), null],
    ['version 2, UNSPEC', v2('21 00 0000'), null],
    ['version 2, a UNIX socket', v2(`21 31 00d8 ${'00'.repeat(216)}`), null],
    ['what this server sends itself', Buffer.from(LOCAL_HEADER), null],
  ])('%s, however it is cut, and not a byte of what follows', (_name, header, source) => {
    for (let cut = 1; cut < header.length; cut++) expect(readProxyHeader(header.subarray(0, cut))).toBeNull();
    const followed = Buffer.concat([header, Buffer.from('00000000036d6577', 'hex')]);
    expect(readProxyHeader(followed)).toEqual({ source, length: header.length });
  });
});

describe('PROXY protocol, what is refused', () => {
  it.each<readonly [string, Buffer]>([
    ['a Chaton command', Buffer.from('00', 'hex')],
    ['another beginning', v1('GET / HTTP/1.1\r\n')],
    ['lower case', v1('proxy TCP4 203.0.113.7 192.0.2.1 56324 443\r\n')],
    ['another family', v1('PROXY UDP4 203.0.113.7 192.0.2.1 56324 443\r\n')],
    ['a family that is not the address’s', v1('PROXY TCP4 2001:db8::7 2001:db8::1 56324 443\r\n')],
    ['no address', v1('PROXY TCP4 203.0.113.256 192.0.2.1 56324 443\r\n')],
    ['a missing port', v1('PROXY TCP4 203.0.113.7 192.0.2.1 56324\r\n')],
    ['a port with a zero before', v1('PROXY TCP4 203.0.113.7 192.0.2.1 0443 443\r\n')],
    ['a source port over 65535', v1('PROXY TCP4 203.0.113.7 192.0.2.1 70000 443\r\n')],
    ['a target port over 65535', v1('PROXY TCP6 2001:db8::7 2001:db8::1 443 65536\r\n')],
    ['two spaces', v1('PROXY TCP4  203.0.113.7 192.0.2.1 56324 443\r\n')],
    ['a line without end', v1(`PROXY TCP6 ${LONG_V6} ${LONG_V6} 65535 65535`.padEnd(107, ' '))],
    ['version 3', v2('31 11 000c cb007107 c0000201 dc04 01bb')],
    ['an unknown command', v2('22 11 000c cb007107 c0000201 dc04 01bb')],
    ['datagrams', v2('21 12 000c cb007107 c0000201 dc04 01bb')],
    ['an address cut short', v2('21 11 000b cb007107 c0000201 dc04 01')],
    ['more than is read', v2(`21 11 ${LONGEST_HEADER.toString(16).padStart(4, '0')}`)],
  ])('%s', (_name, header) => {
    expect(() => readProxyHeader(header)).toThrow(NoProxyHeader);
  });
});
