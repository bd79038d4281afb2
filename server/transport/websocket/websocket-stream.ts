/** The server's end of a WebSocket → ByteStream, per D24–D26. */
import type { Socket } from 'node:net';
import { MAX_PAGE_MESSAGE } from '../../../shared/protocol/control.ts';
import type { ByteStream, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { CONTROL_FLOOD, OF_HANDLER, SLICE, Holds, type HoldReason } from '../../../shared/stream/holds.ts';
import { ControlBudget } from './control-budget.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { FrameWriter, type Framer } from './frame-writer.ts';
import type { SocketWriterOwner } from '../socket/socket-writer.ts';
import type { ConnectionOwner, UpgradedConnection } from './upgraded-connection.ts';
import type { TurnBudget } from './turn-budget.ts';
import {
  TICK_EVERY,
  Heartbeat,
  WriteStallDetector,
  type LivenessMonitor,
  type Monitored,
} from '../socket/liveness.ts';
import { CLOSE_CODES, type CloseKind } from '../../../shared/protocol/reasons.ts';

/** Largest message, in bytes, that is taken; a larger one closes with 1009 (D26). */
export const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long, in ms, a closing handshake may take, the sending of what is queued included. */
export const CLOSE_TIMEOUT = 10_000;

/** A character of the control channel has up to 3 bytes. */
const LIMITS = { maxMessage: MAX_MESSAGE_BYTES, maxText: 3 * MAX_PAGE_MESSAGE };
/** What is reported when the connection broke. */
const BROKEN = 1006;
const NO_CODE = 1005;

/**
 * A WebSocket as a {@link ByteStream}: binary messages are the bytes, wherever they are cut (D24); a zero-length
 * message is the end of writing, once per direction (D25). The stream's ends and the WebSocket's are two things: beside
 * a stream whose writing has ended there is still the control channel (D28).
 */
export class WebSocketStream implements ByteStream, FrameSink, Monitored, ConnectionOwner, SocketWriterOwner {
  readonly #transport: Socket;
  readonly directWriter: FrameWriter;
  #handler!: StreamHandler;
  /** This side's close frame is written, or the other's was read: the WebSocket is at its end. */
  #closing = false;
  #isTooSlow = false;
  /** The end of writing, and so all before it, is handed to the operating system. */
  #endSent = false;
  #otherEnded = false;
  readonly #holds = new Holds();
  /** Made with the first message that is no data. */
  #control: ControlBudget | null = null;
  readonly #input: FrameReader;
  /** It goes on with what was read in the next turn of the event loop. */
  #isYielding = false;
  /** The connection is gone, and its handler has not been told, since something that came before is held. */
  #isGone = false;
  /** What the close frame of the other side said. */
  #code = BROKEN;
  #reason = '';
  /** The last ping, while it is not answered. */
  #ping: Buffer | null = null;
  /** Takes the text messages, where they are part of what is spoken (D28); answers what is wrong with one. */
  onText: ((text: string) => string | undefined) | null = null;
  readonly #watch: LivenessMonitor;
  #stall: WriteStallDetector | null = null;
  readonly #heartbeat: Heartbeat;
  /** What was unfinished when it was looked at, and the second since which. */
  #unfinished = 0;
  #unfinishedSince = 0;
  #givenUp: 'stalled' | 'silent' | null = null;

  /**
   * @param framer makes the frames; one for all streams
   * @param watch looks after it from now until it is gone
   * @param turn bounds what all streams take in a turn of the event loop; one for all
   */
  constructor(connection: UpgradedConnection, framer: Framer, watch: LivenessMonitor, turn: TurnBudget) {
    this.#input = new FrameReader(this, LIMITS, turn);
    this.#transport = connection.transport;
    this.directWriter = new FrameWriter(this.#transport, framer, this);
    this.#watch = watch;
    this.#heartbeat = new Heartbeat(watch);
    watch.add(this);
    connection.takeOver(this);
  }

  get buffered(): number {
    return this.directWriter.buffered;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    // Not before the new handler is ready for it.
    if (this.#holds.any) this.#yield();
    this.#holds.delete(OF_HANDLER);
  }

  write(bytes: Uint8Array, shared = false): boolean {
    return bytes.length === 0 || this.directWriter.isClosed || this.directWriter.write(bytes, shared);
  }

  end(): void {
    this.directWriter.sendEnd((error) => {
      this.#endSent = !error;
      this.#closeIfBothEnded();
    });
  }

  close(kind: CloseKind, reason: string): void {
    this.#isTooSlow = kind === 'too-slow';
    this.#closeWith(CLOSE_CODES[kind], reason);
  }

  abort(kind?: CloseKind, reason = ''): void {
    if (kind) this.#closeWith(CLOSE_CODES[kind], reason);
    else this.destroy();
  }

  hold(reason: HoldReason): void {
    if (!this.#closing && this.#holds.add(reason)) this.#transport.pause();
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) this.#resumeParsing();
  }

  get isPaused(): boolean {
    return this.#holds.any;
  }

  get takesText(): boolean {
    return this.onText !== null;
  }

  /** Sends a text message: the control channel of `chaton.web.v1` (D28). */
  sendText(text: string): void {
    this.directWriter.sendText(text);
  }

  onRead(bytes: Buffer): void {
    this.#afterTaking(this.#input.push(bytes));
  }

  onPayload(bytes: Buffer): void {
    if (this.#closing) return;
    if (this.#otherEnded) this.#fail(1002, 'data after the end of writing');
    else this.#handler.onData(bytes);
  }

  onEmptyMessage(): void {
    if (this.#closing) return;
    if (this.#otherEnded) return this.#fail(1002, 'data after the end of writing');
    this.#otherEnded = true;
    this.#handler.onEnd();
    this.#closeIfBothEnded();
  }

  onTextMessage(text: string): void {
    const fault = this.#closing ? undefined : this.onText?.(text);
    if (fault !== undefined) this.#fail(1002, fault);
  }

  /** Something came that is no data: a ping, a pong, or a text that whoever takes the texts wants counted (D6). */
  onControl(): void {
    if (this.#closing || !(this.#control ??= new ControlBudget()).count(this.#watch.limits)) return;
    this.hold(CONTROL_FLOOD);
    this.#handler.onThrottled?.();
  }

  /** Of several pings only the last has to be answered (RFC 6455 §5.5.3). */
  onPing(payload: Buffer): void {
    this.#ping = payload;
  }

  onCloseFrame(code: number, reason: string): void {
    this.#code = code;
    this.#reason = reason;
    if (this.#closing) this.#endConnection();
    else this.#closeWith(code, reason);
  }

  onViolation(code: number, reason: string): void {
    if (!this.#closing) this.#fail(code, reason);
    // Its own close frame would not be understood any more.
    this.#endConnection();
  }

  /** Who ends the connection without a close frame still gets what is queued for it. */
  onReadEnd(): void {
    this.directWriter.giveUp();
    this.directWriter.flush();
    this.#transport.end();
  }

  onWritable(): void {
    this.#answerPing();
    if (!this.#closing) this.#handler.onDrain();
  }

  /** What had come before, and the handler had no room for yet, is handed over first. */
  onGone(): void {
    this.#isGone = true;
    if (!this.isPaused || !this.#input.hasRest) this.#reportGone();
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  destroy(): void {
    this.directWriter.giveUp();
    // The end is not to wait for a handler who holds this stream back, and may be gone.
    this.#input.end();
    if (this.#isGone) process.nextTick(() => this.#reportGone());
    this.#transport.destroy();
  }

  checkTimeouts(watch: LivenessMonitor): void {
    if (this.#control?.refill(watch.limits)) this.release(CONTROL_FLOOD);
    this.#checkInput(watch);
    // Who has not even taken what is queued cannot answer a ping behind it: that is another limit.
    if (this.buffered > 0) this.#checkQueue(watch);
    else {
      this.#stall = null;
      this.#checkHeartbeat(watch);
    }
  }

  /** What begins and does not end is given as long as a command is. */
  #checkInput({ seconds, limits }: LivenessMonitor): void {
    // While it is not read it cannot complete anything.
    const unfinished = this.isPaused ? 0 : this.#input.unfinished;
    if (unfinished === 0 || unfinished !== this.#unfinished) this.#unfinishedSince = seconds;
    this.#unfinished = unfinished;
    if ((seconds - this.#unfinishedSince) * TICK_EVERY <= limits.commandTime || this.#closing) return;
    this.onViolation(CLOSE_CODES['not-allowed'], 'a message was not completed in time');
  }

  #checkQueue({ seconds, limits }: LivenessMonitor): void {
    this.#stall ??= new WriteStallDetector(this.#transport, seconds);
    // Who is cut for being too slow has had its time, and is only told so if it goes on taking what is queued.
    const patience = this.#isTooSlow ? TICK_EVERY : (this.#handler.writeTimeout ?? limits.writeStall);
    if (this.#stall.stalledFor(this.#transport, seconds) * TICK_EVERY >= patience) this.#giveUp('stalled');
  }

  #checkHeartbeat(watch: LivenessMonitor): void {
    const due = this.#heartbeat.due(watch, this.#transport.bytesRead, this.isPaused);
    if (due === 'nothing' || this.#closing) return;
    if (due === 'ping') this.directWriter.sendPing();
    else this.#giveUp('silent');
  }

  #giveUp(why: 'stalled' | 'silent'): void {
    this.#givenUp = why;
    this.destroy();
  }

  #reportGone(): void {
    if (!this.#isGone) return;
    this.#isGone = false;
    this.#closing = true;
    this.directWriter.giveUp();
    this.#watch.delete(this);
    this.#handler.onClose({
      clean: this.#endSent && this.#otherEnded,
      code: this.#code,
      reason: this.#reason,
      ...(this.#givenUp && { givenUp: this.#givenUp }),
    });
  }

  /** Frames were taken; something may be left, because reads are held back or because it was a great many. */
  #afterTaking(isAll: boolean): void {
    this.#answerPing();
    if (!isAll && !this.isPaused) this.#yield();
  }

  /** Reads no more in this turn of the event loop. */
  #yield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    this.#holds.add(SLICE);
    this.#transport.pause();
    setImmediate(() => {
      this.#isYielding = false;
      this.release(SLICE);
    });
  }

  /** Nothing holds it any more. */
  #resumeParsing(): void {
    this.#afterTaking(this.#input.resumeParsing());
    if (this.isPaused) return;
    this.#transport.resume();
    this.#reportGone();
  }

  /** Not while others of this wait to be taken: who does not read could have any number made. */
  #answerPing(): void {
    if (!this.#ping || !this.directWriter.hasRoom) return;
    this.directWriter.sendPong(this.#ping);
    this.#ping = null;
  }

  #fail(code: number, reason: string): void {
    this.#handler.onFault(reason);
    this.#closeWith(code, reason);
  }

  #closeIfBothEnded(): void {
    // Not while anything is queued: a closing handshake has a deadline, and what is queued may take longer (D20).
    if (!this.#endSent || !this.#otherEnded) return;
    // Behind what was parsed together with the end: data after it is a fault, not lost silently (D25).
    process.nextTick(() => this.#closeWith(1000, 'both sides ended'));
  }

  #closeWith(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.directWriter.sendClose(code === NO_CODE ? null : code, reason);
    const timer = setTimeout(() => this.#transport.destroy(), CLOSE_TIMEOUT);
    this.#transport.once('close', () => clearTimeout(timer));
    if (this.#code !== BROKEN) this.#endConnection();
    // Who is not read would never be seen to answer; the answer may even have come already.
    const wasHeld = this.isPaused && !this.#isYielding;
    this.#holds.delete(OF_HANDLER | CONTROL_FLOOD);
    if (wasHeld) this.#resumeParsing();
  }

  /** Nothing more is said on the connection: it ends behind what is queued, and what still comes is thrown away. */
  #endConnection(): void {
    this.#input.end();
    this.directWriter.flush();
    this.#transport.end();
    this.#holds.delete(OF_HANDLER | CONTROL_FLOOD);
    if (!this.isPaused) this.#transport.resume();
  }
}
