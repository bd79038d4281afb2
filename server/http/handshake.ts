/**
 * The opening handshake of a WebSocket (RFC 6455 §4) in the form in which nearly all clients send it, read and answered
 * without Node's parser and Fastify: these cost more than all the rest of a connection's arrival.
 */
import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Appended to the key of a handshake (RFC 6455 §1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A request line whose path nobody could understand in two ways. */
const REQUEST_LINE = /^GET (\/[\w./-]*(?:\?[!-~]*)?) HTTP\/1\.1$/;
/** A header with a value of visible characters. */
const HEADER = /^([A-Za-z0-9-]+): ?([!-~](?:[ -~]*[!-~])?)$/;
const CONNECTION_UPGRADE = /(?:^|,) *upgrade *(?:,|$)/i;
/** Headers of requests that have a body, or want another answer before it. */
const WITH_BODY = ['content-length', 'transfer-encoding', 'expect'];

/** A request for an upgrade to WebSocket. */
export interface Handshake {
  /** The request target as it came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Reads a request's head, without the empty line at its end. Null for whatever is not a handshake, or is not written in
 * the plainest way: a header twice, continued or not in ASCII, an absolute target, a body. That is left to those who
 * know all of HTTP.
 */
export function readHandshake(head: string): Handshake | null {
  const [first = '', ...lines] = head.split('\r\n');
  const target = REQUEST_LINE.exec(first)?.[1];
  if (target === undefined) return null;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const parts = HEADER.exec(line);
    const name = parts?.[1]?.toLowerCase();
    if (name === undefined || name in headers) return null;
    headers[name] = parts![2]!;
  }
  const { host, upgrade, connection } = headers;
  const isUpgrade = upgrade?.toLowerCase() === 'websocket' && CONNECTION_UPGRADE.test(connection ?? '');
  if (!isUpgrade || host === undefined || WITH_BODY.some((name) => name in headers)) return null;
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
