/** Bytes, joined, and read as the UTF-8 of the protocol: strict, and a leading BOM is data (D4). */

/** No bytes. */
export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8; null when it is none. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Joins pieces of bytes into one. */
export function concat(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
