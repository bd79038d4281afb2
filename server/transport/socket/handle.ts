/** What Node keeps to itself and this gateway's speed depends on: the handle under a socket. Typed here, once. */
import type { Socket, SocketConstructorOpts } from 'node:net';

/** A connection as the event loop has it. */
export interface Handle {
  /** -1 where the system has none. */
  readonly fd: number;
  /** Bytes handed down so far. */
  readonly bytesWritten: number;
  /** Of which the operating system has not taken so many yet. */
  readonly writeQueueSize: number;
}

interface SocketWithHandle {
  _handle: Handle | null;
}

/** What a TLS connection has beside that. */
interface SecureHandle {
  /** Whether it was last told to read. */
  readonly reading?: boolean;
  /** The connection under it. */
  readonly _parent?: { readStart(): number };
}

const kFollower = Symbol('follower');

interface FollowedSocket extends Socket {
  [kFollower]?: ((successor: Socket) => void) | undefined;
}

/** Tells, once, when the connection under this socket goes on in another one (see {@link moveHandle}). */
export function onMoved(socket: Socket, follower: (successor: Socket) => void): void {
  (socket as FollowedSocket)[kFollower] = follower;
}

/** Null once the connection is closed: from then on its descriptor may be another connection's. */
export function handleOf(socket: Socket): Handle | null {
  return (socket as unknown as SocketWithHandle)._handle;
}

/**
 * Makes a new socket of the connection under another, which is of no use afterwards.
 * @param Kind what it is made as
 * @param onread where it reads to, and who is told; see `net.Socket`
 */
export function moveHandle(
  from: Socket,
  Kind: new (options: SocketConstructorOpts) => Socket,
  onread: NonNullable<SocketConstructorOpts['onread']>,
): Socket {
  const handle = handleOf(from);
  if (!handle) return from;
  // Asked once, it is remembered: who was given the old socket may still want to know.
  void from.remoteAddress;
  (from as unknown as SocketWithHandle)._handle = null;
  from.destroy();
  // `net.Server` makes its sockets so; the declared types only know a newer use of `handle`.
  const socket = new Kind({ handle: handle as never, allowHalfOpen: true, onread });
  const follower = (from as FollowedSocket)[kFollower];
  (from as FollowedSocket)[kFollower] = undefined;
  follower?.(socket);
  return socket;
}

/**
 * To be asked in the moment in which a TLS connection's input ends: whether it was the connection under it that ended,
 * and not TLS, by close_notify (RFC 8446 §6.1). Node does not tell the two apart. But a connection that has ended is not
 * read any more, so that it can be told to, which is an error while it is read.
 */
export function isCutUnderTls(socket: Socket): boolean {
  const secure = handleOf(socket) as SecureHandle | null;
  // What is held back is not read either, and cannot be seen to end.
  return secure?.reading === true && secure._parent?.readStart() === 0;
}

/** How long, in ms, an end of writing that is under way is waited for before a connection is closed instead of reset. */
const LAST_WORD = 1_000;

/**
 * Resets a connection. While an end of writing is being handed to the operating system (FIN, or close_notify before it)
 * libuv refuses to, and Node then neither closes the connection nor says so: the reset follows as soon as that is done.
 */
export function resetConnection(socket: Socket): void {
  const isEnding = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (!isEnding || socket.destroyed) {
    socket.resetAndDestroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), LAST_WORD);
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => socket.resetAndDestroy());
}
