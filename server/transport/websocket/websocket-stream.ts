/** The server's side of a WebSocket as a ByteStream, per D24–D26. */
import type { Socket } from 'node:net';
import { MAX_PAGE_MESSAGE } from '../../../shared/protocol/control.ts';
import type { ByteStream, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { CONTROL_FLOOD, OF_HANDLER, FRAMES_SPENT, Holds, type HoldReason } from '../../../shared/stream/holds.ts';
import { ControlBudget } from './control-budget.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { FrameWriter, type Framer } from './frame-writer.ts';
import type { SocketWriterOwner } from '../socket/socket-writer.ts';
import { own, type ConnectionOwner } from '../socket/owned-socket.ts';
import { sockets } from '../socket/sockets.ts';
import type { FrameBudget } from './frame-budget.ts';
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
/** Timeout of a closing handshake, in ms, the flushing of what is queued included. */
export const CLOSE_TIMEOUT = 10_000;

/** A character of the control channel has up to 3 bytes. */
const LIMITS = { maxMessage: MAX_MESSAGE_BYTES, maxText: 3 * MAX_PAGE_MESSAGE };
/** Reported when the connection broke without a close frame (RFC 6455 §7.1.5). */
const BROKEN = 1006;
const NO_CODE = 1005;

/**
 * A WebSocket as a {@link ByteStream}: binary messages are the bytes, wherever they are cut (D24); a zero-length
 * message is the end of writing, a half-close, once per direction (D25). The stream's ends and the WebSocket's are two
 * things: beside a stream whose writing has ended there is still the control channel (D28).
 */
export class WebSocketStream implements ByteStream, FrameSink, Monitored, ConnectionOwner, SocketWriterOwner {
  readonly #transport: Socket;
  readonly directWriter: FrameWriter;
  #handler!: StreamHandler;
  /** This side's close frame is written, or the other's was read. */
  #closing = false;
  #isTooSlow = false;
  /** The end of writing, and so all before it, is handed to the operating system. */
  #endSent = false;
  #otherEnded = false;
  readonly #holds = new Holds();
  /** Budget of messages that are no data, made with the first. */
  #control: ControlBudget | null = null;
  readonly #input: FrameReader;
  /** True when the rest of a read is parsed in the next iteration of the event loop. */
  #isYielding = false;
  /** The connection is closed, and its handler does not know yet, since something that came before is held. */
  #isClosed = false;
  /** Code and reason of the other side's close frame. */
  #code = BROKEN;
  #reason = '';
  /** The last ping, while it is not answered. */
  #ping: Buffer | null = null;
  /**
   * Receives the text messages of the control channel (D28); answers what is wrong with one. Null where there is none.
   */
  onText: ((text: string) => string | undefined) | null = null;
  readonly #monitor: LivenessMonitor;
  #stall: WriteStallDetector | null = null;
  readonly #heartbeat: Heartbeat;
  /** The message that was unfinished at the last tick, and since which second it has been. */
  #unfinished = 0;
  #unfinishedSince = 0;
  #givenUp: 'stalled' | 'silent' | null = null;

  /**
   * @param transport connection whose upgrade is answered, over TLS as over plain TCP
   * @param framer makes the frames; one for all streams
   * @param monitor checks its timeouts until it is closed
   * @param budget bounds the frames that all streams parse in an iteration of the event loop; one for all
   */
  constructor(transport: Socket, framer: Framer, monitor: LivenessMonitor, budget: FrameBudget) {
    this.#input = new FrameReader(this, LIMITS, budget);
    this.#transport = transport;
    this.directWriter = new FrameWriter(this.#transport, framer, this);
    this.#monitor = monitor;
    this.#heartbeat = new Heartbeat(monitor);
    monitor.add(this);
    own(transport, this);
    sockets.resume(transport);
  }

  get buffered(): number {
    return this.directWriter.buffered;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    // It goes on in the next iteration: the new handler is not ready yet.
    if (this.#holds.any) this.#yield();
    this.#holds.delete(OF_HANDLER);
  }

  write(bytes: Uint8Array, shared = false): boolean {
    return bytes.length === 0 || this.directWriter.isClosed || this.directWriter.write(bytes, shared);
  }

  cork(): void {
    this.directWriter.cork();
  }

  uncork(): void {
    this.directWriter.uncork();
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
  sendText(text: string, isShared = false): void {
    this.directWriter.sendText(text, isShared);
  }

  onRead(bytes: Buffer): void {
    this.#afterParsing(this.#input.push(bytes));
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

  /** Counts a message that is no data: a ping, a pong, or a text that `onText` wants counted (D6). */
  onControl(): void {
    if (this.#closing || !(this.#control ??= new ControlBudget()).count(this.#monitor.limits)) return;
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
    // The other side's close frame would not be understood any more.
    this.#endConnection();
  }

  /** Ends the connection; a client that ended it without a close frame still gets what is queued for it. */
  onReadEnd(): void {
    this.directWriter.closeWebSocket();
    this.directWriter.flush();
    this.#transport.end();
  }

  onWritable(): void {
    this.#answerPing();
    if (!this.#closing) this.#handler.onWritable();
  }

  /** Reports the close; bytes that came before, and are still held, are handed over first. */
  onClosed(): void {
    this.#isClosed = true;
    if (!this.isPaused || !this.#input.hasUnparsed) this.#reportClosed();
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  destroy(): void {
    this.directWriter.closeWebSocket();
    // The close does not wait for a handler that holds this stream, and may not exist any more.
    this.#input.end();
    if (this.#isClosed) process.nextTick(() => this.#reportClosed());
    this.#transport.destroy();
  }

  checkTimeouts(monitor: LivenessMonitor): void {
    if (this.#control?.refill(monitor.limits)) this.release(CONTROL_FLOOD);
    this.#checkInput(monitor);
    // A client that has not taken what is queued cannot answer a ping behind it: the write timeout is for that.
    if (this.buffered > 0) this.#checkQueue(monitor);
    else {
      this.#stall = null;
      this.#checkHeartbeat(monitor);
    }
  }

  /** A message that begins and does not end has the time of a command. */
  #checkInput({ awakeSeconds, limits }: LivenessMonitor): void {
    // While it is not read it cannot complete anything.
    const unfinished = this.isPaused ? 0 : this.#input.unfinished;
    if (unfinished === 0 || unfinished !== this.#unfinished) this.#unfinishedSince = awakeSeconds;
    this.#unfinished = unfinished;
    if ((awakeSeconds - this.#unfinishedSince) * TICK_EVERY <= limits.commandTime || this.#closing) return;
    this.onViolation(CLOSE_CODES['not-allowed'], 'a message was not completed in time');
  }

  #checkQueue({ awakeSeconds, limits }: LivenessMonitor): void {
    this.#stall ??= new WriteStallDetector(this.#transport, awakeSeconds);
    // A slow consumer has had its time: it gets the reason only if it goes on taking what is queued.
    const timeout = this.#isTooSlow ? TICK_EVERY : (this.#handler.writeTimeout ?? limits.writeStall);
    if (this.#stall.stalledFor(this.#transport, awakeSeconds) * TICK_EVERY >= timeout) this.#giveUp('stalled');
  }

  #checkHeartbeat(monitor: LivenessMonitor): void {
    const due = this.#heartbeat.due(monitor, this.#transport.bytesRead, this.isPaused);
    if (due === 'nothing' || this.#closing) return;
    if (due === 'ping') this.directWriter.sendPing();
    else this.#giveUp('silent');
  }

  #giveUp(why: 'stalled' | 'silent'): void {
    this.#givenUp = why;
    this.destroy();
  }

  #reportClosed(): void {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#closing = true;
    this.directWriter.closeWebSocket();
    this.#monitor.delete(this);
    this.#handler.onClose({
      clean: this.#endSent && this.#otherEnded,
      code: this.#code,
      reason: this.#reason,
      ...(this.#givenUp && { givenUp: this.#givenUp }),
    });
  }

  /** Goes on after frames were parsed; some may be left, because reading is paused or the budget was spent. */
  #afterParsing(isAll: boolean): void {
    this.#answerPing();
    if (!isAll && !this.isPaused) this.#yield();
  }

  /** Reads no more in this iteration of the event loop. */
  #yield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    this.#holds.add(FRAMES_SPENT);
    this.#transport.pause();
    setImmediate(() => {
      this.#isYielding = false;
      this.release(FRAMES_SPENT);
    });
  }

  /** Parses and reads on, since the last reason to hold is taken back. */
  #resumeParsing(): void {
    this.#afterParsing(this.#input.resumeParsing());
    if (this.isPaused) return;
    sockets.resume(this.#transport);
    this.#reportClosed();
  }

  /** Answers the last ping, not while another pong is queued: a client that does not read could have any number. */
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
    // It waits while anything is queued: a closing handshake has a deadline, and what is queued may take longer (D20).
    if (!this.#endSent || !this.#otherEnded) return;
    // It closes behind what was parsed together with the end: data after it is a fault, not lost silently (D25).
    process.nextTick(() => this.#closeWith(1000, 'both sides ended'));
  }

  #closeWith(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.directWriter.sendClose(code === NO_CODE ? null : code, reason);
    const timer = setTimeout(() => this.#transport.destroy(), CLOSE_TIMEOUT);
    this.#transport.once('close', () => clearTimeout(timer));
    if (this.#code !== BROKEN) this.#endConnection();
    // While it is not read its answer would never be seen; it may even have come already.
    const wasHeld = this.isPaused && !this.#isYielding;
    this.#holds.delete(OF_HANDLER | CONTROL_FLOOD);
    if (wasHeld) this.#resumeParsing();
  }

  /** Ends the connection behind what is queued; what still comes is thrown away. */
  #endConnection(): void {
    this.#input.end();
    this.directWriter.flush();
    this.#transport.end();
    this.#holds.delete(OF_HANDLER | CONTROL_FLOOD);
    if (!this.isPaused) this.#transport.resume();
  }
}
