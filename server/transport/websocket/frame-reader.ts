/** Parses the WebSocket frames of clients (RFC 6455 §5.2) as they come, without gathering a message. */
import { decodeUtf8 } from '../../../shared/protocol/bytes.ts';
import { FAULTS, headLength, isCloseCode, MASKED, NO_CODE, payloadLength } from './frame-format.ts';
import { FIN, Op } from './frame-writer.ts';
import { FrameQuota } from './frame-quota.ts';
import { unmask } from './unmask.ts';

const RESERVED = 0x70;
/** Opcodes from here on are control frames, which may come between the fragments of a message. */
const FIRST_CONTROL = Op.close;
/** Bytes of payload that a control frame has at most (§5.5). */
const MAX_CONTROL = 125;
/** Bytes of the longest head: two, a length of eight, a mask of four. */
const LONGEST_HEAD = 14;
const NOTHING = Buffer.alloc(0);
/** Empty fragments that one message may have: no client needs them, and each costs work. */
const MAX_EMPTY_FRAGMENTS = 64;

interface FrameLimits {
  /** Bytes of the longest message, in all its fragments together. */
  readonly maxMessage: number;
  /** Bytes of the longest text message. */
  readonly maxText: number;
}

export interface FrameSink {
  /**
   * Reading is paused (backpressure, throttling): nothing may be handed over. It changes only within the calls below.
   */
  readonly isPaused: boolean;
  /** True when text messages are part of what is spoken (D28). */
  readonly takesText: boolean;
  /**
   * Bytes of binary messages, however those and their fragments are cut (D24); never empty. Valid only during the call.
   */
  onPayload(bytes: Buffer): void;
  /** A binary message without a byte: the end of writing (D25). */
  onEmptyMessage(): void;
  onTextMessage(text: string): void;
  onPing(payload: Buffer): void;
  /** Pings or pongs came: work that no command pays for. Called once for all that are parsed together. */
  onControl(): void;
  /** The other side closes the WebSocket; nothing follows. @param code 1005 for none (§7.1.5) */
  onCloseFrame(code: number, reason: string): void;
  /** The other side broke the rules, which closes the WebSocket with this code (D26); nothing follows. */
  onViolation(code: number, reason: string): void;
}

