/** The server's side of a WebSocket as a ByteStream, per D24–D26. */
import type { Socket } from 'node:net';
import type { ByteStream, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { CONTROL_FLOOD } from '../../../shared/stream/holds.ts';
import { ControlRateLimiter } from './control-rate-limiter.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { BROKEN, FRAME_LIMITS, NO_CODE } from './frame-format.ts';
import { FrameWriter, type Framer } from './frame-writer.ts';
import { WebSocketReader } from './websocket-reader.ts';
import type { SocketWriterOwner } from '../socket/socket-writer.ts';
import { own, type ConnectionOwner } from '../socket/owned-socket.ts';
import { destroyConnection } from '../socket/reset.ts';
import { sockets } from '../socket/sockets.ts';
import type { FrameQuota } from './frame-quota.ts';
import { Heartbeat } from './heartbeat.ts';
import { TICK_EVERY, WriteStallDetector, type LivenessMonitor, type Monitored } from '../socket/liveness.ts';
import { CLOSE_CODES, type CloseKind } from '../../../shared/protocol/reasons.ts';

/** Timeout of a closing handshake, in ms, the flushing of what is queued included. */
export const CLOSE_TIMEOUT = 10_000;

/**
 * A WebSocket as a {@link ByteStream}: binary messages are the bytes, wherever they are cut (D24); a zero-length
 * message is the end of writing, a half-close, once per direction (D25). The stream's ends and the WebSocket's are two
 * things: beside a stream whose writing has ended there is still the control channel (D28).
 */
export class WebSocketStream
  extends WebSocketReader
  implements ByteStream, FrameSink, Monitored, ConnectionOwner, SocketWriterOwner
{
  readonly directWriter: FrameWriter;
  protected readonly input: FrameReader;
  #handler!: StreamHandler;
  /** True once this side's close frame is written, or the other's was read. */
  #closing = false;
  /** Close code of a fault of the other side, for which the handler is to close the connection (D26). */
  #fault: number | null = null;
  #isTooSlow = false;
  /** The end of writing, and so all before it, is handed to the operating system. */
  #endSent = false;
  #otherEnded = false;
  /** Rate limit of messages that are no data, made with the first. */
  #control: ControlRateLimiter | null = null;
  /** State of the close: its report to the handler waits while something that came before is held. */
  #closed: 'not' | 'unreported' | 'reported' = 'not';
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
  #givenUp: 'stalled' | 'silent' | null = null;

  /**
   * @param transport connection whose upgrade is answered, over TLS as over plain TCP
   * @param framer makes the frames; one for all streams
   * @param monitor checks its timeouts until it is closed
   * @param quota bounds the frames that all streams parse in an iteration of the event loop; one for all
   */
  constructor(transport: Socket, framer: Framer, monitor: LivenessMonitor, quota: FrameQuota) {
    super(transport);
    this.input = new FrameReader(this, FRAME_LIMITS, quota);
    this.directWriter = new FrameWriter(transport, framer, this);
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
    this.attached();
  }

  write(bytes: Uint8Array, shared = false): boolean {
    return bytes.length === 0 || this.directWriter.hasStopped || this.directWriter.write(bytes, shared);
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
    this.#closeWith((kind === 'unreadable' ? this.#fault : null) ?? CLOSE_CODES[kind], reason);
  }

  abort(kind?: CloseKind, reason = ''): void {
    if (kind) this.#closeWith(CLOSE_CODES[kind], reason);
    else this.destroy();
  }

  get takesText(): boolean {
    return this.onText !== null;
  }

  /** Sends a text message: the control channel of `chaton.web.v1` (D28). */
  sendText(text: string, isShared = false): void {
    this.directWriter.sendText(text, isShared);
  }

  onPayload(bytes: Buffer): void {
    if (this.isDeaf) return;
    if (this.#otherEnded) this.#fail(1002, 'data after the end of writing');
    else this.#handler.onData(bytes);
  }

  onEmptyMessage(): void {
    if (this.isDeaf) return;
    if (this.#otherEnded) return this.#fail(1002, 'data after the end of writing');
    this.#otherEnded = true;
    this.#handler.onEnd();
    this.#closeIfBothEnded();
  }

  onTextMessage(text: string): void {
    const fault = this.isDeaf ? undefined : this.onText?.(text);
    if (fault !== undefined) this.#fail(1002, fault);
  }

  /** Counts what is no data: the pings and pongs of a parse, or a text that `onText` wants counted. */
  onControl(): void {
    if (this.isDeaf || this.#closed !== 'not') return;
    if (!(this.#control ??= new ControlRateLimiter()).count(this.#monitor.limits)) return;
    this.hold(CONTROL_FLOOD);
    this.#handler.onThrottled?.();
  }

  /** Notes a ping to answer; of several only the last has to be answered (RFC 6455 §5.5.3). */
  onPing(payload: Buffer): void {
    this.#ping = payload;
  }

  onCloseFrame(code: number, reason: string): void {
    this.#code = code;
    this.#reason = reason;
    const answer = () => this.#closeWith(code, reason);
    if (this.#closing) this.#endConnection();
    else if (this.isDeaf) return;
    else if (this.#handler.onCloseFrame?.(code, answer)) this.isDeaf = true;
    else answer();
  }

  onViolation(code: number, reason: string): void {
    // The other side's close frame would not be understood any more.
    this.isInputOver = true;
    this.input.discardAll();
    if (this.#closing) this.#endConnection();
    else if (!this.isDeaf) this.#fail(code, reason);
  }

  /** Ends the connection; a client that ended it without a close frame still gets what is queued for it. */
  onReadEnd(): void {
    this.isInputOver = true;
    // Where both sides have ended, a close frame follows behind the end, which over TLS may not have left yet.
    const isCloseDue =
      this.#fault !== null || this.#code !== BROKEN || (this.#otherEnded && this.directWriter.hasStopped);
    if (!this.#closing && isCloseDue) return;
    const answer = () => {
      this.directWriter.closeWebSocket();
      this.directWriter.endBothSides();
    };
    // Input that is not parsed yet comes first: the close is reported behind it.
    if (this.#closing || this.input.hasUnparsed || !this.#handler.onCloseFrame?.(BROKEN, answer)) answer();
    else this.isDeaf = true;
  }

  onWritable(): void {
    this.#answerPing();
    if (!this.#closing) this.#handler.onWritable();
  }

  onClosed(): void {
    this.#noteClosed();
    // Not before: a drain ends those that are reported, and keep their connection.
    if (this.#closed === 'reported') this.#monitor.delete(this);
  }

  /** Reports the close; bytes that came before, and are to be had by a peer, are handed over first. */
  #noteClosed(): void {
    if (this.#closed === 'not') this.#closed = 'unreported';
    if (!this.keepsInput()) this.#reportClosed();
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  destroy(): void {
    this.directWriter.closeWebSocket();
    // The close does not wait for a handler that holds this stream, and may not exist any more.
    this.input.discardAll();
    if (this.#closed === 'unreported') process.nextTick(() => this.#reportClosed());
    destroyConnection(this.transport, this.directWriter.isEnding);
  }

  checkTimeouts(monitor: LivenessMonitor): void {
    if (this.#control?.refill(monitor.limits)) this.release(CONTROL_FLOOD);
    if (this.isInputLate(monitor) && !this.isDeaf)
      this.onViolation(CLOSE_CODES['not-allowed'], 'a message was not completed in time');
    // A client that has not taken what is queued cannot answer a ping behind it: the write timeout is for that.
    if (this.buffered > 0) this.#checkQueue(monitor);
    else this.#checkHeartbeat(monitor);
  }

  #checkQueue({ awakeSeconds, limits }: LivenessMonitor): void {
    this.#stall ??= new WriteStallDetector(this.transport, awakeSeconds);
    // A slow consumer has had its time: it gets the reason only if it goes on taking what is queued.
    const timeout = this.#isTooSlow ? TICK_EVERY : (this.#handler.writeTimeout ?? limits.writeStall);
    if (this.#stall.stalledFor(this.transport, awakeSeconds) * TICK_EVERY >= timeout) this.#giveUp('stalled');
  }

  #checkHeartbeat(monitor: LivenessMonitor): void {
    this.#stall = null;
    const due = this.#heartbeat.due(monitor, this.transport.bytesRead, this.isPaused);
    if (due === 'nothing' || this.#closing) return;
    if (due === 'ping') this.directWriter.sendPing();
    else this.#giveUp('silent');
  }

  #giveUp(why: 'stalled' | 'silent'): void {
    this.#givenUp = why;
    this.destroy();
  }

  #reportClosed(): void {
    if (this.#closed !== 'unreported') return;
    this.#closed = 'reported';
    this.#closing = this.isDeaf = true;
    this.input.discardAll();
    this.directWriter.closeWebSocket();
    if (this.transport.closed) this.#monitor.delete(this);
    this.#handler.onClose({
      clean: this.#endSent && this.#otherEnded,
      code: this.#code,
      reason: this.#reason,
      ...(this.#givenUp && { givenUp: this.#givenUp }),
    });
  }

  protected onParsed(): void {
    if (!this.input.hasUnparsed) this.#control?.workedOff();
    if (this.#closed === 'unreported') this.#noteClosed();
    else this.#answerPing();
  }

  /** Answers the last ping, not while another pong is queued: a client that does not read could have any number. */
  #answerPing(): void {
    if (!this.#ping || !this.directWriter.hasRoom) return;
    this.directWriter.sendPong(this.#ping);
    this.#ping = null;
  }

  /** Reports a fault. The handler closes in its turn: the answers to what came before may not be written yet (D5). */
  #fail(code: number, reason: string): void {
    this.isDeaf = true;
    this.#fault = code;
    this.#handler.onFault(reason);
  }

  #closeIfBothEnded(): void {
    // It waits while anything is queued: a closing handshake has a deadline, and what is queued may take longer (D20).
    if (!this.#endSent || !this.#otherEnded) return;
    // It closes behind what was parsed together with the end: data after it is a fault, not lost silently (D25).
    process.nextTick(() => this.#closeWith(1000, 'both sides ended'));
  }

  #closeWith(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = this.isDeaf = true;
    this.directWriter.sendClose(code === NO_CODE ? null : code, reason);
    const timer = setTimeout(() => this.transport.destroy(), CLOSE_TIMEOUT);
    this.transport.once('close', () => clearTimeout(timer));
    if (this.#code !== BROKEN || this.isInputOver) this.#endConnection();
    this.readToClose();
  }

  /**
   * Ends the connection behind what is queued; what still comes is thrown away. So this is the close for the handler: a
   * client that keeps its connection open keeps no login (D9), nor does it spare its peer the break (D21).
   */
  #endConnection(): void {
    this.directWriter.flush();
    this.transport.end();
    this.discard();
    this.#noteClosed();
  }
}
