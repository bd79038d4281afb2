/** An accepted connection that has passed admission, and what all listeners share on the way there. */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { EarlyEndReason } from '../../shared/protocol/reasons.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';
import type { Admission } from './admission.ts';
import type { Certificate } from './certificate.ts';
import type { Lease } from './lease.ts';
import type { Proxies } from './proxies.ts';

/** What all listeners share. */
export interface AcceptPolicy {
  readonly proxies: Proxies;
  /** Limits how many connections there may be. */
  readonly admission: Admission;
  readonly logger: Logger;
  /** Checks the timeouts. */
  readonly monitor: LivenessMonitor;
  /** Whether connections from this address are refused. */
  readonly refuses: (address: string) => boolean;
  /** Whether a connection is one of this server to itself. */
  readonly isProbe: (socket: Socket) => boolean;
  /** Called for each connection that ends before it has sent what tells what it is for. */
  readonly onEarlyEnd: (why: EarlyEndReason) => void;
}

/** How the connections of one listener are accepted and rejected. */
export interface ListenerOptions {
  /** Null for a listener without TLS. */
  readonly certificate: Certificate | null;
  /**
   * How a proxy names the client: by a PROXY header before all else, or by a header of each request. Clients that send
   * requests also get the reason of a rejection, where that takes no handshake.
   */
  readonly protocol: 'commands' | 'requests';
}

/** A connection that has passed admission. */
export interface AcceptedConnection {
  /** Paused; to be resumed by who takes it. */
  readonly socket: Socket;
  /** The client's, or that of a proxy whose requests name the client; in its one spelling. */
  readonly address: string;
  readonly lease: Lease;
  /** Whether it is one of this server to itself. */
  readonly isProbe: boolean;
  /** What was read of it already, to be handled first. */
  readonly head?: Buffer;
  /** Receives the first bytes, before the stream's handler does. */
  readonly onFirst?: (bytes: Uint8Array) => void;
}

/** Takes a connection that has passed. */
export type OnAccepted = (passed: AcceptedConnection) => void;
