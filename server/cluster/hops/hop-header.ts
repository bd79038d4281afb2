/** Header of a hop, which says what it is for: the first frame over TLS, a part of the hello over loopback. */
import type { Hop, SessionName } from '../mesh.ts';

/** Version of the header and of what follows: 2 since both sides beat. */
const VERSION = 2;
const SESSION = 8 + 6;
/** Bytes of a header. */
export const HOP_BYTES: number = 1 + 4 + 2 * SESSION;

/** Writes the header of a hop. */
export function encodeHop({ connectId, first, second }: Hop): Uint8Array {
  const bytes = Buffer.alloc(HOP_BYTES);
  bytes.writeUInt8(VERSION);
  bytes.writeInt32BE(connectId, 1);
  writeSession(bytes, 5, first);
  writeSession(bytes, 5 + SESSION, second);
  return bytes;
}

/** Reads the header of a hop; null for anything else. */
export function decodeHop(header: Uint8Array): Hop | null {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.length);
  if (bytes.length !== HOP_BYTES || bytes[0] !== VERSION) return null;
  return {
    connectId: bytes.readInt32BE(1),
    first: readSession(bytes, 5),
    second: readSession(bytes, 5 + SESSION),
  };
}

function writeSession(bytes: Buffer, at: number, { incarnation, session }: SessionName): void {
  bytes.write(incarnation, at, 8, 'hex');
  bytes.writeUIntBE(session, at + 8, 6);
}

function readSession(bytes: Buffer, at: number): SessionName {
  return { incarnation: bytes.toString('hex', at, at + 8), session: bytes.readUIntBE(at + 8, 6) };
}
