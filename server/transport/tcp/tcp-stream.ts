/** net.Socket → ByteStream. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ByteStream, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { OF_HANDLER, Holds, type HoldReason } from '../../../shared/stream/holds.ts';
import { resetConnection } from '../socket/reset.ts';
import { expire } from '../socket/shared-read-buffer.ts';
import { SocketWriter, type SocketWriterOwner } from '../socket/socket-writer.ts';
import { sockets } from '../socket/sockets.ts';
import { TICK_EVERY, WriteStallDetector, type LivenessMonitor, type Monitored } from '../socket/liveness.ts';
import type { CloseKind } from '../../../shared/protocol/reasons.ts';

/** How long, in ms, a connection closed for cause may still take what is queued for it. */
const LINGER = 10_000;

const kStream = Symbol('stream');

/** One set of listeners serves all sockets: a closure of its own for each would be most of an idle client's memory. */
interface StreamSocket extends Socket {
  [kStream]?: TcpStream;
}

/**
 * A TCP socket, made with `allowHalfOpen`, as a {@link ByteStream}. It needs nothing but a `net.Socket`, so it serves
 * for connections that were accepted, with {@link readIntoSharedBuffer} or without, and for connections that were opened.
 */
export class TcpStream implements ByteStream, Monitored, SocketWriterOwner {
  readonly directWriter: SocketWriter;
  readonly #socket: Socket;
  #handler!: StreamHandler;
  readonly #onGone: ((stream: TcpStream) => void) | undefined;
  #closing: CloseKind | null = null;
  #stall: WriteStallDetector | null = null;
  #givenUp = false;
  readonly #holds = new Holds();
  /** TLS was cut: no close_notify came before the end (D21). */
  #isCutShort = false;
  /** Shown what comes first, before whoever handles the stream. */
  onFirst: ((bytes: Uint8Array) => void) | null = null;

  /** @param onGone told last of all */
  constructor(socket: Socket, onGone?: (stream: TcpStream) => void) {
    this.#socket = socket;
    this.directWriter = new SocketWriter(socket, this);
    this.#onGone = onGone;
    (socket as StreamSocket)[kStream] = this;
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('error', onError);
    socket.on('close', onClose);
    if (socket instanceof TLSSocket) sockets.onTruncated(socket, () => (this.#isCutShort = true));
  }

  get buffered(): number {
    return this.directWriter.buffered;
  }

  /** Who is told; null once the connection was closed for cause and what still arrives is thrown away. */
  get handler(): StreamHandler | null {
    return this.#closing === null ? this.#handler : null;
  }

  /** Takes what was read. Lent. */
  read(bytes: Uint8Array): void {
    this.onFirst?.(bytes);
    this.onFirst = null;
    this.handler?.onData(bytes);
  }

  /** Takes the end of what is read. */
  readEnd(): void {
    this.handler?.onEnd(this.#isCutShort);
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    if (this.#holds.delete(OF_HANDLER)) this.#socket.resume();
  }

  write(bytes: Uint8Array, shared = false): boolean {
    return this.directWriter.write(bytes, shared);
  }

  end(): void {
    this.directWriter.close();
    this.directWriter.flush();
    this.#socket.end();
  }

  close(kind: CloseKind, _reason: string): void {
    if (this.#closing !== null) return;
    this.#closing = kind;
    this.directWriter.close();
    this.directWriter.flush();
    const socket = this.#socket;
    socket.end();
    // Keep reading: closing a socket with unread bytes resets it, and the other side would lose what it was sent.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  abort(): void {
    this.directWriter.close();
    resetConnection(this.#socket);
  }

  hold(reason: HoldReason): void {
    // What comes after a close for cause is read and thrown away.
    if (this.#closing === null && this.#holds.add(reason)) this.#socket.pause();
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) this.#socket.resume();
  }

  onWritable(): void {
    this.handler?.onDrain();
  }

  get isClosing(): boolean {
    return this.#closing !== null;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  checkTimeouts({ seconds, limits }: LivenessMonitor): void {
    const socket = this.#socket;
    if (this.directWriter.buffered === 0) {
      this.#stall = null;
      return;
    }
    this.#stall ??= new WriteStallDetector(socket, seconds);
    // Who is cut for being too slow has had its time, and is only told so if it goes on taking what is queued.
    const patience =
      this.#closing === 'too-slow' ? TICK_EVERY : (this.#handler.writeTimeout ?? limits.writeStall);
    if (this.#stall.stalledFor(socket, seconds) * TICK_EVERY < patience) return;
    this.#givenUp = true;
    resetConnection(socket);
  }

  /** Told by the socket, once, whatever came before. */
  gone(hadError: boolean): void {
    this.directWriter.close();
    const { readableEnded, writableFinished } = this.#socket;
    this.#handler.onClose({
      clean: readableEnded && writableFinished && !hadError && !this.#isCutShort,
      ...(this.#givenUp && { givenUp: 'stalled' }),
    });
    this.#onGone?.(this);
  }
}

/** Makes of an accepted connection, paused until now, a socket for a {@link TcpStream}. */
export const readIntoSharedBuffer = sockets.reader((socket, bytes) =>
  (socket as StreamSocket)[kStream]?.read(bytes),
);

function onData(this: StreamSocket, bytes: Buffer): void {
  this[kStream]!.read(bytes);
  expire(bytes);
}

function onEnd(this: StreamSocket): void {
  this[kStream]!.readEnd();
}

function onError(): void {
  // 'close' follows and tells it.
}

function onClose(this: StreamSocket, hadError: boolean): void {
  this[kStream]!.gone(hadError);
}
