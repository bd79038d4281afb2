/** WebSocket frames as the server sends them: binary, whole, neither masked nor compressed (RFC 6455 §5.2, D24). */
import type { Socket } from 'node:net';
import { withRoomBefore } from './lent.ts';
import { SocketOutlet } from './outlet.ts';

/** A ping without a word; who gets it has to answer (§5.5.2). */
export const PING = Buffer.from([0x89, 0]);

const FINAL_BINARY = 0x82;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** Longest frame, in bytes, that is put together in memory kept for that. */
const SCRATCH_BYTES = 66 * 1024;

/** The end of writing (D25). */
export const EMPTY_FRAME = makeFrame(new Uint8Array(0), Buffer.alloc(2));

/** Makes whole frames, and allocates nothing for those that one client gets. */
export class Framer {
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #shared: Uint8Array | null = null;
  #sharedFrame: Buffer = EMPTY_FRAME;

  /** The frame for bytes that go to many clients in a row: the last one is kept, since it is the same for all. */
  shared(bytes: Uint8Array): Buffer {
    if (this.#shared !== bytes) {
      this.#shared = bytes;
      this.#sharedFrame = makeFrame(bytes, Buffer.allocUnsafe(frameLength(bytes)));
    }
    return this.#sharedFrame;
  }

  /** The frame for bytes that may be lent; it is lent itself, until the next is made. */
  lent(bytes: Uint8Array): Buffer {
    const head = headLength(bytes.length);
    const inPlace = withRoomBefore(bytes, head);
    if (inPlace) {
      writeHead(inPlace, bytes.length);
      return inPlace;
    }
    const length = frameLength(bytes);
    const memory = length > SCRATCH_BYTES ? Buffer.allocUnsafeSlow(length) : this.#scratch;
    return makeFrame(bytes, memory.subarray(0, length));
  }
}

/** Puts what is written into WebSocket frames. */
export class FrameOutlet extends SocketOutlet {
  readonly #framer: Framer;

  constructor(socket: Socket, framer: Framer) {
    super(socket);
    this.#framer = framer;
  }

  override write(bytes: Uint8Array, shared: boolean): boolean {
    return super.write(shared ? this.#framer.shared(bytes) : this.#framer.lent(bytes), shared);
  }
}

function frameLength(bytes: Uint8Array): number {
  return headLength(bytes.length) + bytes.length;
}

function makeFrame(bytes: Uint8Array, frame: Buffer): Buffer {
  writeHead(frame, bytes.length);
  frame.set(bytes, headLength(bytes.length));
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
