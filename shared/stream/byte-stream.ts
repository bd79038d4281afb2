/**
 * The one transport interface. A TCP socket, a server's WebSocket and a browser's WebSocket all become a `ByteStream`,
 * and nothing above it knows which.
 */
import type { CloseKind } from '../protocol/reasons.ts';
import type { HoldReason } from './holds.ts';

/** End of a connection, as its handler is told. */
export interface Closed {
  /** True when both sides had ended their writing; anything else is an abnormal end (D21, D25). */
  readonly clean: boolean;
  /** The close code, where the transport has one (D26). */
  readonly code?: number;
  /** A short English sentence, where the other side gave one. Untrusted. */
  readonly reason?: string;
  /** Set when this side gave the connection up: what was queued was not taken, or nothing answered any more. */
  readonly givenUp?: 'stalled' | 'silent';
}

/** Handles the events of a stream. Nothing is called after `onClose`. */
export interface StreamHandler {
  /** Write deadline: how long, in ms, the other side may take nothing of what is queued, if not the transport's default. */
  readonly writeTimeout?: number | undefined;
  /** The next bytes, never empty; valid only during the call: copy to keep. */
  onData(bytes: Uint8Array): void;
  /** The transport is throttled: it pauses reads, since too much came that is no data; nothing is lost. */
  onThrottled?(): void;
  /**
   * The other side has ended its writing (FIN); no data follows. At most once.
   * @param isCutShort the connection was cut where the transport has an end of its own: over TLS, a FIN without
   *   close_notify. Nobody knows whether that was all, so it must not be passed on as an end (D21)
   */
  onEnd(isCutShort?: boolean): void;
  /** There is room again, after a `write` that returned false (a Node socket's `drain`). */
  onWritable(): void;
  /**
   * The other side broke the rules of the transport itself, and nothing more of it is handed over. A server's handler
   * closes the stream for it, as `unreadable` and with this reason, once all that came before is answered (D5); a
   * browser's stream closes by itself behind this call.
   */
  onFault(reason: string): void;
  /**
   * The other side closes the connection by the close frame of a WebSocket, or by a FIN without one (1006). It is answered at
   * once, unless the handler returns true: then the handler calls `answer` in its turn. `onClose` follows.
   */
  onCloseFrame?(code: number, answer: () => void): boolean;
  /** The connection is gone. Exactly once, and last. */
  onClose(closed: Closed): void;
}

/** Writes to a stream by the shortest way, for bytes that very many streams get. */
export interface DirectWriter {
  /** True when nothing is queued in the stream, and it takes bytes; false, too, while that is not known. */
  readonly canWriteDirectly: boolean;
  /** Writes as {@link ByteStream.write}; to be called only while `canWriteDirectly`. */
  write(bytes: Uint8Array, shared: boolean): boolean;
}

/** A reliable, ordered stream of bytes in both directions, with half-close and backpressure. */
export interface ByteStream {
  /** Bytes given to `write` that have not yet been handed to the operating system. */
  readonly buffered: number;
  readonly directWriter?: DirectWriter;
  /**
   * Sets the handler; replaces the one before, whose reasons to hold the stream end with that: reading
   * goes on, though never from within this call. Must be called in the turn the stream was made in.
   */
  attach(handler: StreamHandler): void;
  /**
   * Sends or queues bytes. False asks to hold back until `onWritable`; the bytes are queued all the same. Ignored after
   * `end`, `close` or `abort`.
   * @param shared whether the very same bytes go to many streams in a row and never change, so that they, and what a
   *   transport makes of them, may be kept. Other bytes are valid only during the call, and are sent or copied before it returns
   */
  write(bytes: Uint8Array, shared?: boolean): boolean;
  /** Gathers what is written until {@link uncork}, in the same turn, where a transport can send it in one piece. */
  cork?(): void;
  /** Sends what was gathered since {@link cork}. */
  uncork?(): void;
  /** Half-closes: ends this side's writing, behind what is queued; the other direction stays open. */
  end(): void;
  /**
   * Closes the connection by this side: what is queued is still sent, what still arrives is thrown away.
   * `reason` is a short English sentence without user data (at most 123 bytes).
   */
  close(kind: CloseKind, reason: string): void;
  /**
   * Ends the connection abnormally: the other side cannot take it for a clean end (D21). TCP resets, and what is queued
   * is lost; a WebSocket says why with a close code, when `kind` is given.
   */
  abort(kind?: CloseKind, reason?: string): void;
  /** Stops `onData` and `onEnd`, with backpressure on the other side, until every reason given is taken back. */
  hold(reason: HoldReason): void;
  /** Takes a reason back; nothing happens when it was not given. */
  release(reason: HoldReason): void;
}

/** Handler of a stream that nobody listens to any more. */
export const DEAF: StreamHandler = { onData() {}, onEnd() {}, onWritable() {}, onFault() {}, onClose() {} };
