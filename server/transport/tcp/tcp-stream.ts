/** A TCP socket as a ByteStream. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ByteStream, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { OF_HANDLER, Holds, type HoldReason } from '../../../shared/stream/holds.ts';
import { resetConnection } from '../socket/reset.ts';
import { own, type ConnectionOwner } from '../socket/owned-socket.ts';
import { throwAwayOf } from '../socket/leftovers.ts';
import { SocketWriter, type SocketWriterOwner } from '../socket/socket-writer.ts';
import { sockets } from '../socket/sockets.ts';
import { TICK_EVERY, WriteStallDetector, type LivenessMonitor, type Monitored } from '../socket/liveness.ts';
import type { CloseKind } from '../../../shared/protocol/reasons.ts';

/** Timeout of a close by the server, in ms, the flushing of what is queued included; then the socket is destroyed. */
const CLOSE_TIMEOUT = 10_000;

/**
 * A TCP socket, made with `allowHalfOpen`, as a {@link ByteStream}. It needs nothing but a `net.Socket`: one
 * that was accepted, with `readIntoSharedBuffer` or without, or one that was opened.
 */
export class TcpStream implements ByteStream, Monitored, ConnectionOwner, SocketWriterOwner {
  readonly directWriter: SocketWriter;
  readonly #socket: Socket;
  #handler!: StreamHandler;
  readonly #onGone: ((stream: TcpStream) => void) | undefined;
  #closing: CloseKind | null = null;
  #stall: WriteStallDetector | null = null;
  #givenUp = false;
  readonly #holds = new Holds();
  /** TLS was truncated: no close_notify came before the end (D21). */
  #isCutShort = false;
  /** Receives the first bytes, before the handler does. */
  onFirst: ((bytes: Uint8Array) => void) | null = null;

  /** @param onGone called last of all, when the socket is closed */
  constructor(socket: Socket, onGone?: (stream: TcpStream) => void) {
    this.#socket = socket;
    this.directWriter = new SocketWriter(socket, this);
    this.#onGone = onGone;
    own(socket, this);
    if (socket instanceof TLSSocket) sockets.onTruncated(socket, () => (this.#isCutShort = true));
  }

  get buffered(): number {
    return this.directWriter.buffered;
  }

  /** The handler; null once the server has closed the connection: what still arrives is thrown away. */
  get handler(): StreamHandler | null {
    return this.#closing === null ? this.#handler : null;
  }

  /** Hands on what was read: valid only during the call, copy to keep. */
  onRead(bytes: Uint8Array): void {
    this.onFirst?.(bytes);
    this.onFirst = null;
    const { handler } = this;
    if (handler) handler.onData(bytes);
    else throwAwayOf(this.#socket, bytes.length);
  }

  onReadEnd(): void {
    this.handler?.onEnd(this.#isCutShort);
  }

  onBroken(reason: string): void {
    this.handler?.onFault(reason);
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    if (this.#holds.delete(OF_HANDLER)) sockets.resume(this.#socket);
  }

  write(bytes: Uint8Array, shared = false): boolean {
    return this.directWriter.write(bytes, shared);
  }

  end(): void {
    this.directWriter.stopWriting();
    this.directWriter.flush();
    this.#socket.end();
  }

  close(kind: CloseKind, _reason: string): void {
    if (this.#closing !== null) return;
    this.#closing = kind;
    this.directWriter.stopWriting();
    this.directWriter.flush();
    const socket = this.#socket;
    socket.end();
    // Keep reading: closing a socket with unread bytes resets it, and the other side would lose what it was sent.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  abort(): void {
    this.directWriter.stopWriting();
    resetConnection(this.#socket);
  }

  hold(reason: HoldReason): void {
    // Input that comes after a close by the server is read and thrown away.
    if (this.#closing === null && this.#holds.add(reason)) this.#socket.pause();
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) sockets.resume(this.#socket);
  }

  onWritable(): void {
    this.handler?.onWritable();
  }

  get isClosing(): boolean {
    return this.#closing !== null;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  checkTimeouts({ awakeSeconds, limits }: LivenessMonitor): void {
    const socket = this.#socket;
    if (this.directWriter.buffered === 0) {
      this.#stall = null;
      if (socket.readableEnded && !socket.writableEnded && sockets.isReset(socket)) this.abort();
      return;
    }
    this.#stall ??= new WriteStallDetector(socket, awakeSeconds);
    // A slow consumer has had its time: it gets the rest of what is queued only if it goes on taking it.
    const timeout =
      this.#closing === 'too-slow' ? TICK_EVERY : (this.#handler.writeTimeout ?? limits.writeStall);
    if (this.#stall.stalledFor(socket, awakeSeconds) * TICK_EVERY < timeout) return;
    this.#givenUp = true;
    resetConnection(socket);
  }

  /** Reports that the socket is closed: once, whatever came before. */
  onClosed(hadError: boolean): void {
    this.directWriter.stopWriting();
    const { readableEnded, writableFinished } = this.#socket;
    this.#handler.onClose({
      clean: readableEnded && writableFinished && !hadError && !this.#isCutShort,
      ...(this.#givenUp && { givenUp: 'stalled' }),
    });
    this.#onGone?.(this);
  }
}
