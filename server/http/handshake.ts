/**
 * The opening handshake of a WebSocket (RFC 6455 §4) in the form in which nearly all clients send it, read and answered
 * without Node's parser and Fastify: these cost more than all the rest of a connection's arrival.
 */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The end of a request's head: what is behind it waits until the request is answered. */
export const END_OF_HEAD = '\r\n\r\n';
/** Appended to the key of a handshake (RFC 6455 §1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A request line whose path nobody could understand in two ways. */
const REQUEST_LINE = /^GET (\/[\w./-]*(?:\?[!-~]*)?) HTTP\/1\.1$/;
/** A header with a value of visible characters. */
const HEADER = /^([A-Za-z0-9-]+): ?([!-~](?:[ -~]*[!-~])?)$/;
const CONNECTION_UPGRADE = /(?:^|,) *upgrade *(?:,|$)/i;
/** Headers of requests that have a body, or want another answer before it. */
const WITH_BODY = new Set(['content-length', 'transfer-encoding', 'expect']);
/** Headers that matter to an upgrade; all others are only checked. */
const NO_HEADERS: Readonly<Record<string, string | undefined>> = {
  host: undefined,
  upgrade: undefined,
  connection: undefined,
  origin: undefined,
  forwarded: undefined,
  'x-forwarded-for': undefined,
  'sec-websocket-key': undefined,
  'sec-websocket-version': undefined,
  'sec-websocket-protocol': undefined,
};
const NEEDED = new Set(Object.keys(NO_HEADERS));

/** Takes off the empty lines before a request, which mean nothing (RFC 9112 §2.2). */
export function withoutEmptyLines(bytes: Buffer): Buffer {
  let from = 0;
  while (bytes[from] === 0x0d || bytes[from] === 0x0a) from++;
  return bytes.subarray(from);
}

/** A request for an upgrade to WebSocket. */
export interface Handshake {
  /** The request target as it came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Reads a request's head, without the empty line at its end. Null for whatever is not a handshake, or is not written in
 * the plainest way: a header empty, continued or not in ASCII, one that matters twice, an absolute target, a body. That
 * is left to those who know all of HTTP.
 */
export function readHandshake(head: string): Handshake | null {
  const [first = '', ...lines] = head.split('\r\n');
  const target = REQUEST_LINE.exec(first)?.[1];
  if (target === undefined) return null;
  const headers = { ...NO_HEADERS };
  for (const line of lines) {
    const parts = HEADER.exec(line);
    const name = parts?.[1]?.toLowerCase();
    if (name === undefined || WITH_BODY.has(name)) return null;
    if (!NEEDED.has(name)) continue;
    if (headers[name] !== undefined) return null;
    headers[name] = parts![2];
  }
  const { host, upgrade, connection } = headers;
  if (host === undefined || upgrade?.toLowerCase() !== 'websocket') return null;
  if (!CONNECTION_UPGRADE.test(connection ?? '')) return null;
  return { target, headers };
}

/** The answer that accepts a handshake (RFC 6455 §4.2.2). @param protocol the subprotocol chosen, if any */
export function acceptHandshake(key: string, protocol: string | undefined): Buffer {
  const accept = hash('sha1', key + GUID, 'base64');
  const chosen = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return Buffer.from(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`,
    'latin1',
  );
}
