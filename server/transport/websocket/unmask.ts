/** Unmasking (RFC 6455 §5.3) of a payload that comes in pieces. */

/** Bytes from which on a call into native code is worth it. */
const WORTH_A_CALL = 32;

// An optional dependency: it may have found nothing built for this machine.
const native = await import('bufferutil').then(
  (bufferutil) => bufferutil.default.unmask,
  () => unmaskHere,
);
const turned = Buffer.alloc(4);

/**
 * Unmasks a piece of a payload where it lies.
 * @param mask the four bytes of the frame's mask, as a big-endian number
 * @param offset where in the payload the piece begins
 */
export function unmask(piece: Buffer, mask: number, offset: number): void {
  const turn = (offset & 3) * 8;
  turned.writeInt32BE(turn === 0 ? mask | 0 : (mask << turn) | (mask >>> (32 - turn)));
  if (piece.length < WORTH_A_CALL) unmaskHere(piece, turned);
  else native(piece, turned);
}

function unmaskHere(bytes: Buffer, mask: Buffer): void {
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= mask[i & 3]!;
}
