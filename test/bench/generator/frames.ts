/** WebSocket frames as a client sends them (RFC 6455 §5.2), at little cost. */

export const TEXT = 1;
export const BINARY = 2;
const CLOSE = 8;
const PING = 9;

/**
 * Mask of all frames. It is not zero, which some servers need not undo and no browser uses: the server does here the work
 * that a browser causes.
 */
const MASK = [0x5a, 0x21, 0x93, 0xc7] as const;

/** Builds a whole, final frame with this payload. */
export function maskedFrame(payload: Uint8Array, opcode: typeof TEXT | typeof BINARY = BINARY): Buffer {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 0x10000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + MASK.length + length);
  frame[0] = 0x80 | opcode;
  if (head === 2) frame[1] = 0x80 | length;
  else if (head === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(MASK, head);
  const start = head + MASK.length;
  for (let i = 0; i < length; i++) frame[start + i] = payload[i]! ^ MASK[i & 3]!;
  return frame;
}

/** Pong without a payload, for the heartbeat of servers that close a silent connection. */
export const PONG = Buffer.from([0x8a, 0x80, ...MASK]);

/** Callbacks for each piece of binary payload, an end of writing (a message of length zero, D25), a close frame, and a ping. */
export interface FrameHandler {
  onPayload(bytes: Buffer, start: number, end: number): void;
  onEmptyMessage(): void;
  onCloseFrame(): void;
  onPing(): void;
}

/** Parses a server's frames, which are not masked, without copying their payload. */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #head = Buffer.alloc(10);
  #headLength = 0;
  #opcode = 0;
  /** Bytes of the current frame's payload that have not come. */
  #left = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  read(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#left === 0) {
        this.#takeHeadByte(bytes[at++]!);
        continue;
      }
      const stop = Math.min(end, at + this.#left);
      if (this.#opcode <= BINARY && this.#opcode !== TEXT) this.#handler.onPayload(bytes, at, stop);
      this.#left -= stop - at;
      at = stop;
    }
  }

  #takeHeadByte(byte: number): void {
    const head = this.#head;
    head[this.#headLength++] = byte;
    if (this.#headLength < 2) return;
    const short = head[1]! & 0x7f;
    if (this.#headLength < (short < 126 ? 2 : short === 126 ? 4 : 10)) return;
    this.#headLength = 0;
    this.#opcode = head[0]! & 0x0f;
    this.#left = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2));
    if (this.#opcode === CLOSE) this.#handler.onCloseFrame();
    else if (this.#opcode === PING) this.#handler.onPing();
    else if (this.#opcode === BINARY && this.#left === 0) this.#handler.onEmptyMessage();
  }
}
