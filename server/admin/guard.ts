/** Authorizes requests to the operator's listener: by token, or by the name of this machine. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { FastifyReply } from 'fastify';
import { ConfigError, type Config } from '../config/config.ts';
import { readToken } from '../config/named-file.ts';
import { isLoopback } from '../addresses/address.ts';
import { faultOf } from '../http/request-fault.ts';
import type { OperatorRejection } from '../../shared/protocol/reasons.ts';

/** Reads the token. Throws a ConfigError when there is none and one is needed, or the file is no good. */
export function readAdminToken({ adminHost, adminTokenFile }: Config): string | null {
  if (adminTokenFile === null) {
    if (isLoopback(adminHost)) return null;
    throw new ConfigError(`--admin-host=${adminHost} is no loopback address: it needs --admin-token-file`);
  }
  return readToken('--admin-token-file', adminTokenFile);
}

/** Reason why a request is not let in, and the answer to it. */
interface Denial {
  readonly reason: OperatorRejection;
  readonly status: 400 | 401 | 403;
  readonly error: string;
}

const WEB_PAGE: Denial = { reason: 'web page', status: 403, error: 'not for web pages' };
const HOST_NAME: Denial = {
  reason: 'host name',
  status: 403,
  error: 'without a token it is only for who asks for localhost or an IP address',
};
const NO_ADMIN_TOKEN: Denial = { reason: 'token', status: 401, error: 'the token is missing or wrong' };

/**
 * Lets in who has the token, or, without one, who is on this machine and is no web page: a page in a browser on this
 * machine could reach this listener, too, by its own address or by a name that someone made mean it. Null when the
 * request is let in.
 */
export function authorize(request: IncomingMessage, adminToken: string | null): Denial | null {
  const { headers } = request;
  const fault = faultOf(request);
  if (fault !== null) return { reason: 'no HTTP', status: 400, error: fault };
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return WEB_PAGE;
  if (adminToken !== null) return bears(headers.authorization ?? '', adminToken) ? null : NO_ADMIN_TOKEN;
  // Without a token nothing that is sent beside the name can make up for it.
  return authoritiesOf(request).every(namesThisMachine) ? null : HOST_NAME;
}

/** Answers a request that is not let in. */
export function deny(reply: FastifyReply, { status, error }: Denial): void {
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  void reply.code(status).send({ error });
}

/** Every name that a request calls this listener by: each Host, of which there should be one, and an absolute target. */
function authoritiesOf({ headersDistinct, url = '' }: IncomingMessage): readonly string[] {
  const hosts = headersDistinct['host'] ?? [''];
  if (url.startsWith('/') || url === '*') return hosts;
  return [...hosts, URL.canParse(url) ? new URL(url).host : ''];
}

/**
 * Tells whether `host`, `host:port` or `[address]:port` is localhost or an IP address, which nobody can make mean
 * another.
 */
function namesThisMachine(authority: string): boolean {
  const [, bracketed, plain = ''] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::\d{0,5})?$/i.exec(authority) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const name = plain.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || isIP(name) === 4;
}

function bears(authorization: string, adminToken: string): boolean {
  const given = /^bearer +/i.exec(authorization) ? authorization.replace(/^bearer +/i, '') : '';
  return timingSafeEqual(digest(given), digest(adminToken));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
