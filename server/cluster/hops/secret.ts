/** The secret that all gateways of a room share, and what is derived from it. */
import { hkdfSync } from 'node:crypto';
import { ConfigError } from '../../config/config.ts';
import { readFirstLine } from '../../config/text-file.ts';

/** Characters that the secret has at least. */
const SHORTEST = 16;
const KEY_BYTES = 32;

/** Reads the secret. Throws a ConfigError when the file cannot be read, or the secret is too short. */
export function readSecret(file: string): string {
  let secret: string;
  try {
    secret = readFirstLine(file);
  } catch (error) {
    throw new ConfigError(`--cluster-secret-file=${file}: cannot be read: ${(error as Error).message}`);
  }
  if (secret.length >= SHORTEST) return secret;
  throw new ConfigError(
    `--cluster-secret-file=${file}: its first line must have at least ${SHORTEST} characters; make one by: openssl rand -hex 32`,
  );
}

/** Derives a key for one purpose in one room (HKDF, RFC 5869): rooms that share a secret do not trust each other. */
export function deriveKey(secret: string, room: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, room, `chaton ${purpose}`, KEY_BYTES));
}
