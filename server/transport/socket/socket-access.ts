/**
 * Access to sockets beyond Node's everyday interface, in one place, so that all that relies on private parts of Node has
 * a counterpart that does not (`CHATON_PLAIN_SOCKETS=1`, see `sockets.ts`).
 */
import type { Socket } from 'node:net';
import type { SecureContext, SecureContextOptions, TLSSocket } from 'node:tls';

/**
 * Takes what one read brought: valid only during the call, copy to keep; it may be changed in place. False stops reading
 * until the socket is read again.
 */
export type OnRead = (socket: Socket, bytes: Buffer) => boolean | undefined;

/** Stops writing past a socket: something is about to be queued in it, or it is about to be closed. */
export interface Blockable {
  block(): void;
}

export interface TlsTerms {
  readonly context: SecureContext;
  /** Options that the context was made from. */
  readonly options: SecureContextOptions;
  /** Protocols that may be spoken above, where the client asks for something (ALPN, RFC 7301). */
  readonly protocols: string[] | undefined;
  /** Key that both sides have, instead of a certificate; null for an identity that is unknown. */
  readonly pskCallback?: (socket: TLSSocket, identity: string) => Buffer | null;
}

/** Receives the outcome of a TLS handshake; nothing when the connection is closed before there is one. */
export interface HandshakeOutcome {
  onSecure(socket: TLSSocket): void;
  onFailure(error: Error): void;
  /**
   * Takes note of bytes of the connection that were no content, though they have to be decrypted: KeyUpdates, padding. False
   * ends it: its client may cause no more such work.
   */
  onWaste?(bytes: number): boolean;
}

export interface SocketAccess {
  /** True when {@link onTruncated} can tell. */
  readonly detectsTruncation: boolean;

  /**
   * Makes a function that lets connections be read without an allocation for each read, where that is possible. It
   * returns the socket it was given. What was read before, and every read of a connection for which it is not possible,
   * comes by `data` events.
   * @param buffer the shared buffer, or part of it
   */
  reader(onRead: OnRead, buffer?: Buffer): (accepted: Socket) => Socket;

  /** Begins to read, or goes on: by `onRead` above, or by `data` events. */
  resume(socket: Socket): void;

  /**
   * The descriptor by which bytes may be written past this socket; -1 where they must not.
   * @param writer blocked whenever somebody else is about to write to the socket or to close it
   */
  openDescriptor(socket: Socket, writer: Blockable): number;

  /** Tells whether the descriptor is still this socket's: after a close it may be another connection's. */
  isOpen(socket: Socket): boolean;

  /**
   * Tells whether a socket on which nothing is queued is done with the bytes of a write when that returns: over TLS they
   * have been encrypted into memory of its own.
   */
  copiesWrites(socket: Socket): boolean;

  /** Writes as much as the operating system takes at once, without copying; returns the rest, null for none. */
  writeNow(descriptor: number, bytes: Uint8Array): Uint8Array | null;

  /**
   * Tells whether a connection was reset behind the end of its input, on which nothing is queued: it is not read any more, so
   * that nobody else would notice.
   */
  isReset(socket: Socket): boolean;

  /** Bytes that the operating system has taken from this socket so far. */
  bytesTaken(socket: Socket): number;

  /** Reports, when the input of a TLS connection ends, that no close_notify came before (RFC 8446 §6.1). */
  onTruncated(socket: TLSSocket, report: () => void): void;

  /** Speaks TLS, as the server, on an accepted connection. The socket it results in can be reset. */
  handshake(accepted: Socket, terms: TlsTerms, outcome: HandshakeOutcome): void;
}
