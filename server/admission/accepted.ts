/** What the listeners share, and what a connection is when it has been let in. */
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
  /** How many are let in. */
  readonly admission: Admission;
  readonly logger: Logger;
  /** Keeps the deadlines. */
  readonly watch: LivenessMonitor;
  /** Whether connections from this address are refused. */
  readonly refuses: (address: string) => boolean;
  /** Whether a connection is one of this server to itself. */
  readonly isProbe: (socket: Socket) => boolean;
  /** Told of each connection that ends before it has said what it wants. */
  readonly onEarlyEnd: (why: EarlyEndReason) => void;
}

/** How the clients of a listener are told apart, and refused. */
export interface ListenerOptions {
  /** Null for a listener without TLS. */
  readonly certificate: Certificate | null;
  /**
   * How a proxy says where a connection comes from: by a PROXY header before all else, or in each request. Clients that
   * speak in requests are also told why they are refused, where that takes no handshake.
   */
  readonly protocol: 'commands' | 'requests';
}

/** A connection that has passed. */
export interface AcceptedConnection {
  /** To be resumed when it is listened to. */
  readonly socket: Socket;
  /** The client's, or that of a proxy whose requests say more; in its one spelling. */
  readonly address: string;
  readonly lease: Lease;
  /** Whether it is one of this server to itself. */
  readonly isProbe: boolean;
  /** What was read of it already. */
  readonly head?: Buffer;
  /** Wants to see what comes first. */
  readonly onFirst?: (bytes: Uint8Array) => void;
}

/** Who gets a connection that has passed. */
export type OnAccepted = (passed: AcceptedConnection) => void;
