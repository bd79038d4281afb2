/** Much data without holding it: made as it is sent, hashed as it comes. */
import { createCipheriv, createHash } from 'node:crypto';
import type { RawConnection } from './raw-connection.ts';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** As large as one WebSocket message may be (D26). */
const CHUNK = 64 * KIB;
const ZEROS = Buffer.alloc(CHUNK);

/** Bytes that look random, differ at every place, and are the same for the same seed. */
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

/** What whoever receives all of these has to find. */
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

/** Sends these, as fast as they are taken and no faster. Their end is not said. */
export async function sendAll(leg: RawConnection, chunks: Iterable<Uint8Array>): Promise<void> {
  for (const chunk of chunks)
    if (!(await leg.write(chunk))) throw new Error('the connection was over before all was sent');
}

/** Takes all that comes, up to the other side's end of writing, and hashes it. */
export async function receiveAll(leg: RawConnection): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  leg.inbox.divert((data) => {
    hash.update(data);
    size += data.length;
  });
  await leg.inbox.expectEnd();
  return { size, sha256: hash.digest('hex') };
}
