/** WebSocket (package `ws`) → ByteStream, per D24–D26. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { MAX_PAGE_MESSAGE, SUBPROTOCOL } from '../../shared/control.ts';
import type { ByteStream, CloseKind, StreamHandler } from '../../shared/byte-stream.ts';
import { ControlBudget } from './control-budget.ts';
import { FrameInput, type FrameSink } from './frame-input.ts';
import { EMPTY_FRAME, FrameOutlet, PING, type Framer } from './frames.ts';
import type { ServerWebSocket, WebSocketOwner } from './server-websocket.ts';
import { LOOK_EVERY, Pings, Standstill, type Watch, type Watched } from './watch.ts';

/** Largest message, in bytes, that is taken; a larger one closes with 1009 (D26). */
export const MAX_MESSAGE_BYTES = 64 * 1024;
/** How long, in ms, a closing handshake may take, the sending of what is queued included. */
export const CLOSE_TIMEOUT = 10_000;

const CODES: Readonly<Record<CloseKind, number>> = {
  unreadable: 1002,
  'not-allowed': 1008,
  'too-slow': 1013,
  'too-many': 1013,
  'going-away': 1001,
};

/**
 * A WebSocket as a {@link ByteStream}: binary messages are the bytes, wherever they are cut (D24); a zero-length
 * message is the end of writing, once per direction (D25).
 */
export class WebSocketStream implements ByteStream, FrameSink, Watched, WebSocketOwner {
  readonly #socket: ServerWebSocket;
  readonly #transport: Socket;
  readonly outlet: FrameOutlet;
  #handler!: StreamHandler;
  #closing = false;
  #isTooSlow = false;
  /** The end of writing, and so all before it, is handed to the operating system. */
  #endSent = false;
  #otherEnded = false;
  #paused = false;
  /** Made with the first message that is no data. */
  #control: ControlBudget | null = null;
  /** Takes the frames apart, where this stream reads the connection itself. */
  readonly #input: FrameInput | null;
  /** It goes on with what was read in the next turn of the event loop. */
  #isResting = false;
  /** Messages that `ws`, where it reads (TLS), had already parsed when it was paused. */
  #pending: Uint8Array[] | null = null;
  #afterPending: (() => void) | null = null;
  /** Takes the text messages, where they are part of what is spoken (D28); answers what is wrong with one. */
  onText: ((text: string) => string | undefined) | null = null;
  readonly #watch: Watch;
  #standstill: Standstill | null = null;
  readonly #pings: Pings;
  #givenUp: 'stalled' | 'silent' | null = null;

  /**
   * @param socket frames are written to its connection as they are, which `ws` itself does with more ado; it only ever
   *   writes whole frames, so the two do not mix
   * @param framer makes the frames; one for all streams
   * @param watch looks after it from now until it is gone
   */
  constructor(socket: ServerWebSocket, framer: Framer, watch: Watch) {
    this.#socket = socket;
    this.#transport = socket.transport;
    this.outlet = new FrameOutlet(this.#transport, framer);
    this.#watch = watch;
    this.#pings = new Pings(watch);
    watch.add(this);
    this.#input = socket.takeOver(this) ? new FrameInput(this, MAX_MESSAGE_BYTES) : null;
  }

  get buffered(): number {
    return this.outlet.buffered;
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
  }

  write(bytes: Uint8Array, shared = false): boolean {
    return bytes.length === 0 || !this.#isWritable || this.outlet.write(bytes, shared);
  }

  end(): void {
    if (!this.#isWritable) return;
    this.outlet.shut();
    this.#transport.write(EMPTY_FRAME, (error) => {
      this.#endSent = !error;
      this.#closeIfBothEnded();
    });
  }

  close(kind: CloseKind, reason: string): void {
    this.#isTooSlow = kind === 'too-slow';
    this.#closeWith(CODES[kind], reason);
  }

  abort(kind?: CloseKind, reason = ''): void {
    if (kind) this.#closeWith(CODES[kind], reason);
    else this.destroy();
  }

