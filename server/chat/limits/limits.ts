/**
 * The limits, each once: unit, default, range, and what `--help` says of it. The types, the defaults, the flags and the
 * documentation follow from this table.
 */

export interface Limit {
  /** Unit of its value; an operator writes `ms` like `30s`, and `bytes` as a number or like `64KiB`. */
  readonly unit: 'count' | 'ms' | 'bytes';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Help in one line, without the default and the range, which are added. */
  readonly help: string;
  /** True when `--help` lists it; `--help-all` lists them all. */
  readonly isBasic?: true;
}

type Range = readonly [min: number, max: number];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const KIB = 1024;
const GIB = KIB ** 3;

const limit =
  (unit: Limit['unit']) =>
  (fallback: number, [min, max]: Range, help: string): Limit => ({ unit, default: fallback, min, max, help });
const count = limit('count');
const time = limit('ms');
const size = limit('bytes');
const basic = (one: Limit): Limit => ({ ...one, isBasic: true });

/** The range of most times: checked by the second, and more than a day is a mistake. */
const A_WHILE: Range = [SECOND, DAY];

export const LIMITS = {
  // Before and while a connection speaks commands (D6, D7). `identifyTime` begins when there is a stream, that is behind a
  // PROXY header and TLS, which have times of their own (`server/admission/`). It starts anew at each refused login, since
  // people type, and think, and when a client that was throttled is read again. Times are checked once a second, in seconds
  // during which the process was awake: what a stopped process did not read is nobody's fault.
  maxRefusals: count(10, [1, 1000], 'refused logins after which a connection is closed'),
  maxIgnored: count(100, [0, 1e6], 'ignored commands of a connection; one more closes it'),
  identifyTime: time(
    2 * MINUTE,
    A_WHILE,
    'how long a connection may take to be identified, or to present its connect_id, from its beginning or its last refused login; 30s at most while over 3/4 of --max-connections are taken',
  ),
  commandTime: time(10 * SECOND, A_WHILE, 'how long a command may take from its first byte to its last'),

  // Rate limits (PROTOCOL.md, "Limits that a client meets"). The first two are a token bucket for each client: more than a
  // person or an honest program says, and more than a person can read; WebSocket pings, pongs and control messages have as
  // much again. The third is one token bucket for all, what a core delivers in a quarter of its time; who has sent more than
  // a little of late is throttled for it, as when slow consumers hold up the room. It is no number of recipients: each byte
  // counts as often as there are clients who get it. The last is a token bucket for each address, of two seconds of its rate.
  commandRate: basic(
    count(
      50,
      [1, 1e9],
      'rate limit of one client: commands a second in a room of 200 or more, in a smaller one or to one person up to 8 times as many; each 128 bytes of a long one count as one; who sends more is throttled',
    ),
  ),
  commandBurst: count(500, [1, 1e9], 'how many it may send at once after some quiet'),
  maxFanOut: size(
    128 * KIB ** 2,
    [KIB, KIB ** 4],
    'bytes a second that the fan-out of all commands together may take, counted once for everyone who gets them',
  ),
  presenceRate: count(
    5_000,
    [1, 1e9],
    'presence messages to pages a second that clients of one address may cause by coming and going; more, and the next LOGIN waits',
  ),

  // Slow consumers and silent ones. A relay has more time, as who reads slowly there holds up nobody else (D20).
  maxOutboxBytes: size(
    256 * KIB,
    [4 * KIB, GIB],
    'bytes pending for a client that make it a slow consumer, which is cut',
  ),
  writeStall: time(
    10 * SECOND,
    A_WHILE,
    'write deadline: how long a client may take nothing of what is pending for it before it is cut',
  ),
  relayStall: time(
    5 * MINUTE,
    A_WHILE,
    'the same on a private connection, whose other side is under backpressure meanwhile',
  ),
  pingInterval: time(20 * SECOND, A_WHILE, 'heartbeat: how often a WebSocket is pinged'),
  maxMissedPings: count(2, [1, 100], 'pings in a row without a sign of life after which it is ended'),

  // Private connections (D15-D19). There are people who copy a connect_id by hand.
  requestLifetime: time(5 * MINUTE, A_WHILE, 'how long a REQUEST_PRIVATE waits for its answer'),
  maxRequests: count(32, [1, 1e5], 'unanswered REQUEST_PRIVATE of one client'),
  maxIds: count(32, [1, 1e5], 'connect_ids of one requester that still wait for their two connections'),
  maxNegotiations: count(
    10_000,
    [1, 1e7],
    'unanswered REQUEST_PRIVATE and waiting connect_ids of everyone together',
  ),
  maxWaitingLegs: count(
    1_000,
    [1, 1e7],
    'connections that came first for their connect_id and wait for the second',
  ),
  idLifetime: time(3 * MINUTE, A_WHILE, 'how long a connect_id waits for its two connections'),
  maxHeldBytes: size(64 * KIB, [KIB, GIB], 'bytes kept for the first of the two before its reads are paused'),
  maxMisses: count(
    10,
    [1, 1e5],
    'wrong connect_ids of one address after which its LOGIN_PRIVATE are rejected',
  ),
  missWindow: time(10 * MINUTE, A_WHILE, 'within which they are counted'),
  missPenalty: time(10 * MINUTE, A_WHILE, 'how long they are rejected then'),

  // Earlier messages that pages which join are shown (D28). Off by default: nothing that is said is kept.
  history: basic(
    count(
      0,
      [0, 1000],
      'last messages to everyone that are kept, in memory only, and shown to pages that join; native clients get none; 0 keeps nothing',
    ),
  ),
  historyBytes: size(64 * KIB, [KIB, 256 * KIB], 'bytes of them that are kept at most'),
  historyAge: time(60 * MINUTE, [SECOND, DAY], 'how long they are kept'),

  // Connections of pages that dropped and may be resumed (D28).
  resumeGrace: time(
    60 * SECOND,
    [0, DAY],
    'how long a page whose connection dropped may take to resume it; 0ms for never',
  ),
  maxResumable: count(4096, [0, 1e6], 'dropped connections of pages that wait to be resumed'),
  maxResumablePerNetwork: count(64, [0, 1e6], 'those from one address'),
  maxResumeBytes: size(
    256 * KIB,
    [64 * KIB, GIB],
    'retransmit buffer: bytes kept for a page until it acknowledges them; on a private connection up to 16 times as many, where the way is long',
  ),
  maxResumeTotal: size(
    64 * KIB ** 2,
    [KIB ** 2, KIB ** 4],
    'those of all pages together; from half of it on they have no more than their own, and beyond it who needs more cannot be resumed',
  ),

  // Admission. An address may be a school behind one router; all its connections may come back twice, and load the page.
  maxConnections: basic(
    count(
      0,
      [0, 1e7],
      'connections in all; 0 for as many as there are file descriptors for, but for a reserve',
    ),
  ),
  maxConnectionsPerAddress: basic(
    count(
      1_000,
      [1, 1e7],
      'connections of one address, an IPv6 /64 counting as one; not for this machine itself',
    ),
  ),
  maxArrivalsPerMinute: count(
    3_000,
    [1, 1e7],
    'new connections of one address in a minute; not for this machine itself',
  ),
  maxLoopDelay: time(
    500,
    [50, DAY],
    'mean delay of the event loop from which on new connections are rejected',
  ),
  requestTime: time(
    10 * SECOND,
    A_WHILE,
    'idle timeout of HTTP: how long a request may take to come, its answer may stand still, and its connection may do nothing',
  ),

  // Stopping.
  drainDelay: time(
    0,
    [0, DAY],
    'how long it still accepts when it is told to stop, with 503 on /readyz, so that load balancers send nobody new',
  ),
  drainTime: basic(
    time(8 * SECOND, [0, DAY], 'how long private connections may run on when the server is told to stop'),
  ),
  drainSpread: time(
    2 * SECOND,
    [0, 10 * MINUTE],
    'over how long many pages are sent away then, so that they do not all come back at once',
  ),
  stopTimeout: time(
    0,
    [0, DAY],
    'how long the supervisor waits for the end before it kills; a longer drain is warned of at the start; 0ms for unknown',
  ),
} satisfies Readonly<Record<string, Limit>>;

/** The limits in effect, so that a test can be exact and an operator can choose; times in ms. */
export type Limits = { readonly [Name in keyof typeof LIMITS]: number };

/** The most that `identifyTime` is while most connections are taken, in ms (D7). */
export const CROWDED_IDENTIFY_TIME = 30 * SECOND;
