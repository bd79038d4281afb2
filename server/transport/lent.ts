/**
 * One buffer that every native connection is read into, and writes that are done with what they are given when they
 * return. Together they let a relay pass bytes from one socket to another without allocating anything.
 */
import { writeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/** Bytes that one read takes at most: a relay's speed grows up to here, and more would leave the processor's cache. */
const READ_BYTES = 256 * 1024;
/** Room before what was read, for the head of a WebSocket frame around it (10 bytes at most). */
const HEADROOM = 16;

const memory = Buffer.allocUnsafeSlow(HEADROOM + READ_BYTES);
const readBuffer = memory.subarray(HEADROOM);

const kDescriptor = Symbol('descriptor');

/** A socket as {@link lender} makes it, and what Node keeps to itself: the handle under it, null once it is closed. */
interface LendingSocket extends Socket {
  _handle: { readonly fd: number } | null;
  [kDescriptor]?: number;
}

/** The option that makes a socket of a handle, as `net.Server` uses it; the declared types only know a newer use. */
type OptionsWithHandle = SocketConstructorOpts & { handle: never };

/** Who is lent what was read. */
export type OnRead = (socket: Socket, bytes: Buffer) => void;

/**
 * Makes of an accepted connection a socket that reads into the one buffer, instead of allocating 64 KiB for each read.
 * Node offers that (`onread`) for connections that are opened; an accepted one gets it by its handle.
 *
 * @param onRead is lent the bytes: they are good until it returns
 * @returns takes a socket that was never read from, as by `pauseOnConnect`, and that is of no use afterwards
 */
export function lender(onRead: OnRead): (accepted: Socket) => Socket {
  const onread = {
    buffer: readBuffer,
    callback(this: Socket, length: number): boolean {
      onRead(this, readBuffer.subarray(0, length));
      return true;
    },
  };
  return (accepted) => {
    const old = accepted as LendingSocket;
    const { _handle: handle } = old;
    if (!handle) return accepted;
    const options: OptionsWithHandle = { handle: handle as never, allowHalfOpen: true, onread };
    // Asked once, it is remembered: who was given the old socket may still want to know.
    void accepted.remoteAddress;
    old._handle = null;
    accepted.destroy();
    const socket = new Socket(options) as LendingSocket;
    if (handle.fd >= 0) socket[kDescriptor] = handle.fd;
    return socket;
  };
}

/** Whether a connection can be made a {@link lender}'s: TCP itself, and nothing queued. */
export function isPlain(transport: Duplex): transport is Socket {
  return transport instanceof Socket && !('encrypted' in transport) && transport.writableLength === 0;
}

/**
 * Writes bytes: as many as the operating system takes at once by the descriptor, which costs half of what Node's own
 * way does, and the rest through the socket. False asks to hold back until the socket drains.
 * @param kept whether the bytes never change, and may be queued as they are; others are copied then
 */
export function write(socket: Socket, bytes: Uint8Array, kept: boolean): boolean {
  const rest = isFree(socket) ? writeNow(socket[kDescriptor], bytes) : bytes;
  return rest === null || socket.write(kept ? rest : Buffer.from(rest));
}

/** A connection that is not closed, with nothing queued, whose descriptor is known. */
function isFree(socket: Socket): socket is LendingSocket & { [kDescriptor]: number } {
  const { [kDescriptor]: descriptor, _handle: handle } = socket as LendingSocket;
  // Once the handle is gone, the descriptor may be another connection's.
  return descriptor !== undefined && handle !== null && socket.writableLength === 0;
}

/** The rest; null when there is none. */
function writeNow(descriptor: number, bytes: Uint8Array): Uint8Array | null {
  try {
    const taken = writeSync(descriptor, bytes);
    return taken === bytes.length ? null : bytes.subarray(taken);
  } catch {
    // It takes nothing now, or never again; the socket finds out which.
    return bytes;
  }
}

/**
 * What was lent with `room` more bytes before it, for a head to be written there: the whole in one piece, without a
 * copy. Null when these are not lent bytes. What came before them in the same read has to be done with.
 * @param room 16 bytes at most
 */
export function withRoomBefore(bytes: Uint8Array, room: number): Buffer | null {
  if (bytes.buffer !== memory.buffer) return null;
  return memory.subarray(bytes.byteOffset - room, bytes.byteOffset + bytes.length);
}
