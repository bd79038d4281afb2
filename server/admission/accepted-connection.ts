/** An accepted connection that has passed admission, and what all listeners share on the way there. */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { EarlyEndReason } from '../../shared/protocol/reasons.ts';
import type { ThrottledLog } from '../log/throttled-log.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';
import type { Admission } from './admission.ts';
import type { Certificate } from './certificate.ts';
import type { Slot } from './slot.ts';
import type { Proxies } from './proxies.ts';

/** Policy by which the listeners of clients accept connections. */
export interface AcceptPolicy {
  readonly proxies: Proxies;
  /** Limits how many connections there may be. */
  readonly admission: Admission;
  readonly logger: Logger;
  /** Says what a stranger claims in vain. */
  readonly throttledLog: ThrottledLog;
  /** Checks the timeouts. */
  readonly monitor: LivenessMonitor;
  /** Network that an address counts for; null when limits per address do not apply to it (`--exempt-networks`). */
  readonly networkOf: (address: string) => string | null;
  /** Tells whether the operator has banned this address. */
  readonly isBanned: (client: { readonly address: string; readonly isProbe: boolean }) => boolean;
  /** Tells whether a connection is a probe: one of this server to itself. */
  readonly isProbe: (socket: Socket) => boolean;
  /** Called for each connection that ends before it has shown what it is for. */
  readonly onEarlyEnd: (why: EarlyEndReason) => void;
}

/** Options of one listener: how its connections are accepted and rejected. */
export interface ListenerOptions {
  /** Certificate; null for a listener without TLS. */
  readonly certificate: Certificate | null;
  /**
   * Protocol, by which a proxy names the client: in a PROXY header before all else, or in a header of each request.
   * Clients that send requests also get the reason of a rejection, where that takes no handshake.
   */
  readonly protocol: 'commands' | 'requests';
}

export interface AcceptedConnection {
  /** Socket, paused; to be resumed by whoever takes it. */
  readonly socket: Socket;
  /** Address of the client, or of a proxy whose requests name the client; in its one spelling. */
  readonly address: string;
  readonly slot: Slot;
  /** True for a probe: a connection of this server to itself. */
  readonly isProbe: boolean;
  /** Bytes read of it already, to be handled first. */
  readonly head?: Buffer;
  /** Receives the first bytes, before the stream's handler does. */
  readonly onFirst?: (bytes: Uint8Array) => void;
}

export type OnAccepted = (passed: AcceptedConnection) => void;
