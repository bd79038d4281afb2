/** Interfaces around an HTTP connection: what all connections of a web server share, and the client of each. */
import type { EarlyEndReason } from '../../shared/protocol/reasons.ts';
import type { Evictable } from '../admission/admission.ts';
import type { Slot } from '../admission/slot.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';
import type { FairQueue } from './fair-queue.ts';
import type { Handshake } from './handshake.ts';
import type { ParserStream } from './parser-stream.ts';

/** Client of one connection, as far as it is known before a request has come. */
export interface Remote {
  readonly address: string;
  /** Its slot under the limits; null where connections are not limited. */
  readonly slot: Slot | null;
  /** True for a probe: a connection of this server to itself. */
  readonly isProbe: boolean;
}

/** Context that all connections of a server share. */
export interface WebContext<Connection> {
  readonly monitor: LivenessMonitor;
  readonly queue: FairQueue;
  /** Request timeout, write timeout of an answer, and idle timeout, in ms. */
  readonly requestTime: number;
  /** Idle connections, which may be evicted. */
  readonly idle: Set<Evictable>;
  readonly onEarlyEnd: (why: EarlyEndReason) => void;
  readonly onClosed: (connection: Connection) => void;
  /** Gives a connection to Node's HTTP server. */
  readonly serve: (stream: ParserStream) => void;
  /**
   * Answers a plain handshake and takes the connection over by `release`; false, and nothing is done, when it is rejected
   * or there are no WebSockets here.
   */
  readonly onHandshake: (handshake: Handshake, connection: Connection) => boolean;
}
