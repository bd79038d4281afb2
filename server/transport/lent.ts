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

/** What Node keeps to itself: the handle under a socket. */
interface SocketWithHandle {
  _handle: Handle | null;
}

interface Handle {
  readonly fd: number;
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
    const owner = accepted as unknown as SocketWithHandle;
    if (!owner._handle) return accepted;
    const options: OptionsWithHandle = { handle: owner._handle as never, allowHalfOpen: true, onread };
    // Asked once, it is remembered: who was given the old socket may still want to know.
    void accepted.remoteAddress;
    owner._handle = null;
    accepted.destroy();
    return new Socket(options);
  };
}

/** Whether a connection can be made a {@link lender}'s, and written to by its descriptor: TCP itself, nothing queued. */
export function isPlain(transport: Duplex): transport is Socket {
  return descriptorOf(transport) >= 0 && transport.writableLength === 0;
}

/**
 * Writes bytes that may be lent: what the operating system does not take at once is copied. False asks to hold back
 * until the socket drains.
 */
export function writeLent(socket: Duplex, bytes: Uint8Array): boolean {
  const rest = socket.writableLength === 0 ? bytes.subarray(writtenNow(socket, bytes)) : bytes;
  return rest.length === 0 || socket.write(Buffer.from(rest));
}

/** Bytes that go out without waiting; only to be asked when nothing is queued before them. */
function writtenNow(socket: Duplex, bytes: Uint8Array): number {
  const descriptor = descriptorOf(socket);
  if (descriptor < 0) return 0;
  try {
    return writeSync(descriptor, bytes);
  } catch {
    // It takes nothing now, or never again; the socket finds out which.
    return 0;
  }
}

/** -1 where bytes must not go to the descriptor as they are. */
function descriptorOf(socket: Duplex): number {
  if (!(socket instanceof Socket) || 'encrypted' in socket) return -1;
  return (socket as unknown as SocketWithHandle)._handle?.fd ?? -1;
}

/**
 * What was lent with `room` more bytes before it, for a head to be written there: the whole in one piece, without a
 * copy. Null when these are not lent bytes, or not a read from its beginning.
 * @param room 16 bytes at most
 */
export function withRoomBefore(bytes: Uint8Array, room: number): Buffer | null {
  if (bytes.buffer !== memory.buffer || bytes.byteOffset !== readBuffer.byteOffset) return null;
  return memory.subarray(HEADROOM - room, HEADROOM + bytes.length);
}
