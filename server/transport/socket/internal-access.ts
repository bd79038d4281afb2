/**
 * Sockets by the private parts of Node that this gateway's speed depends on: the handle under a socket, its descriptor and
 * its read buffer, `push` of a TLS socket, and its events `secure` and `_tlsError`. Nothing else may rely on any of them.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isDirect, makeDirect } from './direct-socket.ts';
import { expire, readBuffer } from './shared-read-buffer.ts';
import type { HandshakeOutcome, OnRead, SocketAccess, TlsTerms } from './socket-access.ts';
import { ServerTlsSocket } from './server-tls-socket.ts';
import { NOTHING } from '../../../shared/protocol/bytes.ts';

/** A connection as the event loop has it. */
export interface Handle {
  /** Descriptor; -1 where the system has none. */
  readonly fd: number;
  /** Bytes handed down so far. */
  readonly bytesWritten: number;
  /** Bytes of those that the operating system has not taken yet. */
  readonly writeQueueSize: number;
  /** Has every read put what comes there. */
  useUserBuffer?(buffer: Uint8Array): void;
}

interface SocketWithHandle {
  _handle: Handle | null;
}

/** Handle of a TLS connection, with what it has beside that. */
interface SecureHandle {
  /** True when reading was started last, and not stopped. */
  readonly reading?: boolean;
  /** The connection under it. */
  readonly _parent?: { readStart(): number };
}

/** Handle of a socket; null once it is closed: from then on its descriptor may be another connection's. */
export function handleOf(socket: Socket): Handle | null {
  return (socket as unknown as SocketWithHandle)._handle;
}

/**
 * Tells whether a TLS connection's input ends because the connection under it has ended, and not TLS, by close_notify;
 * to be called in that moment. Node does not tell the two apart. But a connection that has ended is not read any more,
 * so that reading it can be started, which is an error while it is read.
 */
export function isCutUnderTls(socket: Socket): boolean {
  const secure = handleOf(socket) as SecureHandle | null;
  // A connection that is paused is not read either, and cannot be seen to end.
  return secure?.reading === true && secure._parent?.readStart() === 0;
}

/** A socket as Node makes it for `onread`: the buffer, and who takes what was read into it. */
interface BufferedSocket extends Socket {
  [key: symbol]: unknown;
}

/** The names of those two parts. */
const [kBuffer, kBufferCallback] = ['kBuffer', 'kBufferCb'].map((name) =>
  Object.getOwnPropertySymbols(new Socket()).find(({ description }) => description === name),
);

/** Node offers `onread` for connections that are opened; an accepted one gets the same here. */
function reader(onRead: OnRead, buffer = readBuffer): (accepted: Socket) => Socket {
  function callback(this: Socket, length: number): boolean | undefined {
    const bytes = buffer.subarray(0, length);
    const goesOn = onRead(this, bytes);
    expire(bytes);
    return goesOn;
  }
  return (accepted) => {
    const handle = handleOf(accepted);
    if (!handle?.useUserBuffer || !kBuffer || !kBufferCallback) return accepted;
    handle.useUserBuffer(buffer);
    const socket = accepted as BufferedSocket;
    socket[kBuffer] = buffer;
    socket[kBufferCallback] = callback;
    return 'encrypted' in accepted ? socket : makeDirect(socket);
  };
}

function writeNow(descriptor: number, bytes: Uint8Array): Uint8Array | null {
  try {
    const taken = writeSync(descriptor, bytes);
    return taken === bytes.length ? null : bytes.subarray(taken);
  } catch {
    // It takes nothing now, or never again; the socket finds out which.
    return bytes;
  }
}

function handshake(accepted: Socket, terms: TlsTerms, outcome: HandshakeOutcome): void {
  const socket = new ServerTlsSocket(accepted, terms, outcome);
  const onError = (error: Error) => {
    outcome.onFailure(error);
    socket.destroy();
  };
  const onEnd = () => onError(new Error('the connection ended'));
  socket.on('error', onError).on('_tlsError', onError).on('end', onEnd);
  socket.once('secure', () => {
    socket.off('error', onError).off('_tlsError', onError).off('end', onEnd).on('_tlsError', breakOff);
    socket.startCounting();
    onTruncated(socket, () => endIfReset(socket));
    outcome.onSecure(socket);
  });
}

/**
 * Ends a connection that was cut under TLS by a reset, once what came is read: when it is the tickets of TLS 1.3 that meet the
 * reset, Node reads an end, and no write completes from then on.
 */
function endIfReset(socket: Socket): void {
  if (isReset(socket))
    socket.prependOnceListener('end', () => socket.destroy(new Error('the connection was reset')));
}

// The check is made in the moment in which the end comes, since it may be read out much later.
function onTruncated(socket: Socket, report: () => void): void {
  const push = socket.push.bind(socket);
  socket.push = (bytes, encoding) => {
    if (bytes === null && isCutUnderTls(socket)) report();
    return push(bytes, encoding);
  };
}

// A write of no bytes sends nothing, over TLS neither, and fails where any would.
function isReset(socket: Socket): boolean {
  const descriptor = handleOf(socket)?.fd ?? -1;
  return descriptor >= 0 && writeNow(descriptor, NOTHING) !== null;
}

/** Ends the connection when TLS breaks later on (a wrong record, one renegotiation after the other). */
function breakOff(this: Socket, error: Error): void {
  this.destroy(error);
}

export const internalAccess: SocketAccess = {
  detectsTruncation: true,
  reader,
  // Reads into the shared buffer need no stream that flows, which would cost two more ticks.
  resume: (socket) =>
    void (isDirect(socket) && socket.readableLength === 0 ? socket.read(0) : socket.resume()),
  openDescriptor(socket, writer) {
    if (!isDirect(socket)) return -1;
    socket.writer = writer;
    return handleOf(socket)?.fd ?? -1;
  },
  // One that waits for its close has a handle still.
  isOpen: (socket) => !socket.destroyed && handleOf(socket) !== null,
  // Node copies, too, what cannot be encrypted yet, before the end of the handshake.
  copiesWrites: (socket) =>
    socket instanceof TLSSocket &&
    !socket.connecting &&
    socket.writableLength === 0 &&
    socket.writableCorked === 0,
  writeNow,
  isReset,
  // Node reports only whole writes, one of which may be all of a queue and take a slow network longer than the write
  // timeout; so this reads the handle, as Node's own socket timeouts do.
  bytesTaken(socket) {
    const handle = handleOf(socket);
    return handle ? handle.bytesWritten - handle.writeQueueSize : 0;
  },
  onTruncated,
  handshake,
};
