/** The events that the rules report to the log and the metrics. Never message text (D6). */
import type { LongSize, Opcode } from '../../../shared/protocol/commands.ts';
import type {
  IgnoredReason,
  EndReason,
  RefusedReason,
  RelayEndReason,
  ThrottleReason,
  ResumeFailure,
} from '../../../shared/protocol/reasons.ts';

/** Transports of connections that speak commands. */
export const TRANSPORTS = ['tcp', 'tcp-long64', 'tcp-tls', 'websocket'] as const;

/** Source of a connection. No other client learns the address (D23): the log and the operator do. */
export interface Source {
  readonly transport: (typeof TRANSPORTS)[number];
  readonly address: string;
  /** Network, which counts as one address: an IPv4 address, or an IPv6 /64 (D18); null when no limit per address applies. */
  readonly network: string | null;
  readonly longSize: LongSize;
  /** True for a probe: a connection of the server to itself, to see whether it answers. */
  readonly isProbe?: boolean;
}

/** One connection, as events describe it. */
export interface Client {
  /** Number that is unique in this process. */
  readonly id: number;
  readonly source: Source;
  /** Login; null until identified (§1). */
  readonly login: string | null;
  /** Time of its arrival, in whole ms of the clock of the rules. */
  readonly since: number;
  /** Commands that it has sent so far. */
  readonly commandCount: number;
}

export interface Observer {
  opened(subject: Client): void;
  identified(subject: Client): void;
  refused(subject: Client, reason: RefusedReason): void;
  ignored(subject: Client, opcode: Opcode, reason: IgnoredReason): void;
  /** The client is throttled: its reads are paused, nothing is lost. `isNews`: not reported of late. */
  throttled(subject: Client, reason: ThrottleReason, isNews: boolean): void;
  /** `rule`: which one of the transport the client broke, in words of the server, if that is the reason. */
  ended(subject: Client, reason: EndReason, rule?: string): void;
  /** A connection presented a good connect_id and is a relay endpoint from now on (§4). */
  endpointOpened(subject: Client): void;
  /**
   * Both endpoints of a private connection are connected. `subject`: the one that came second; where they are at two nodes,
   * the first, at its own. `other`: number of the other one, at another node behind the name of that.
   */
  established(subject: Client, other: number | string): void;
  /** The browser client of this connection dropped, and may resume it. */
  detached(subject: Client): void;
  /** The connection was resumed. */
  resumed(subject: Client): void;
  /** The connection cannot be resumed, or not any more; when nothing is known of it, `subject` is the new one. */
  resumeFailed(subject: Client, reason: ResumeFailure): void;
  /** The retransmit buffers of all pages together have used up their memory: who needs more cannot be resumed. */
  resumeMemoryFull(used: number, limit: number): void;
  /** A native client seems to write LONG on so many bytes, and its listener reads the other number (D2). */
  wrongLongSize(subject: Client, writes: LongSize): void;
  endpointEnded(subject: Client, end: RelayEndReason, relayedBytes: number, rule?: string): void;
}
