/** Parses the PROXY protocol, versions 1 and 2: the header by which a proxy names the client of a connection. */

import { isIP } from 'node:net';

/**
 * The longest header that is read, in bytes: version 1 has at most 107, version 2 may carry extras behind the
 * addresses.
 */
export const LONGEST_HEADER = 16 + 2048;

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V1_PREFIX = Buffer.from('PROXY ', 'latin1');
const V1_LONGEST = 107;
const V2_HEAD = 16;

/** Content of a PROXY header, and its length. */
export interface ProxyHeader {
  /**
   * Address of the client, as it is written there; null when the proxy speaks for itself (LOCAL, UNKNOWN) or names
   * none.
   */
  readonly source: string | null;
  /** Bytes of the header. */
  readonly length: number;
}

/** Thrown for bytes that are no PROXY header, and cannot become one. */
export class NoProxyHeader extends Error {}

/** The header of a connection that this server makes to itself: version 2, LOCAL. */
export const LOCAL_HEADER: Uint8Array = Buffer.concat([SIGNATURE, Buffer.of(0x20, 0x00, 0x00, 0x00)]);

/** Tells whether a connection begins like a PROXY header of either version. */
export function looksLikeProxyHeader(bytes: Uint8Array): boolean {
  return [SIGNATURE, V1_PREFIX].some((start) => bytes.length >= 6 && beginsLike(bytes, start));
}

/**
 * Reads a PROXY header from the beginning of a connection; null when more bytes are needed. Throws
 * {@link NoProxyHeader} as soon as that is plain.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | null {
  if (beginsLike(bytes, SIGNATURE)) return bytes.length < V2_HEAD ? null : readV2(bytes);
  if (beginsLike(bytes, V1_PREFIX)) return readV1(bytes);
  throw new NoProxyHeader('the connection does not begin with a PROXY header');
}

function beginsLike(bytes: Uint8Array, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return start.subarray(0, length).equals(bytes.subarray(0, length));
}

function readV1(bytes: Buffer): ProxyHeader | null {
  const end = bytes.subarray(0, V1_LONGEST).indexOf('\r\n');
  if (end < 0) {
    if (bytes.length < V1_LONGEST) return null;
    throw new NoProxyHeader('the PROXY line does not end');
  }
  const line = bytes.toString('latin1', 0, end);
  const length = end + 2;
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { source: null, length };
  const port = '(0|[1-9][0-9]{0,4})';
  const [, family, source, target, ...ports] =
    new RegExp(`^PROXY (TCP[46]) ([0-9a-fA-F:.]+) ([0-9a-fA-F:.]+) ${port} ${port}$`).exec(line) ?? [];
  const version = family === 'TCP4' ? 4 : 6;
  if (source === undefined || isIP(source) !== version || isIP(target!) !== version)
    throw new NoProxyHeader('the PROXY line cannot be read');
  if (ports.some((port) => Number(port) > 65_535)) throw new NoProxyHeader('the PROXY line names no port');
  return { source, length };
}

function readV2(bytes: Buffer): ProxyHeader | null {
  const [versionAndCommand, familyAndProtocol] = [bytes[12]!, bytes[13]!];
  const size = bytes.readUInt16BE(14);
  const length = V2_HEAD + size;
  if (versionAndCommand >> 4 !== 2 || (versionAndCommand & 15) > 1)
    throw new NoProxyHeader('unknown version or command');
  if (length > LONGEST_HEADER) throw new NoProxyHeader('the PROXY header is too long');
  if (bytes.length < length) return null;
  if ((versionAndCommand & 15) === 0) return { source: null, length };
  const body = bytes.subarray(V2_HEAD, length);
  if (familyAndProtocol === 0x11 && size >= 12) return { source: body.subarray(0, 4).join('.'), length };
  if (familyAndProtocol === 0x21 && size >= 36) return { source: ipv6Of(body), length };
  // UNSPEC and UNIX name no address that anything here could use; datagrams never end up here.
  if (familyAndProtocol === 0x00 || familyAndProtocol === 0x31) return { source: null, length };
  throw new NoProxyHeader('unknown address family or protocol');
}

function ipv6Of(body: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => body.readUInt16BE(index * 2).toString(16));
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  return mapped ? body.subarray(12, 16).join('.') : groups.join(':');
}
