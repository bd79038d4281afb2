/** Upgrades to a WebSocket: which requests get one, and how others are answered (D24, D27, RFC 6455 §4.2.1). */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { SUBPROTOCOL, WEB_SUBPROTOCOL } from '../../shared/protocol/control.ts';
import type { AcceptPolicy } from '../admission/accepted-connection.ts';
import { fileOf, isOwnOrigin, parseOrigin } from '../addresses/origin.ts';
import type { Handshake } from './handshake.ts';
import type { Remote } from './web-context.ts';
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

/** Rules by which upgrades are let in. */
export interface UpgradeRules {
  readonly policy: AcceptPolicy;
  /** Origins that may connect besides the page's own (D27), each in its one spelling. */
  readonly allowedOrigins: readonly string[];
  readonly onRejectedUpgrade: (reason: UpgradeRejection, about: Readonly<Record<string, string>>) => void;
}

/** A request for an upgrade, read by whomever. */
export interface Asked extends Handshake {
  readonly method: string;
  readonly httpVersion: string;
}

export interface RejectedUpgrade {
  readonly reason: UpgradeRejection | RejectionReason;
  readonly status: number;
  readonly error: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** Counts it, and has it logged, when it is answered; left out where admission has counted it. */
  readonly count?: () => void;
}

/**
 * Decides an upgrade; null when it is let in, and counted for its client's network.
 * @param address the client's
 */
export function findRejection(
  asked: Asked,
  address: string,
  { slot }: Remote,
  { policy, allowedOrigins, onRejectedUpgrade }: UpgradeRules,
): RejectedUpgrade | null {
  const broken = findBrokenRule(asked, allowedOrigins);
  if (broken !== null)
    return { ...broken, count: () => onRejectedUpgrade(broken.reason, describe(asked, broken.reason)) };
  if (policy.isBanned(address)) {
    const reason = 'refused by the operator';
    const count = () => void policy.admission.recordRejection(reason);
    return { reason, status: 403, error: 'this address is not let in for now', count };
  }
  // The address of a client behind a proxy is known only with the request.
  const rejection =
    slot?.rejection || policy.proxies.has(address)
      ? slot?.rejection
      : slot?.countFor(policy.networkOf(address));
  return rejection ? unavailable(rejection) : null;
}

/** Answers a request that is rejected, and ends the connection. */
export function sendRejection(reply: FastifyReply, { status, error, headers, count }: RejectedUpgrade): void {
  count?.();
  void reply
    .code(status)
    .headers({ ...headers, connection: 'close' })
    .send({ error });
}

/** Rejects a request on a connection that admission rejected; it may come again. */
export function unavailable(reason: RejectionReason): RejectedUpgrade {
  return {
    reason,
    status: 503,
    error: `${reason}; come again later`,
    headers: { 'retry-after': RETRY_AFTER },
  };
}

interface BrokenRule extends RejectedUpgrade {
  readonly reason: UpgradeRejection;
}

/** Checks the rules of every upgrade, the cheap ones first; null when it breaks none. */
function findBrokenRule(asked: Asked, allowedOrigins: readonly string[]): BrokenRule | null {
  const { headers } = asked;
  if (asked.method !== 'GET' || fileOf(asked.target) !== ENDPOINT)
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
  if (!mayConnect(asked, allowedOrigins)) {
    const error = 'this Origin may not connect; see --allow-origins';
    return { reason: 'the Origin may not connect', status: 403, error };
  }
  if (offer === 'unknown') {
    const error = `the subprotocols here are ${SUBPROTOCOLS.join(' and ')}`;
    return { reason: 'unknown subprotocol', status: 400, error };
  }
  return null;
}

/** The subprotocol that is spoken: one that the client offers, if it offers any (D24). */
export function chooseSubprotocol(headers: IncomingHttpHeaders): string | undefined {
  const offer = readOffer(headers['sec-websocket-protocol']);
  return typeof offer === 'string' ? undefined : offer.chosen;
}

/** Tells whether a request has content behind its head (RFC 9112 §6). */
function hasContent(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** Checks the Origin (D27): a page of this host, or of the list; a client without one is not a browser. */
function mayConnect({ headers, target }: Handshake, allowedOrigins: readonly string[]): boolean {
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
function describe({ headers }: Asked, reason: UpgradeRejection): Record<string, string> {
  if (reason !== 'the Origin may not connect') return {};
  const { origin = '', host = '' } = headers;
  return {
    origin: parseOrigin(origin) ?? 'not an origin',
    host: parseOrigin(`http://${host}`)?.slice('http://'.length) ?? 'not a host',
  };
}