/**
 * Takes the bytes of a WebSocket apart just as far as to hand over the payload of binary messages where it lies, piece
 * by piece as it arrives. Text messages and control frames are gathered, within their limits.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #limits: FrameLimits;
  readonly #quota: FrameQuota;
  /** The beginning of a frame's head whose end has not come yet. */
  #head: Buffer | null = null;
  /**
   * State of the frame that has begun: what it is part of, whether it is the last of that, bytes to come, bytes taken,
   * its mask.
   */
  #op: number = Op.binary;
  #isFinal = false;
  #left = 0;
  #taken = 0;
  #mask = 0;
  /** State of the message that has begun: its opcode (0 for none), its bytes, and fragments without any. */
  #message = 0;
  #size = 0;
  #empties = 0;
  /** Bytes that have come of a text, and of a control frame's payload. */
  #text = NOTHING;
  #control = NOTHING;
  /** Frames and messages so far. */
  #frames = 0;
  #messages = 0;
  /** A ping or a pong of the present parse has been reported. */
  #isCounted = false;
  /** True when everything that comes is ignored. */
  #isOver = false;
  /** Bytes received and not parsed yet. */
  #unparsed: Buffer | null = null;
  /** Payload within the chunk being parsed that is still to be handed over. */
  #chunk: Buffer = NOTHING;
  #from = 0;
  #to = 0;

  /** @param quota shared by all connections */
  constructor(sink: FrameSink, limits: FrameLimits, quota = new FrameQuota()) {
    this.#sink = sink;
    this.#limits = limits;
    this.#quota = quota;
  }

  /** True when something is left for `resumeParsing`. */
  get hasUnparsed(): boolean {
    return this.#unparsed !== null;
  }

  /**
   * Number of what has begun and cannot be handed over before its end comes: a head, a control frame, a text, a message
   * that may yet be the end of writing. It stays the same as long as that does; 0 while there is nothing.
   */
  get unfinished(): number {
    if (this.#message === Op.text || (this.#message === Op.binary && this.#size === 0))
      return -this.#messages;
    return this.#head || (this.#left > 0 && this.#op >= FIRST_CONTROL) ? this.#frames + 1 : 0;
  }

  /**
   * Parses what came, unmasking it in place, and hands it over. False when something is left, because reading was
   * paused meanwhile or the quota is spent: then nothing may be pushed until `resumeParsing` has returned true.
   */
  push(chunk: Buffer): boolean {
    const rest = this.#parse(chunk);
    this.#unparsed = rest && Buffer.from(rest);
    return rest === null;
  }

  /** Parses more of what was left; answers like `push`. */
  resumeParsing(): boolean {
    const rest = this.#unparsed;
    if (!rest) return true;
    this.#unparsed = null;
    this.#unparsed = this.#parse(rest);
    return this.#unparsed === null;
  }

  /** Throws away what is left and all that comes. */
  discardAll(): void {
    this.#isOver = true;
    this.#unparsed = null;
    this.#head = null;
    this.#text = this.#control = NOTHING;
    this.#message = this.#left = 0;
  }

  /** Parses a chunk; returns what it did not parse. */
  #parse(chunk: Buffer): Buffer | null {
    this.#chunk = chunk;
    this.#isCounted = false;
    const before = this.#frames;
    const enough = before + this.#quota.share;
    let at = 0;
    while (at < chunk.length && !this.#isOver && !this.#sink.isPaused && this.#frames < enough) {
      const taken = this.#left > 0 ? this.#takePayload(at) : this.#takeHead(at);
      if (taken === 0) break;
      at += taken;
    }
    this.#handOver();
    this.#quota.spend(this.#frames - before);
    this.#chunk = NOTHING;
    return at < chunk.length && !this.#isOver ? chunk.subarray(at) : null;
  }

  /**
   * Returns how many bytes of the chunk it took: none when what came before had to be handed over, and reading is
   * paused since.
   */
  #takeHead(at: number): number {
    const chunk = this.#chunk;
    const before = this.#head;
    const head = before
      ? Buffer.concat([before, chunk.subarray(at, at + LONGEST_HEAD - before.length)])
      : chunk;
    const from = before ? 0 : at;
    const length = headLength(head, from);
    if (from + length > head.length) {
      this.#head = Buffer.from(head.subarray(from));
      return chunk.length - at;
    }
    const size = payloadLength(head, from);
    if (!this.#isPlain(head[from]!, head[from + 1]!, size)) {
      this.#handOver();
      if (this.#sink.isPaused) return 0;
    }
    this.#head = null;
    this.#begin(head[from]!, head[from + 1]!, size);
    if (this.#isOver) return chunk.length - at;
    this.#mask = head.readInt32BE(from + length - 4);
    if (this.#left === 0) this.#finish();
    return length - (before?.length ?? 0);
  }

  /** Tells whether a frame brings payload of a binary message, and nothing else that has to be acted upon. */
  #isPlain(first: number, second: number, size: number): boolean {
    const isInTurn = (first & ~FIN) === (this.#message === 0 ? Op.binary : Op.more);
    if (!isInTurn || this.#message === Op.text || size === 0 || (second & MASKED) === 0) return false;
    return (this.#message === 0 ? 0 : this.#size) + size <= this.#limits.maxMessage;
  }

  #begin(first: number, second: number, size: number): void {
    this.#frames++;
    this.#isFinal = (first & FIN) !== 0;
    this.#op = first & 0x0f;
    this.#left = size;
    this.#taken = 0;
    if ((first & RESERVED) !== 0 || (second & MASKED) === 0) this.#fail(1002);
    else if (this.#op >= FIRST_CONTROL) {
      if (!this.#isFinal || size > MAX_CONTROL || this.#op > Op.pong) this.#fail(1002);
    } else this.#beginData(size);
  }

  #beginData(size: number): void {
    const isFirst = this.#op !== Op.more;
    if (isFirst === (this.#message !== 0) || this.#op > Op.binary) return this.#fail(1002);
    if (isFirst) {
      this.#message = this.#op;
      this.#messages++;
      this.#size = this.#empties = 0;
    }
    this.#op = this.#message;
    this.#size += size;
    const isText = this.#message === Op.text;
    if (isText && !this.#sink.takesText) this.#fail(1003);
    else if (this.#size > this.#limits.maxMessage) this.#fail(1009);
    else if (isText && this.#size > this.#limits.maxText) this.#fail(1002, 'the text message is too long');
    else if (size === 0 && !this.#isFinal && ++this.#empties > MAX_EMPTY_FRAGMENTS) this.#fail(1008);
  }

  /** Takes payload. That of binary messages is moved behind what is to be handed over, so that a read is handed over at once. */
  #takePayload(at: number): number {
    const chunk = this.#chunk;
    const length = Math.min(this.#left, chunk.length - at);
    const isData = this.#op === Op.binary;
    if (isData && this.#to === this.#from) this.#from = this.#to = at;
    unmask(chunk, at, isData ? this.#to : at, length, this.#mask, this.#taken);
    this.#taken += length;
    this.#left -= length;
    if (isData) this.#to += length;
    else this.#gather(chunk.subarray(at, at + length));
    if (this.#left === 0) this.#finish();
    return length;
  }

  #gather(piece: Buffer): void {
    if (this.#op === Op.text) this.#text = Buffer.concat([this.#text, piece]);
    else this.#control = Buffer.concat([this.#control, piece]);
  }

  #handOver(): void {
    if (this.#to === this.#from) return;
    const bytes = this.#chunk.subarray(this.#from, this.#to);
    this.#from = this.#to = 0;
    this.#sink.onPayload(bytes);
  }

  /** Finishes a frame that is complete, and with it the message that it is the last of. */
  #finish(): void {
    if (this.#op >= FIRST_CONTROL) return this.#takeControl();
    if (!this.#isFinal) return;
    this.#message = 0;
    if (this.#op === Op.text) this.#takeText();
    else if (this.#size === 0) this.#sink.onEmptyMessage();
  }

  #takeText(): void {
    const bytes = this.#text;
    this.#text = NOTHING;
    const text = decodeUtf8(bytes);
    if (text === null) this.#fail(1007);
    else this.#sink.onTextMessage(text);
  }

  #takeControl(): void {
    const payload = this.#control;
    this.#control = NOTHING;
    if (this.#op === Op.ping) this.#sink.onPing(payload);
    if (this.#op !== Op.close) return this.#count();
    const code = payload.length < 2 ? NO_CODE : payload.readUInt16BE();
    const reason = decodeUtf8(payload.subarray(2));
    if (payload.length > 0 && !isCloseCode(code)) return this.#fail(1002);
    if (reason === null) return this.#fail(1007);
    // After a close frame nothing counts (RFC 6455 §5.5.1).
    this.discardAll();
    this.#sink.onCloseFrame(code, reason);
  }

  /** Reports a ping or a pong. The quota bounds what a parse costs, and it answers one ping: so all of it count as one. */
  #count(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#sink.onControl();
  }

  /** Fails the WebSocket connection (RFC 6455 §7.1.7). */
  #fail(code: keyof typeof FAULTS, reason: string = FAULTS[code]): void {
    this.discardAll();
    this.#sink.onViolation(code, reason);
  }
}
