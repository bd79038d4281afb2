/** WebSocket frames as they come from clients (RFC 6455 §5.2): those of every day here, the rest through `ws`. */
import { unmask } from './unmask.ts';

/** FIN and the opcode of a binary message, no reserved bit: a binary message in one frame. */
const WHOLE_BINARY = 0x82;
const FIN = 0x80;
const MASKED = 0x80;
const LENGTH_16 = 126;
/** Opcodes from here on are control frames, which may come between the fragments of a message. */
const FIRST_CONTROL = 8;
const CLOSE = 8;
/** Two bytes, a length of eight, a mask of four. */
const LONGEST_HEAD = 14;
const NOTHING = Buffer.alloc(0);
/**
 * Frames that are taken at once. One read may bring forty thousand, each with a write of its own: without a bound one
 * client would have the process to itself for seconds.
 */
const FRAMES_AT_ONCE = 512;

export interface FrameSink {
  /** Reads are held back: nothing may be handed over. */
  readonly isPaused: boolean;
  /** A binary message, or a piece of one; empty when the message is (D25). Lent. */
  onPayload(bytes: Buffer): void;
  /** Bytes of any other frame, in order, for who knows what to do with them. Lent. */
  onOther(bytes: Buffer): void;
}

/**
 * Takes the bytes of a WebSocket apart just as far as to hand over the payload of whole binary messages where it lies,
 * piece by piece as it arrives, without gathering or copying it. Any other frame (fragments, text, control frames, a
 * message over the limit, what breaks the rules) goes on as it came.
 */
export class FrameInput {
  readonly #sink: FrameSink;
  readonly #maxPayload: number;
  /** The beginning of a frame's head whose end has not come yet. */
  #head: Buffer | null = null;
  #left = 0;
  #taken = 0;
  #mask = 0;
  #isOurs = false;
  #inFragments = false;
  #isClose = false;
  /** Nothing that comes means anything any more. */
  #isOver = false;
  /** What came and was not taken yet. */
  #rest: Buffer | null = null;

  /** @param maxPayload bytes of the longest message that is handed over */
  constructor(sink: FrameSink, maxPayload: number) {
    this.#sink = sink;
    this.#maxPayload = maxPayload;
  }

  /** Whether something is left for `goOn`. */
  get hasRest(): boolean {
    return this.#rest !== null;
  }

  /**
   * Hands over what came, and changes it. False when something is left, because reads are held back meanwhile or it is
   * a great many frames: then nothing may be pushed until `goOn` has answered true.
   */
  push(chunk: Buffer): boolean {
    const rest = this.#take(chunk);
    this.#rest = rest && Buffer.from(rest);
    return rest === null;
  }

  /** Hands over more of what was left; answers like `push`. */
  goOn(): boolean {
    const rest = this.#rest;
    if (!rest) return true;
    this.#rest = null;
    this.#rest = this.#take(rest);
    return this.#rest === null;
  }

  /** Throws away what is left and all that comes. */
  end(): void {
    this.#isOver = true;
    this.#rest = null;
  }

  /** Returns what it did not take. */
  #take(chunk: Buffer): Buffer | null {
    let at = 0;
    let frames = 0;
    while (at < chunk.length && !this.#isOver) {
      if (this.#sink.isPaused || frames === FRAMES_AT_ONCE) return chunk.subarray(at);
      at += this.#left === 0 ? this.#takeHead(chunk, at) : this.#takePayload(chunk, at);
      if (this.#left > 0) continue;
      frames++;
      // After a close frame nothing counts (RFC 6455 §5.5.1).
      if (this.#isClose) this.end();
    }
    return null;
  }

  /** Returns how many bytes of the chunk it took. */
  #takeHead(chunk: Buffer, at: number): number {
    const before = this.#head?.length ?? 0;
    const here = chunk.subarray(at, at + LONGEST_HEAD - before);
    const head = this.#head ? Buffer.concat([this.#head, here]) : here;
    const length = headLength(head);
    if (length > head.length) {
      this.#head = Buffer.from(head);
      return here.length;
    }
    this.#head = null;
    this.#begin(head.subarray(0, length));
    return length - before;
  }

  #begin(head: Buffer): void {
    const [first, second] = [head[0]!, head[1]!];
    this.#left = payloadLength(head);
    this.#taken = 0;
    this.#isOurs =
      first === WHOLE_BINARY &&
      (second & MASKED) !== 0 &&
      this.#left <= this.#maxPayload &&
      !this.#inFragments;
    if (this.#isOurs) {
      this.#mask = head.readInt32BE(head.length - 4);
      if (this.#left === 0) this.#sink.onPayload(NOTHING);
      return;
    }
    const opcode = first & 0x0f;
    this.#isClose = opcode === CLOSE;
    if (opcode < FIRST_CONTROL) this.#inFragments = (first & FIN) === 0;
    this.#sink.onOther(head);
  }

  #takePayload(chunk: Buffer, at: number): number {
    const piece = chunk.subarray(at, at + this.#left);
    const offset = this.#taken;
    this.#taken += piece.length;
    this.#left -= piece.length;
    if (this.#isOurs) {
      unmask(piece, this.#mask, offset);
      this.#sink.onPayload(piece);
    } else this.#sink.onOther(piece);
    return piece.length;
  }
}

/** Length of the head that begins so; more than there is while that cannot be told. */
function headLength(head: Buffer): number {
  if (head.length < 2) return 2;
  const code = head[1]! & 0x7f;
  const size = code < LENGTH_16 ? 0 : code === LENGTH_16 ? 2 : 8;
  return 2 + size + (head[1]! & MASKED ? 4 : 0);
}

function payloadLength(head: Buffer): number {
  const code = head[1]! & 0x7f;
  if (code < LENGTH_16) return code;
  return code === LENGTH_16 ? head.readUInt16BE(2) : head.readUInt32BE(2) * 2 ** 32 + head.readUInt32BE(6);
}
