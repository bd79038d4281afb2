/**
 * A stream whose end is part of what it says, over one that may break at any moment: `length(4) bytes`, length 0 for the
 * end of writing. A process that is killed has its connections ended by its system like one that has done; here that is a
 * reset, since the end of writing has not come (D21). Both sides beat, since a network that lost one direction only looks
 * like a side that has nothing to say: who hears nothing breaks the stream, which the other direction tells.
 */
import type { ByteStream, Closed, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { BY_OWNER, Holds, type HoldReason } from '../../../shared/stream/holds.ts';
import { PieceQueue } from '../../../shared/stream/piece-queue.ts';
import { TICK_EVERY, type LivenessMonitor, type Monitored } from '../../transport/socket/liveness.ts';
import { withRoomBefore } from '../../transport/socket/shared-read-buffer.ts';
import type { TcpStream } from '../../transport/tcp/tcp-stream.ts';
import { gather, handOnGathered, type Gathering } from './gather.ts';

/** Bytes of a frame's head: the length of what follows. */
const HEAD = 4;
/** Bytes of a frame at most; nobody writes as many at once. */
const MAX_FRAME = 64 * 1024 * 1024;
/** Bytes from which on a frame is not copied when it has to wait. */
const LARGE = 4 * 1024;
const END = new Uint8Array(HEAD);
/** Head without a frame: a beat, which may come behind the end of writing as well. */
const BEAT = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
const BEAT_LENGTH = 0xffff_ffff;
/** Interval of beats, in ms, where nothing else is written. */
const BEAT_EVERY = 5_000;
/** Silence of the other side, in ms, after which the stream is broken; time in which it is not read does not count. */
const MAX_SILENCE = 20_000;

export class FramedStream implements ByteStream, StreamHandler, Gathering, Monitored {
  /** The connection below; null until {@link open}. */
  #below: TcpStream | null = null;
  #gathers = false;
  #handler!: StreamHandler;
  readonly #holds = new Holds();
  /** Bytes that were read and not handed on, since the stream is held. */
  readonly #held = new PieceQueue();
  /** Head of the frame that is being read, as far as it has come. */
  readonly #head = Buffer.alloc(HEAD);
  #headLength = 0;
  /** Bytes of the frame that are still to come. */
  #left = 0;
  #hasEndOfInput = false;
  #hasEnded = false;
  #isClosing = false;
  /** Pieces that were written before {@link begin}; null from then on. */
  #waiting: Uint8Array[] | null = null;
  #endsWaiting = false;
  #isScheduled = false;
  /** The connection below was ended, in good order: the other side has read this side's end of writing before. */
  #isEndedBelow = false;
  /** Nothing more comes from below. */
  #isInputOver = false;
  /** Seconds, as the monitor counts them, since something came, and since something was written. */
  #silentFor = 0;
  #quietFor = 0;
  #isSilent = false;
  /** Takes the first frame, before the handler does. */
  onFirst: ((bytes: Uint8Array) => void) | null = null;
  /** Gives up the connection that is being opened, when the stream is aborted before it is there. */
  onGivenUp: (() => void) | null = null;

  get buffered(): number {
    return this.#below?.buffered ?? 0;
  }

  /** True when nothing more is read or written. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /**
   * Sets the connection below, once.
   * @param gathers whether that hands on in many pieces what comes in one turn
   */
  open(below: TcpStream, gathers: boolean): void {
    this.#below = below;
    this.#gathers = gathers;
    below.attach(this);
    if (this.#holds.any) below.hold(BY_OWNER);
  }

  get writeTimeout(): number | undefined {
    return this.#handler.writeTimeout;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    this.#holds.delete(~0);
    this.#continue();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#hasEnded || this.#isClosing || bytes.length === 0) return true;
    if (this.#waiting) {
      this.#waiting.push(Uint8Array.from(bytes));
      return false;
    }
    // The head in the same write: it would be a packet of its own.
    const inPlace = withRoomBefore(bytes, HEAD);
    const frame = inPlace ?? Buffer.allocUnsafe(HEAD + bytes.length);
    frame.writeUInt32BE(bytes.length);
    if (inPlace === null) frame.set(bytes, HEAD);
    this.#quietFor = 0;
    return this.#below!.write(frame, inPlace === null && frame.length >= LARGE);
  }

  /** Keeps what is written, until `begin` writes something before it; who writes is held back meanwhile. */
  waitForFirst(): void {
    this.#waiting = [];
  }

  begin(first: Uint8Array | null): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    let hasRoom = first === null || this.write(first);
    for (const bytes of waiting) hasRoom = this.write(bytes);
    if (this.#endsWaiting) this.end();
    else if (hasRoom && waiting.length > 0) this.onWritable();
  }

  end(): void {
    this.#endsWaiting = this.#waiting !== null;
    if (this.#endsWaiting || this.#hasEnded || this.#isClosing) return;
    this.#hasEnded = true;
    this.#below!.write(END);
    this.#endBelow();
  }

  close(): void {
    // There is no end in good order but that of both sides.
    this.abort();
  }

  abort(): void {
    this.#isClosing = true;
    this.#held.clear();
    if (this.#below) this.#below.abort();
    else this.onGivenUp?.();
  }

  destroy(): void {
    this.#below?.destroy();
  }

  checkTimeouts(monitor: LivenessMonitor): void {
    const below = this.#below!;
    below.checkTimeouts(monitor);
    if (this.#isClosing) return;
    if (this.#holds.any) this.#silentFor = 0;
    else if (++this.#silentFor * TICK_EVERY >= MAX_SILENCE) {
      this.#isSilent = true;
      this.abort();
      return;
    }
    if (++this.#quietFor * TICK_EVERY < BEAT_EVERY) return;
    this.#quietFor = 0;
    // Bytes that are queued say as much, once they come.
    if (below.buffered === 0 && this.#waiting === null) below.write(BEAT);
  }

  hold(reason: HoldReason): void {
    if (this.#holds.add(reason)) this.#below?.hold(BY_OWNER);
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) this.#continue();
  }

  onData(bytes: Uint8Array): void {
    this.#silentFor = 0;
    if (this.#gathers) gather(this, bytes);
    else this.take(bytes);
  }

  /** Reads what came in one turn, or keeps it while the stream is held. */
  take(bytes: Uint8Array): void {
    if (this.#isClosing) return;
    if (this.#holds.any || this.#held.length > 0) this.#held.push(bytes);
    else this.#read(bytes);
  }

  onEnd(isCutShort = false): void {
    handOnGathered();
    this.#isEndedBelow = !isCutShort;
    this.#isInputOver = true;
    if (this.#held.length === 0) this.#checkEnd();
  }

  onWritable(): void {
    if (!this.#isClosing) this.#handler.onWritable();
  }

  onFault(reason: string): void {
    this.#handler.onFault(reason);
  }

  onClose({ clean, givenUp }: Closed): void {
    handOnGathered();
    this.#isClosing = true;
    const isComplete = this.#hasEndOfInput && this.#hasEnded && (clean || this.#isEndedBelow);
    const why = this.#isSilent ? 'silent' : givenUp;
    this.#handler.onClose({ clean: isComplete, ...(why && { givenUp: why }) });
  }

  /** Breaks the stream when the connection below ended before both sides had ended their writing. */
  #checkEnd(): void {
    if (!(this.#hasEndOfInput && this.#hasEnded)) this.abort();
  }

  /** Reads on, with what was held first, and never from within the call that asks for it. */
  #continue(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      while (!this.#holds.any && !this.#isClosing) {
        const piece = this.#held.shift();
        if (piece === null) break;
        this.#read(piece);
      }
      if (this.#holds.any || this.#isClosing) return;
      this.#below?.release(BY_OWNER);
      if (this.#isInputOver) this.#checkEnd();
    });
  }

  /** Takes frames apart; what is behind the moment in which the stream is held waits. */
  #read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isClosing;) {
      if (this.#holds.any) {
        this.#hold(bytes.subarray(at));
        return;
      }
      if (this.#left === 0) at += this.#readHead(bytes, at);
      else {
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        this.#handOn(bytes.subarray(at, end));
        at = end;
      }
    }
  }

  #readHead(bytes: Uint8Array, at: number): number {
    const count = Math.min(HEAD - this.#headLength, bytes.length - at);
    this.#head.set(bytes.subarray(at, at + count), this.#headLength);
    this.#headLength += count;
    if (this.#headLength < HEAD) return count;
    this.#headLength = 0;
    this.#left = this.#head.readUInt32BE();
    if (this.#left === BEAT_LENGTH) this.#left = 0;
    else if (this.#left > MAX_FRAME || this.#hasEndOfInput) this.abort();
    else if (this.#left === 0) this.#tellEnd();
    return count;
  }

  /** Keeps the rest of what was read just now before what may have been kept already. */
  #hold(rest: Uint8Array): void {
    const behind: Uint8Array[] = [];
    for (let piece = this.#held.shift(); piece; piece = this.#held.shift()) behind.push(piece);
    for (const piece of [rest, ...behind]) this.#held.push(piece);
  }

  #handOn(bytes: Uint8Array): void {
    const { onFirst } = this;
    this.onFirst = null;
    if (onFirst) onFirst(bytes);
    else this.#handler.onData(bytes);
  }

  #tellEnd(): void {
    this.#hasEndOfInput = true;
    this.#handler.onEnd();
    this.#endBelow();
  }

  /** Ends the connection when both sides have ended their writing. */
  #endBelow(): void {
    if (this.#hasEnded && this.#hasEndOfInput && !this.#isClosing) this.#below!.end();
  }
}
