/** Bulk data that is never held: it is made as it is sent, and hashed as it comes. */
import { createCipheriv, createHash } from 'node:crypto';
import type { RawConnection } from './raw-connection.ts';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Size of a chunk: as large as one WebSocket message may be (D26). */
const CHUNK = 64 * KIB;
const ZEROS = Buffer.alloc(CHUNK);

/** Generates bytes that look random, differ at every place, and are the same for the same seed. */
export function* noise(seed: number, size: number): Generator<Buffer> {
  const key = Buffer.alloc(16);
  key.writeInt32BE(seed);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  for (let left = size; left > 0; left -= CHUNK)
    yield cipher.update(ZEROS.subarray(0, Math.min(left, CHUNK)));
}

export interface Digest {
  readonly size: number;
  readonly sha256: string;
}

/** Digest of these parts, which a receiver of all of them has to find. */
export function digestOf(...parts: ReadonlyArray<Iterable<Uint8Array>>): Digest {
  const hash = createHash('sha256');
  let size = 0;
  for (const part of parts)
    for (const chunk of part) {
      hash.update(chunk);
      size += chunk.length;
    }
  return { size, sha256: hash.digest('hex') };
}

/** Sends these chunks under backpressure, and does not end the writing. */
export async function sendAll(endpoint: RawConnection, chunks: Iterable<Uint8Array>): Promise<void> {
  for (const chunk of chunks)
    if (!(await endpoint.write(chunk))) throw new Error('the connection was over before all was sent');
}

/** Reads up to the other side's end of writing, and hashes it. */
export async function receiveAll(endpoint: RawConnection): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  endpoint.inbox.divert((data) => {
    hash.update(data);
    size += data.length;
  });
  await endpoint.inbox.expectEnd();
  return { size, sha256: hash.digest('hex') };
}