  pause(): void {
    if (this.#paused || this.#closing) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#isResting && !this.isPaused) this.#goOn();
  }

  get isPaused(): boolean {
    return this.#paused || this.#control?.isOver === true;
  }

  /** Something came that is no data: a ping, a pong, or a text that whoever takes the texts wants counted (D6). */
  onControl(): void {
    if (this.#closing || !(this.#control ??= new ControlBudget()).count(this.#watch.limits)) return;
    this.#socket.pause();
    this.#handler.onThrottled?.();
  }

  /** Sends a text message: the control channel of `chaton.web.v1` (D28). */
  sendText(text: string): void {
    if (this.#isWritable) this.#socket.send(text);
  }

  onRead(bytes: Buffer): void {
    if (!this.#input!.push(bytes)) this.#rest();
  }

  onPayload(bytes: Buffer): void {
    if (!this.#closing) this.#take(bytes);
  }

  onOther(bytes: Buffer): void {
    this.#socket.readByWs(Buffer.from(bytes));
  }

  onMessage(bytes: Buffer, isBinary: boolean): void {
    if (this.#closing) return;
    if (!isBinary) this.#takeText(bytes);
    else if (this.isPaused) (this.#pending ??= []).push(bytes);
    else this.#take(bytes);
  }

  onWebSocketFault(reason: string): void {
    if (this.#closing) return;
    this.#handler.onFault(reason);
    this.#closing = true;
    this.#input?.end();
  }

  onClosing(): void {
    this.outlet.shut();
  }

  onRoom(): void {
    if (!this.#closing) this.#handler.onDrain();
  }

  /** The socket is closed. What had come before, and the owner had no room for yet, is still handed over first. */
  onClosed(code: number, reason: Buffer): void {
    if ((this.isPaused || this.#isResting) && (this.#pending || this.#input?.hasRest)) {
      this.#afterPending = () => this.onClosed(code, reason);
      return;
    }
    this.#closing = true;
    this.outlet.shut();
    this.#watch.delete(this);
    this.#handler.onClose({
      clean: this.#endSent && this.#otherEnded,
      code,
      reason: reason.toString(),
      ...(this.#givenUp && { givenUp: this.#givenUp }),
    });
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  destroy(): void {
    this.outlet.shut();
    // The end is not to wait for an owner who holds this stream back, and may be gone.
    this.#pending = null;
    this.#input?.end();
    this.#tellClosed();
    this.#socket.terminate();
  }

  look(watch: Watch): void {
    if (this.#control?.look(watch.limits) && !this.#paused && !this.#isResting) this.#goOn();
    // Who has not even taken what is queued cannot answer a ping behind it: that is another limit.
    if (this.buffered > 0) this.#lookAtQueue(watch);
    else {
      this.#standstill = null;
      this.#lookAtPings(watch);
    }
  }

  #lookAtQueue({ seconds, limits }: Watch): void {
    this.#standstill ??= new Standstill(this.#transport, seconds);
    // Who is cut for being too slow has had its time, and is only told so if it goes on taking what is queued.
    const patience = this.#isTooSlow ? LOOK_EVERY : (this.#handler.patience ?? limits.writeStall);
    if (this.#standstill.lasts(this.#transport, seconds) * LOOK_EVERY >= patience) this.#giveUp('stalled');
  }

  #lookAtPings(watch: Watch): void {
    const due = this.#pings.due(watch, this.#transport.bytesRead, this.isPaused);
    if (due === 'nothing' || this.#socket.readyState !== WebSocket.OPEN) return;
    if (due === 'ping') this.#transport.write(PING);
    else this.#giveUp('silent');
  }

  #giveUp(why: 'stalled' | 'silent'): void {
    this.#givenUp = why;
    this.destroy();
  }

  /** Tells of the close, if that was put off. */
  #tellClosed(): void {
    const closed = this.#afterPending;
    this.#afterPending = null;
    if (closed) process.nextTick(closed);
  }

  #takeText(bytes: Buffer): void {
    if (!this.onText) return this.#breakOff(1003, `text messages are not part of ${SUBPROTOCOL}`);
    // What is longer is not worth decoding.
    const text = bytes.length > MAX_PAGE_MESSAGE ? '' : bytes.toString();
    const fault = this.onText(text);
    if (fault !== undefined) this.#breakOff(1002, fault);
  }

  #take(bytes: Uint8Array): void {
    if (this.#otherEnded) {
      this.#breakOff(1002, 'data after the end of writing');
    } else if (bytes.length > 0) {
      this.#handler.onData(bytes);
    } else {
      this.#otherEnded = true;
      this.#handler.onEnd();
      this.#closeIfBothEnded();
    }
  }

  /** Something that was read is left: it waits until reads are not held back any more, or for the next turn. */
  #rest(): void {
    if (this.isPaused) return;
    this.#isResting = true;
    this.#socket.pause();
    setImmediate(() => {
      this.#isResting = false;
      if (!this.isPaused) this.#goOn();
    });
  }

  #goOn(): void {
    for (let bytes = this.#pending?.shift(); bytes; bytes = this.#pending?.shift()) {
      this.#take(bytes);
      if (this.isPaused) return;
    }
    if (this.#input?.goOn() === false) return this.#rest();
    if (this.isPaused) return;
    this.#pending = null;
    this.#socket.resume();
    this.#tellClosed();
  }

  get #isWritable(): boolean {
    return !this.outlet.isShut;
  }

  #breakOff(code: number, reason: string): void {
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
    this.#pending = null;
    this.#paused = false;
    this.#control = null;
    this.#socket.close(code, reason);
    // Who is not read would never be seen to answer; the answer may even have come already.
    if (!this.#isResting) this.#goOn();
  }
}
