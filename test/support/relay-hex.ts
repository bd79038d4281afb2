/** Commands of §3 and §4 in hex, in both widths of LONG (D2); like raw-hex.ts, independent of the code under test. */
import { str } from './raw-hex.ts';
import type { Kind } from './raw-connection.ts';

export const ESTABLISHED = '0a';

/** Bytes of a LONG on each listener (D2). */
export const LONG_BYTES: Readonly<Record<Kind, 4 | 8>> = { tcp: 4, 'tcp-long64': 8, websocket: 4 };

/** LONG: 4 signed bytes, or 8. */
export function long(value: bigint | number, size: 4 | 8): string {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer.toString('hex').slice(16 - 2 * size);
}

export const idPrivate = (requester: string, target: string, id: number, size: 4 | 8): string =>
  '08' + str(requester) + str(target) + long(id, size);

export const loginPrivate = (id: bigint | number, size: 4 | 8): string => '09' + long(id, size);
