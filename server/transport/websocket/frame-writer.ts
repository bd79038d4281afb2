/** WebSocket frames as the server sends them: whole, neither masked nor compressed (RFC 6455 §5.2, D24). */
import type { Socket } from 'node:net';
import { withRoomBefore } from '../socket/shared-read-buffer.ts';
import { SocketWriter, type SocketWriterOwner } from '../socket/socket-writer.ts';
import { NOTHING } from '../../../shared/protocol/bytes.ts';

/** Opcodes (§11.8). */
export const Op = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
type Op = (typeof Op)[keyof typeof Op];

export const FIN = 0x80;
/** Marks a length that needs 16 bits more, or 64. */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;

/** Longest frame, in bytes, that is built in the scratch buffer. */
const SCRATCH_BYTES = 66 * 1024;
/** Frames of shared texts that are kept: a few tellings of presence, and the parts of the list that are being sent. */
const SHARED_TEXTS = 16;

/** A ping without a payload, for the heartbeat (§5.5.2). */
const PING = frameOf(Op.ping, NOTHING);
/** The end of writing (D25). */
const EMPTY_FRAME = frameOf(Op.binary, NOTHING);

/** Builds whole frames; allocates nothing for those that only one client gets. */
export class Framer {
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #shared: Uint8Array | null = null;
  #sharedFrame: Buffer = EMPTY_FRAME;
  /** Frames of texts that many get, the oldest first. */
  readonly #sharedTexts = new Map<string, Buffer>();

  /**
   * The frame for a fan-out: bytes that go to many clients in a row. The last one is kept, since it is the same for
   * all.
   */
  shared(bytes: Uint8Array): Buffer {
    if (this.#shared !== bytes) {
      this.#shared = bytes;
      this.#sharedFrame = frameOf(Op.binary, bytes);
    }
    return this.#sharedFrame;
  }

  /** The frame for bytes that are valid only during the call; so is the frame, until the next is built. */
  transient(bytes: Uint8Array): Buffer {
    const head = headSize(bytes.length);
    const inPlace = withRoomBefore(bytes, head);
    if (inPlace) {
      writeHead(inPlace, Op.binary, bytes.length);
      return inPlace;
    }
    const length = head + bytes.length;
    const memory = length > SCRATCH_BYTES ? Buffer.allocUnsafeSlow(length) : this.#scratch;
    return makeFrame(Op.binary, bytes, memory.subarray(0, length));
  }

  /** The frame of a text message. */
  text(text: string): Buffer {
    return frameOf(Op.text, Buffer.from(text));
  }

  /** The frame of a text message for many clients: the last few are kept, since different ones get them by turns. */
  sharedText(text: string): Buffer {
    const known = this.#sharedTexts.get(text);
    if (known) return known;
    const frame = this.text(text);
    for (const oldest of this.#sharedTexts.keys()) {
      if (this.#sharedTexts.size < SHARED_TEXTS) break;
      this.#sharedTexts.delete(oldest);
    }
    this.#sharedTexts.set(text, frame);
    return frame;
  }
}

/**
 * Writes WebSocket frames. Two things end, one after the other: the stream's writing (`sendEnd`), a half-close behind
 * which messages of the control channel may still be sent, and the WebSocket (`sendClose`).
 */
export class FrameWriter extends SocketWriter {
  readonly #framer: Framer;
  #isWebSocketClosed = false;
  #isEnding = false;

  constructor(socket: Socket, framer: Framer, owner: SocketWriterOwner) {
    super(socket, owner);
    this.#framer = framer;
  }

  /** True from the end of writing on until the operating system has it. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  override write(bytes: Uint8Array, shared: boolean): boolean {
    return super.write(shared ? this.#framer.shared(bytes) : this.#framer.transient(bytes), shared);
  }

  /** Sends the answer to the upgrade, before any frame. */
  sendUpgrade(answer: Uint8Array): void {
    super.write(answer, false);
  }

  /** Half-closes the stream (D25); `taken` is called when the operating system has that, and so all before it. */
  sendEnd(taken: (error?: Error | null) => void): void {
    if (this.hasStopped) return;
    this.stopWriting();
    this.flush();
    this.#isEnding = true;
    this.writeToSocket(EMPTY_FRAME, (error) => {
      this.#isEnding = false;
      taken(error);
    });
  }

  sendText(text: string, isShared: boolean): void {
    this.#send(isShared ? this.#framer.sharedText(text) : this.#framer.text(text));
  }

  sendPing(): void {
    this.#send(PING);
  }

  sendPong(payload: Uint8Array): void {
    this.#send(frameOf(Op.pong, payload));
  }

  /** Closes the WebSocket. @param code none when the other side gave none (1005) */
  sendClose(code: number | null, reason: string): void {
    const payload = Buffer.alloc(code === null ? 0 : 2 + Buffer.byteLength(reason));
    if (code !== null) payload.writeUInt16BE(code);
    if (code !== null) payload.write(reason, 2);
    this.#send(frameOf(Op.close, payload));
    this.closeWebSocket();
  }

  /** Ignores every frame from now on, of whatever kind. */
  closeWebSocket(): void {
    this.stopWriting();
    this.#isWebSocketClosed = true;
  }

  #send(frame: Uint8Array): void {
    if (this.#isWebSocketClosed) return;
    if (this.hasStopped) this.enqueue(frame, true);
    else super.write(frame, true);
  }
}

function frameOf(op: Op, bytes: Uint8Array): Buffer {
  return makeFrame(op, bytes, Buffer.allocUnsafe(headSize(bytes.length) + bytes.length));
}

function makeFrame(op: Op, bytes: Uint8Array, frame: Buffer): Buffer {
  writeHead(frame, op, bytes.length);
  frame.set(bytes, headSize(bytes.length));
  return frame;
}

function headSize(length: number): number {
  if (length < LENGTH_16) return 2;
  return length < 0x10000 ? 4 : 10;
}

function writeHead(frame: Buffer, op: Op, length: number): void {
  frame[0] = FIN | op;
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
