/** Unmasks payload (RFC 6455 §5.3) that comes in pieces. */

/** Bytes from which on a call into native code is faster. */
const WORTH_A_CALL = 32;

// An optional dependency: it may have found nothing built for this machine.
const native = await import('bufferutil').then(
  (bufferutil) => bufferutil.default.unmask,
  () => unmaskHere,
);

/** Implementation that unmasks long pieces: `native`, or `js` where nothing is built for this machine, which costs processor time. */
export const UNMASKING = /\[native code\]/.test(Function.prototype.toString.call(native)) ? 'native' : 'js';

const rotated = Buffer.alloc(4);

/**
 * Unmasks a piece of a payload where it lies.
 * @param mask the four bytes of the frame's mask, as a big-endian number
 * @param offset where in the payload the piece begins
 */
export function unmask(piece: Buffer, mask: number, offset: number): void {
  const shift = (offset & 3) * 8;
  rotated.writeInt32BE(shift === 0 ? mask | 0 : (mask << shift) | (mask >>> (32 - shift)));
  if (piece.length < WORTH_A_CALL) unmaskHere(piece, rotated);
  else native(piece, rotated);
}

function unmaskHere(bytes: Buffer, mask: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= mask[i & 3]!;
}
