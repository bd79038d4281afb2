/**
 * Every reason for which something ends, is ignored, throttled or rejected, once: the log, the metrics (whose label
 * values these are), the control channel and the close codes of a WebSocket (D26) all read them here. The words that a client
 * is told by a close are in `closes.ts`.
 */

/** Reasons why the server closes a connection, with their close codes on a WebSocket (D26). TCP has no word for it. */
export const CLOSE_CODES = {
  unreadable: 1002,
  'not-allowed': 1008,
  'too-slow': 1013,
  'too-many': 1013,
  'going-away': 1001,
} as const;
export type CloseKind = keyof typeof CLOSE_CODES;

/** Reasons why the server did not carry out a command that it could read (D5). A page is told (D28). */
export const IGNORED_REASONS = [
  'not identified',
  'not the own login',
  'to oneself',
  'unknown login',
  'no such request',
  'too many requests',
] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** Reasons why a LOGIN is refused (D7, D10). Only the log has them: a page is told of a ban, and finds out the others itself. */
export type RefusedReason =
  | 'empty'
  | 'too long'
  | 'invisible character'
  | 'space at its beginning or end'
  | 'banned'
  | 'taken'
  | 'has a login already';

/** Reasons why bytes cannot be read as a command (D5). */
const UNREADABLE_REASONS = [
  'unknown opcode',
  'opcode of the other side',
  'negative size',
  'size over the limit',
  'invalid UTF-8',
] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

/** Reasons why a connection that speaks commands ended. */
export const END_REASONS = [
  ...UNREADABLE_REASONS,
  'too many refused logins',
  'too many ignored commands',
  'LOGIN_PRIVATE after identification',
  'unknown connect_id',
  'too many wrong connect_ids',
  'too many waiting legs',
  'transport rules broken',
  'not identified in time',
  'command not completed in time',
  'too slow',
  'no answer to pings',
  'disconnected by the operator',
  'server going away',
  'left',
  'connection lost',
] as const;
export type EndReason = (typeof END_REASONS)[number];

const NOT_BY_SERVER: readonly EndReason[] = ['left', 'connection lost', 'server going away'];

/**
 * Tells whether the server ends a connection with this reason: for what the client did or failed to do (D5–D7, D26), or as its
 * operator wants it. That the server itself goes away is none.
 */
export function endsByServer(reason: EndReason): boolean {
  return !NOT_BY_SERVER.includes(reason);
}

/** Reasons why one connection of a private connection ended (D21). */
export const RELAY_END_REASONS = [
  'relay finished',
  'connection lost',
  'other leg lost',
  'too slow',
  'no answer to pings',
  'transport rules broken',
  'connect_id lapsed',
  'disconnected by the operator',
  'server going away',
] as const;
export type RelayEndReason = (typeof RELAY_END_REASONS)[number];

/** The end of a connection that the transport gave up, or that went by itself, as one of the reasons above. */
export const LOST = { stalled: 'too slow', silent: 'no answer to pings', lost: 'connection lost' } as const;

/** Reasons why a client is throttled: its reads are paused, and nothing of what it sends is lost. */
export const THROTTLE_REASONS = [
  'too many commands',
  'too many control messages',
  'too much fan-out in total',
  'others cannot keep up',
  'too much coming and going',
] as const;
export type ThrottleReason = (typeof THROTTLE_REASONS)[number];

/** Reasons why the connection of a page cannot be resumed (D28). */
export const RESUME_FAILURES = [
  /** The grace has passed. */
  'too late',
  /** More has been waiting for the page than is kept. */
  'too much',
  /** Too many others were waiting to be resumed. */
  'too many',
  /** It was resumed already, by whoever has the newer token. */
  'replaced',
  /** The server, or the other side of the private connection, ended it meanwhile. */
  'ended',
  /** There is no such connection: never, not from this Origin, not any more, or none that has sent so much. */
  'unknown',
] as const;
export type ResumeFailure = (typeof RESUME_FAILURES)[number];

/**
 * Reasons why a node has left the log of its cluster for good: the others declared it dead (`fenced`), nothing came back for
 * too long (`given up`), the engine lost what it had stored (`engine lost`), or its state differs from the others' (`diverged`).
 */
export const LOSS_REASONS = ['fenced', 'given up', 'engine lost', 'diverged'] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

/**
 * Kinds of trouble of a node that end nothing: a record of the log that nobody can read, an attempt to join that failed, two
 * gateways of one name (unless one of them is gone, and not yet declared dead), a complaint of the engine.
 */
export const TROUBLES = ['record', 'join', 'name', 'engine'] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Outcomes of connections between gateways, for private connections across nodes. */
export const HOP_OUTCOMES = [
  'dialled',
  'accepted',
  'not local',
  'wrong secret',
  'unwanted',
  'failed',
] as const;
export type HopOutcome = (typeof HOP_OUTCOMES)[number];

/** Reasons why a connection is rejected when it is accepted, or as soon as its address is known. */
export const REJECTION_REASONS = [
  'too many connections',
  'too many connections of one address',
  'too many new connections of one address',
  'overloaded',
  'refused by the operator',
  'no PROXY header from a proxy',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Reasons why an upgrade to WebSocket is rejected, besides the limits (D24, D27). */
export const UPGRADE_REJECTIONS = [
  'no WebSocket there',
  'not HTTP/1.1',
  'another version of WebSocket',
  'no WebSocket handshake',
  'the Origin may not connect',
  'unknown subprotocol',
] as const;
export type UpgradeRejection = (typeof UPGRADE_REJECTIONS)[number];

/** Reasons why a request to the operator's listener is rejected. */
export const OPERATOR_REJECTIONS = [
  'web page',
  'host name',
  'token',
  'no HTTP',
  'too many connections',
] as const;
export type OperatorRejection = (typeof OPERATOR_REJECTIONS)[number];

/** Reasons why a connection ended before it had shown what it is for. */
export const EARLY_END_REASONS = [
  /** A load balancer that looks whether somebody listens, or a client that is gone again: not worth a line. */
  'nothing came',
  'no TLS handshake in time',
  'the TLS handshake failed',
  'made room for another',
  'no request in time',
  'an answer was not taken in time',
  'no WebSocket in time',
  'an upgrade behind another request',
  'too much content',
  'not HTTP',
  'transport rules broken',
] as const;
export type EarlyEndReason = (typeof EARLY_END_REASONS)[number];
