/**
 * One buffer that every plain connection is read into. What was read is valid only during the call that hands it on, so
 * that a relay passes bytes from one socket to another without allocating anything (see also socket-writer.ts).
 */

/** Bytes that one read takes at most: a relay's speed grows up to here, and more would leave the processor's cache. */
const READ_BYTES = 256 * 1024;
/** Room before what was read, for the head of a WebSocket frame around it (10 bytes at most). */
const HEADROOM = 16;
/** Byte that is written over them: no UTF-8 has it, and no command begins with it. */
const POISON = 0xfe;

/** Bytes more of a read between gateways: of one that brought as much as it could, the frame comes in one read, too. */
const FRAME_HEAD = 4;

const memory = Buffer.allocUnsafeSlow(HEADROOM + READ_BYTES + FRAME_HEAD);

/** Memory of reads between gateways. */
export const hopReadBuffer: Buffer = memory.subarray(HEADROOM);

/** Memory of all other reads. */
export const readBuffer: Buffer = hopReadBuffer.subarray(0, READ_BYTES);

/**
 * Ends the validity of bytes that were read: called when the call that handed them on is over. With
 * `CHATON_POISON_READS=1`, which the tests set, they are overwritten: code that kept them instead of a copy fails at
 * once, and not when the next read happens to differ.
 */
export const expire: (bytes: Uint8Array) => void =
  process.env['CHATON_POISON_READS'] === '1' ? (bytes) => void bytes.fill(POISON) : () => {};

/**
 * Bytes that were read, with `room` more before them for a head to be written there: in one piece, without a copy.
 * Null when they are not in the shared buffer. All that came before them in the same read must be handled already.
 * @param room 16 bytes at most
 */
export function withRoomBefore(bytes: Uint8Array, room: number): Buffer | null {
  if (bytes.buffer !== memory.buffer) return null;
  return memory.subarray(bytes.byteOffset - room, bytes.byteOffset + bytes.length);
}
