/** Keys that are derived from the secret that all gateways of a room share. */
import { hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;

/** Derives a key for one purpose in one room (HKDF, RFC 5869): rooms that share a secret do not trust each other. */
export function deriveKey(secret: string | Buffer, room: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, room, `chaton ${purpose}`, KEY_BYTES));
}
