/**
 * One buffer that every native connection is read into. What was read is lent to whoever handles it, so that a relay
 * can pass bytes from one socket to another without allocating anything (see also outlet.ts).
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { moveHandle } from './handle.ts';
import { DirectSocket } from './direct-writer.ts';

/** Bytes that one read takes at most: a relay's speed grows up to here, and more would leave the processor's cache. */
const READ_BYTES = 256 * 1024;
/** Room before what was read, for the head of a WebSocket frame around it (10 bytes at most). */
const HEADROOM = 16;

const memory = Buffer.allocUnsafeSlow(HEADROOM + READ_BYTES);
const readBuffer = memory.subarray(HEADROOM);

/** Who is lent what was read. */
export type OnRead = (socket: Socket, bytes: Buffer) => void;

/**
 * Makes of an accepted connection a socket that reads into the one buffer, instead of allocating 64 KiB for each read.
 * Node offers that (`onread`) for connections that are opened; an accepted one gets it by its handle.
 *
 * @param onRead is lent the bytes: they are good until it returns
 * @returns takes a socket that was never read from, as by `pauseOnConnect`, and that is of no use afterwards
 */
export function sharedBufferReader(onRead: OnRead): (accepted: Socket) => Socket {
  const onread = {
    buffer: readBuffer,
    callback(this: Socket, length: number): boolean {
      onRead(this, readBuffer.subarray(0, length));
      return true;
    },
  };
  return (accepted) => moveHandle(accepted, DirectSocket, onread);
}

/** Whether a connection can be made a {@link sharedBufferReader}'s: TCP itself, and nothing queued. */
export function isPlain(transport: Duplex): transport is Socket {
  return transport instanceof Socket && !('encrypted' in transport) && transport.writableLength === 0;
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
