/** Bytes, joined, and read as the UTF-8 of the protocol: strict, and a leading BOM is data (D4). */

/** Options of a decoder that takes no liberties. */
export const STRICT = { fatal: true, ignoreBOM: true };

const decoder = new TextDecoder('utf-8', STRICT);

/** Decodes UTF-8; null when it is none. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Joins pieces of bytes into one. */
export function concat(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
