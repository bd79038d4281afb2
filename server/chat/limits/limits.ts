/** Every bound of the rules, in one place, so that a test can be exact and an operator can choose. Times in ms. */
export interface Limits {
  /** Refusals of LOGIN after which a connection is closed (D7). */
  readonly maxRefusals: number;
  /** Ignored commands that a connection may pile up; one more closes it (D6). */
  readonly maxIgnored: number;
  /**
   * How long a connection may take to be identified, or to become a relay endpoint: people type, and think, so it starts anew at
   * each refusal (D7). This and the times below are watched once a second, in seconds during which the process was
   * awake: what a held-up server did not read is nobody's fault.
   */
  readonly identifyTime: number;
  /** How long a command may take from its first byte to its last, however the bytes drip. */
  readonly commandTime: number;
  /**
   * Commands a client may send in a second, and how many more at once after some quiet; each 128 bytes of a longer one
   * count as one. They cost their fan-out: that much to 200 clients and more, less to fewer or to one
   * person, down to an eighth. Who sends more is throttled: reads are paused. Above what a person or an honest
   * program says, and more than a person can read. WebSocket pings, pongs and text messages have as much again.
   */
  readonly commandRate: number;
  readonly commandBurst: number;
  /**
   * Bytes a second that all commands together may become, each counted once for everyone who gets it. Above it
   * heavy senders are throttled, as they are while too many others are slow consumers. What a core
   * delivers in a quarter of its time.
   */
  readonly maxFanOut: number;
  /**
   * Presence messages to browser clients a second that the clients of one address may cause by coming and going, and ten times as
   * many at once after some quiet. More, and the next LOGIN from there waits.
   */
  readonly presenceRate: number;
  /** Bytes that may be pending for a client; one that has more is a slow consumer, and is closed. */
  readonly maxOutboxBytes: number;
  /** The write deadline: how long a client may take nothing at all of what waits for it before it is closed. */
  readonly writeStall: number;
  /** The same for a relay endpoint, while backpressure stops its peer; both are then reset (D20, D21). */
  readonly relayStall: number;
  /** How often a WebSocket is pinged. */
  readonly pingInterval: number;
  /** Pings in a row that may find the other side silent; the connection is then ended. */
  readonly maxMissedPings: number;
  /** How long a REQUEST_PRIVATE waits for its answer (D15). */
  readonly requestLifetime: number;
  /** Unanswered requests of one requester (D15). */
  readonly maxRequests: number;
  /** connect_ids of one requester that still wait for their two connections (D17). */
  readonly maxIds: number;
  /** Unanswered requests and waiting connect_ids of everyone together. */
  readonly maxNegotiations: number;
  /** Connections that came first for their connect_id and wait for the second (D19). */
  readonly maxWaitingLegs: number;
  /** How long a connect_id waits for its two connections: there are people who copy it by hand (D17). */
  readonly idLifetime: number;
  /** Bytes held for a waiting relay endpoint before its reads are paused (D19). */
  readonly maxHeldBytes: number;
  /** Wrong connect_ids from one network within `missWindow` after which its LOGIN_PRIVATE are refused (D18). */
  readonly maxMisses: number;
  readonly missWindow: number;
  /** How long they are refused then (D18). */
  readonly missPenalty: number;
  /** How long a detached connection waits for its browser client to resume it (D28). */
  readonly resumeGrace: number;
  /** Detached connections, in all and from one network; one more is not kept. */
  readonly maxResumable: number;
  readonly maxResumablePerNetwork: number;
  /** Size of the retransmit buffer of each resumable connection. A detached one for which more comes is not kept. */
  readonly maxResumeBytes: number;
  /** Connections in all; 0 for as many as the operating system gives file descriptors for, but for a reserve. */
  readonly maxConnections: number;
  /** Connections of one address, an IPv6 /64 counting as one: enough for a school behind one router. */
  readonly maxConnectionsPerAddress: number;
  /** New connections of one address in a minute, or at once: all of the former may come back twice, and load the page. */
  readonly maxArrivalsPerMinute: number;
  /** Event-loop delay, mean, in ms, from which on admission is closed. */
  readonly maxLoopDelay: number;
  /** How long an HTTP request may take to come, its answer may stand still, and its connection may do nothing. */
  readonly requestTime: number;
  /** How long private connections may run on when the server goes away; longer ones are reset. */
  readonly drainTime: number;
  /** Over how long many browser clients are told then, so that they do not all reconnect at once. */
  readonly drainSpread: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The most that `identifyTime` is while most connections are taken, in ms (D7). */
export const CROWDED_IDENTIFY_TIME = 30 * SECOND;

export const DEFAULT_LIMITS: Limits = {
  maxRefusals: 10,
  maxIgnored: 100,
  identifyTime: 2 * MINUTE,
  commandTime: 10 * SECOND,
  commandRate: 50,
  commandBurst: 500,
  maxFanOut: 128 * 1024 * 1024,
  presenceRate: 5_000,
  maxOutboxBytes: 256 * 1024,
  writeStall: 10 * SECOND,
  relayStall: 5 * MINUTE,
  pingInterval: 20 * SECOND,
  maxMissedPings: 2,
  requestLifetime: 5 * MINUTE,
  maxRequests: 32,
  maxIds: 32,
  maxNegotiations: 10_000,
  maxWaitingLegs: 1_000,
  idLifetime: 3 * MINUTE,
  maxHeldBytes: 64 * 1024,
  maxMisses: 10,
  missWindow: 10 * MINUTE,
  missPenalty: 10 * MINUTE,
  resumeGrace: 60 * SECOND,
  maxResumable: 4096,
  maxResumablePerNetwork: 64,
  maxResumeBytes: 256 * 1024,
  maxConnections: 0,
  maxConnectionsPerAddress: 1_000,
  maxArrivalsPerMinute: 3_000,
  maxLoopDelay: 500,
  requestTime: 10 * SECOND,
  drainTime: 8 * SECOND,
  drainSpread: 2 * SECOND,
};
