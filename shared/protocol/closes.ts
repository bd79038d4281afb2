/**
 * Closes: each close of a connection by the server's rules, with its kind (the close code on a WebSocket,
 * D26), its reason (log and metrics) and its words (the reason in the close frame; TCP has none).
 */
import type { CloseKind, EndReason, RelayEndReason, UnreadableReason } from './reasons.ts';

/** Words: a short English sentence without user data, at most 123 bytes. */
export type Close = readonly [kind: CloseKind, reason: EndReason, words: string];
/** Close of a connection that waits for the other of its private connection, or relays. */
export type RelayClose = readonly [kind: CloseKind, reason: RelayEndReason, words: string];

/** Bytes that cannot be read as a command (D5). */
export const unreadable = (reason: UnreadableReason): Close => [
  'unreadable',
  reason,
  `cannot be read: ${reason}`,
];

// Times: to be identified (D7), and of one command.
export const NOT_IDENTIFIED: Close = ['not-allowed', 'not identified in time', 'not identified in time'];
export const NOT_COMPLETED: Close = [
  'not-allowed',
  'command not completed in time',
  'a command was not completed in time',
];

// Counts (D7, D6), and what waits for a client (D26).
export const TOO_MANY_REFUSED: Close = ['not-allowed', 'too many refused logins', 'too many refused logins'];
export const TOO_MANY_IGNORED: Close = [
  'not-allowed',
  'too many ignored commands',
  'too many commands that are not allowed',
];
export const TOO_SLOW: Close = ['too-slow', 'too slow', 'too slow: too much was waiting to be taken'];
export const NOTHING_TAKEN: RelayClose = ['too-slow', 'too slow', 'too slow: nothing was taken for too long'];

// LOGIN_PRIVATE (D17-D19).
export const LOGIN_PRIVATE_TOO_LATE: Close = [
  'not-allowed',
  'LOGIN_PRIVATE after identification',
  'LOGIN_PRIVATE belongs on a connection of its own',
];
export const TOO_MANY_WRONG: Close = [
  'not-allowed',
  'too many wrong connect_ids',
  'too many wrong connect_ids, try again later',
];
export const UNKNOWN_ID: Close = [
  'not-allowed',
  'unknown connect_id',
  'the connect_id is unknown, lapsed or used',
];
export const TOO_MANY_WAITING: Close = [
  'too-many',
  'too many waiting legs',
  'too many private connections are waiting',
];
export const LAPSED: RelayClose = ['not-allowed', 'connect_id lapsed', 'the connect_id lapsed'];

// The operator, and the end of the server.
export const DISCONNECTED = [
  'not-allowed',
  'disconnected by the operator',
  'disconnected by the operator',
] as const satisfies Close & RelayClose;
/** Its words are part of the protocol (D26): a page that reads them does not come back by itself. */
export const BANNED = [
  'not-allowed',
  'disconnected by the operator',
  'banned by the operator',
] as const satisfies Close;
/** Its words say to a page that nothing of what was not acknowledged was carried out, or will be. */
export const GOING_AWAY = [
  'going-away',
  'server going away',
  'the server is going away',
] as const satisfies Close & RelayClose;
/** A gateway that has lost its cluster, or the log: what it has not acknowledged may have been carried out at others. */
export const LOST_TO_OTHERS = [
  'going-away',
  'server going away',
  'the server has lost the others',
] as const satisfies Close;
