/** WebSocket frames as the server sends them: binary, whole, neither masked nor compressed (RFC 6455 §5.2, D24). */

const FINAL_BINARY = 0x82;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** The head of a frame that carries `length` bytes: 2, 4 or 10 bytes. */
export function frameHead(length: number): Buffer {
  const frame = Buffer.allocUnsafe(headLength(length));
  writeHead(frame, length);
  return frame;
}

/** Makes whole frames, and keeps the last one that many clients get: its bytes are the same for all of them. */
export class Framer {
  #shared: Uint8Array | null = null;
  #sharedFrame: Buffer = Buffer.alloc(0);

  /** @param shared whether the very same `bytes` go to many clients in a row */
  frame(bytes: Uint8Array, shared: boolean): Buffer {
    if (!shared) return makeFrame(bytes);
    if (this.#shared !== bytes) {
      this.#shared = bytes;
      this.#sharedFrame = makeFrame(bytes);
    }
    return this.#sharedFrame;
  }
}

function makeFrame(bytes: Uint8Array): Buffer {
  const head = headLength(bytes.length);
  const frame = Buffer.allocUnsafe(head + bytes.length);
  writeHead(frame, bytes.length);
  frame.set(bytes, head);
  return frame;
}

function headLength(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 0x10000 ? 4 : 10;
}

function writeHead(frame: Buffer, length: number): void {
  frame[0] = FINAL_BINARY;
  if (length < LENGTH_16) {
    frame[1] = length;
  } else if (length < 0x10000) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
}
