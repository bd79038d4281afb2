/** The limits of the rules, as settings. */
import type { Limits } from '../chat/limits/limits.ts';
import { count, duration, size, type Kind } from './kinds.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const KIB = 1024;

/** A new field of {@link Limits} needs one line here, or this does not compile; its default stays with the rules. */
export const LIMITS: { readonly [K in keyof Limits]: Limit } = {
  maxRefusals: limit(count({ min: 1, max: 1000 }), 'refused logins after which a connection is closed'),
  maxIgnored: limit(count({ min: 0, max: 1e6 }), 'ignored commands that a connection may pile up'),
  commandRate: limit(
    count({ min: 1, max: 1e9 }),
    'commands a second of one client in a room of 200 or more, in a smaller one or to one person up to 8 times as many; each 128 bytes of a long one count as one; who sends more is throttled',
  ),
  commandBurst: limit(count({ min: 1, max: 1e9 }), 'how many it may send at once after some quiet'),
  maxFanOut: limit(
    size({ min: KIB, max: 2 ** 40 }),
    'bytes a second that all commands together may become, counted once for everyone who gets them',
  ),
  presenceRate: limit(
    count({ min: 1, max: 1e9 }),
    'presence messages to pages a second that clients of one address may cause by coming and going; more, and the next LOGIN waits',
  ),
  maxOutboxBytes: limit(
    size({ min: 4 * KIB, max: KIB ** 3 }),
    'bytes a client may leave untaken before it is cut',
  ),
  identifyTime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a connection may take to be identified, or to become a leg, from its beginning or its last refused login; 30s at most while over 3/4 of --max-connections are taken',
  ),
  commandTime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a command may take from its first byte to its last',
  ),
  writeStall: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a client may take nothing of what waits for it before it is cut',
  ),
  relayStall: limit(
    duration({ min: SECOND, max: DAY }),
    'the same on a private connection, whose other side is held back meanwhile',
  ),
  pingInterval: limit(duration({ min: SECOND, max: DAY }), 'how often a WebSocket is pinged'),
  maxMissedPings: limit(
    count({ min: 1, max: 100 }),
    'pings in a row without a sign of life after which it is ended',
  ),
  requestLifetime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a REQUEST_PRIVATE waits for its answer',
  ),
  maxRequests: limit(count({ min: 1, max: 1e5 }), 'unanswered REQUEST_PRIVATE of one client'),
  maxIds: limit(
    count({ min: 1, max: 1e5 }),
    'connect_ids of one requester that still wait for their two connections',
  ),
  maxNegotiations: limit(
    count({ min: 1, max: 1e7 }),
    'unanswered REQUEST_PRIVATE and waiting connect_ids of everyone together',
  ),
  maxWaitingLegs: limit(
    count({ min: 1, max: 1e7 }),
    'connections that came first for their connect_id and wait for the second',
  ),
  idLifetime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long a connect_id waits for its two connections',
  ),
  maxHeldBytes: limit(
    size({ min: KIB, max: KIB ** 3 }),
    'bytes held for the first leg of a private connection',
  ),
  maxMisses: limit(count({ min: 1, max: 1e5 }), 'wrong connect_ids of one address after which it is refused'),
  missWindow: limit(duration({ min: SECOND, max: DAY }), 'within which they are counted'),
  missPenalty: limit(duration({ min: SECOND, max: DAY }), 'how long its LOGIN_PRIVATE are refused then'),
  resumeGrace: limit(
    duration({ min: 0, max: DAY }),
    'how long a page whose connection dropped may take to come back to it; 0 for never',
  ),
  maxResumable: limit(count({ min: 0, max: 1e6 }), 'dropped pages that are waited for'),
  maxResumablePerNetwork: limit(count({ min: 0, max: 1e6 }), 'those from one address'),
  maxResumeBytes: limit(
    size({ min: 64 * KIB, max: KIB ** 3 }),
    'bytes kept for a page until it is known to have them',
  ),
  maxConnections: limit(
    count({ min: 0, max: 1e7 }),
    'connections in all; 0 for as many as there are file descriptors for, but for a reserve',
  ),
  maxConnectionsPerAddress: limit(
    count({ min: 1, max: 1e7 }),
    'connections of one address, an IPv6 /64 counting as one; not for this machine itself',
  ),
  maxArrivalsPerMinute: limit(
    count({ min: 1, max: 1e7 }),
    'new connections of one address in a minute; not for this machine itself',
  ),
  maxLoopDelay: limit(
    duration({ min: 50, max: DAY }),
    'mean lateness of the event loop from which on new connections are turned away',
  ),
  requestTime: limit(
    duration({ min: SECOND, max: DAY }),
    'how long an HTTP request may take to come, its answer may stand still, and its connection may do nothing',
  ),
  drainTime: limit(
    duration({ min: 0, max: DAY }),
    'how long private connections may run on when the server is told to stop',
  ),
  drainSpread: limit(
    duration({ min: 0, max: 10 * MINUTE }),
    'over how long many pages are sent away then, so that they do not all come back at once',
  ),
};

export interface Limit {
  readonly kind: Kind<number>;
  readonly help: string;
}

function limit(kind: Kind<number>, help: string): Limit {
  return { kind, help };
}
