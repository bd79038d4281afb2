/** Upgrades to a WebSocket: which requests get one, and how others are answered (D24, D27, RFC 6455 §4.2.1). */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SUBPROTOCOL, WEB_SUBPROTOCOL } from '../../shared/protocol/control.ts';
import type { AcceptPolicy } from '../admission/accepted-connection.ts';
import { isOwnOrigin, parseOrigin } from '../addresses/origin.ts';
import type { Handshake } from './handshake.ts';
import type { WebConnection } from './web-connection.ts';
import { connectionOf } from './web-server.ts';
import type { RejectionReason, UpgradeRejection } from '../../shared/protocol/reasons.ts';

export const ENDPOINT = '/ws';
/** Subprotocols, the more capable first: that is the one chosen when a client offers both. */
const SUBPROTOCOLS: readonly string[] = [WEB_SUBPROTOCOL, SUBPROTOCOL];
/** The one version of RFC 6455; older ones carry the Origin elsewhere, and no browser speaks them. */
const VERSION = '13';
/** 16 bytes in base64 (RFC 6455 §4.1). */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
/** A token (RFC 9110 §5.6.2). */
const SUBPROTOCOL_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Backoff that a rejected client is asked for, in seconds. */
const RETRY_AFTER = 10;

interface RejectedUpgrade {
  readonly reason: UpgradeRejection;
  readonly status: number;
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Rules by which upgrades are let in. */
export interface UpgradeRules {
  readonly policy: AcceptPolicy;
  /** Origins that may connect besides the page's own (D27), each in its one spelling. */
  readonly allowedOrigins: readonly string[];
  readonly onRejectedUpgrade: OnRejectedUpgrade;
}

/** An upgrade, read by whomever. */
interface Asked extends Handshake {
  /** True when it is for the endpoint. */
  readonly isThere: boolean;
  readonly httpVersion: string;
}

type OnRejectedUpgrade = (reason: UpgradeRejection, about: Readonly<Record<string, string>>) => void;

/** Checks the rules of every upgrade, the cheap ones first; null when it breaks none. */
function findRejection(asked: Asked, allowedOrigins: readonly string[]): RejectedUpgrade | null {
  const { headers } = asked;
  if (!asked.isThere)
    return { reason: 'no WebSocket there', status: 404, error: `WebSocket is at ${ENDPOINT}` };
  if (asked.httpVersion !== '1.1')
    return { reason: 'not HTTP/1.1', status: 400, error: 'a WebSocket begins with HTTP/1.1' };
  if (headers['sec-websocket-version'] !== VERSION) {
    const error = `the version of WebSocket here is ${VERSION}`;
    const [reason, status] = ['another version of WebSocket', 426] as const;
    return { reason, status, error, headers: { 'sec-websocket-version': VERSION, upgrade: 'websocket' } };
  }
  const offer = readOffer(headers['sec-websocket-protocol']);
  if (!KEY.test(headers['sec-websocket-key'] ?? '') || offer === 'malformed')
    return { reason: 'no WebSocket handshake', status: 400, error: 'the WebSocket handshake is incomplete' };
  // A proxy in front and this server would not agree where the WebSocket begins.
  if (hasContent(headers))
    return { reason: 'no WebSocket handshake', status: 400, error: 'a WebSocket handshake has no content' };
  if (!isOriginAllowed(asked, allowedOrigins)) {
    const error = 'this Origin may not connect; see --allow-origins';
    return { reason: 'the Origin may not connect', status: 403, error };
  }
  if (offer === 'unknown') {
    const error = `the subprotocols here are ${SUBPROTOCOLS.join(' and ')}`;
    return { reason: 'unknown subprotocol', status: 400, error };
  }
  return null;
}

/**
 * Checks an upgrade before any route sees it; answers it, and returns true, when it is rejected.
 * @param address the client's
 */
export function rejectUpgrade(
  request: FastifyRequest,
  reply: FastifyReply,
  address: string,
  { policy, allowedOrigins, onRejectedUpgrade }: UpgradeRules,
): boolean {
  const { headers, originalUrl: target, raw } = request;
  // Fastify has a route for HEAD, too.
  const isThere = request.routeOptions.url === ENDPOINT && request.method === 'GET';
  const no = findRejection({ headers, target, isThere, httpVersion: raw.httpVersion }, allowedOrigins);
  if (no !== null) {
    onRejectedUpgrade(no.reason, describe(request, no.reason));
    void reply
      .code(no.status)
      .headers(no.headers ?? {})
      .send({ error: no.error });
    return true;
  }
  const { slot, isProbe = false } = connectionOf(raw)?.remote ?? {};
  if (isTurnedAway({ address, isProbe }, headers, policy)) {
    policy.admission.recordRejection('refused by the operator');
    void reply.code(403).send({ error: 'this address is not let in for now' });
    return true;
  }
  // The address of a client behind a proxy is known only with the request.
  const rejection = policy.proxies.has(address) ? null : (slot?.countFor(policy.networkOf(address)) ?? null);
  if (rejection !== null) sendUnavailable(reply, rejection);
  return rejection !== null;
}

/**
 * Tells whether a plain handshake breaks none of the same rules. One that does is left to {@link rejectUpgrade}, which
 * counts and answers it.
 * @param address the client's
 */
export function mayUpgrade(
  { headers, target }: Handshake,
  { remote: { address: remote, slot, isProbe } }: WebConnection,
  address: string,
  { policy, allowedOrigins }: UpgradeRules,
): boolean {
  const { proxies } = policy;
  if (slot?.rejection) return false;
  const isThere = target.split('?', 1)[0] === ENDPOINT;
  if (findRejection({ headers, target, isThere, httpVersion: '1.1' }, allowedOrigins) !== null) return false;
  if (isTurnedAway({ address, isProbe }, headers, policy)) return false;
  if (proxies.any && proxies.isForged(remote, headers)) return false;
  return proxies.has(address) || !slot?.countFor(policy.networkOf(address));
}

/** The subprotocol that is spoken: one that the client offers, if it offers any (D24). */
export function chooseSubprotocol(headers: IncomingHttpHeaders): string | undefined {
  const offer = readOffer(headers['sec-websocket-protocol']);
  return typeof offer === 'string' ? undefined : offer.chosen;
}

/**
 * Tells whether an address is banned, and its upgrade refused for it. A page gets its WebSocket, and learns by the close of that:
 * a browser does not show it what an upgrade was answered.
 */
function isTurnedAway(
  client: Parameters<AcceptPolicy['isBanned']>[0],
  headers: IncomingHttpHeaders,
  { isBanned }: Pick<AcceptPolicy, 'isBanned'>,
): boolean {
  return isBanned(client) && chooseSubprotocol(headers) !== WEB_SUBPROTOCOL;
}

/** Answers 503 to a request on a connection that admission rejected, and ends the connection; false when it did not. */
export function rejectIfFull(request: FastifyRequest, reply: FastifyReply): boolean {
  const rejection = connectionOf(request.raw)?.remote.slot?.rejection ?? null;
  if (rejection !== null) sendUnavailable(reply, rejection);
  return rejection !== null;
}

function sendUnavailable(reply: FastifyReply, rejection: RejectionReason): void {
  void reply
    .code(503)
    .headers({ 'retry-after': RETRY_AFTER, connection: 'close' })
    .send({ error: `${rejection}; come again later` });
}

/** Tells whether a request has content behind its head (RFC 9112 §6). */
function hasContent(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** Checks the Origin (D27): a page of this host, or of the list; a client without one is not a browser. */
function isOriginAllowed({ headers, target }: Handshake, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || isOwnOrigin(origin, { target, host })) return true;
  const page = parseOrigin(origin);
  return page !== null && allowedOrigins.includes(page);
}

/** Subprotocol offered by a client; `chosen` is undefined when it leaves that open. */
type Offer = { readonly chosen: string | undefined } | 'malformed' | 'unknown';

function readOffer(text: string | undefined): Offer {
  if (text === undefined) return { chosen: undefined };
  const names = text.split(',').map((name) => name.trim());
  if (!names.every((name) => SUBPROTOCOL_NAME.test(name)) || new Set(names).size < names.length)
    return 'malformed';
  const chosen = SUBPROTOCOLS.find((name) => names.includes(name));
  return chosen === undefined ? 'unknown' : { chosen };
}

/** Details that tell an operator that a proxy or a setting is to blame: origins, in their one spelling, no more. */
function describe({ headers }: FastifyRequest, reason: UpgradeRejection): Record<string, string> {
  if (reason !== 'the Origin may not connect') return {};
  const { origin = '', host = '' } = headers;
  return {
    origin: parseOrigin(origin) ?? 'not an origin',
    host: parseOrigin(`http://${host}`)?.slice('http://'.length) ?? 'not a host',
  };
}
