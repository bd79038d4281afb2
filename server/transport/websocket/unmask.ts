/** Unmasks payload (RFC 6455 §5.3) that comes in pieces. */

/** Bytes from which on a call into native code is faster. */
const WORTH_A_CALL = 32;

// An optional dependency: it may have found nothing built for this machine.
const native = await import('bufferutil').then(
  (bufferutil) => bufferutil.default.mask,
  () => unmaskHere,
);

/** Implementation that unmasks long pieces: `native`, or `js` where nothing is built for this machine, which costs processor time. */
export const UNMASKING = /\[native code\]/.test(Function.prototype.toString.call(native)) ? 'native' : 'js';

const rotated = Buffer.alloc(4);

/**
 * Unmasks a piece of a payload, and moves it within its chunk to where it follows what came before: in one pass, forwards.
 * @param from where the piece begins
 * @param to where it is to begin, at `from` or before
 * @param mask the four bytes of the frame's mask, as a big-endian number
 * @param offset where in the payload the piece begins
 */
export function unmask(
  chunk: Buffer,
  from: number,
  to: number,
  length: number,
  mask: number,
  offset: number,
): void {
  const shift = (offset & 3) * 8;
  rotated.writeInt32BE(shift === 0 ? mask | 0 : (mask << shift) | (mask >>> (32 - shift)));
  const transform = length < WORTH_A_CALL ? unmaskHere : native;
  transform(chunk.subarray(from, from + length), rotated, chunk, to, length);
}

function unmaskHere(
  source: Uint8Array,
  mask: Uint8Array,
  target: Uint8Array,
  to: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) target[to + i] = source[i]! ^ mask[i & 3]!;
}
