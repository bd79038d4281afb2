/** The reading side of a WebSocket: when its frames are parsed, and when not. */
import type { Socket } from 'node:net';
import {
  BY_OWNER,
  CONTROL_FLOOD,
  OF_HANDLER,
  FRAMES_SPENT,
  Holds,
  THROTTLED,
  TURN,
  UNORDERED,
  type HoldReason,
} from '../../../shared/stream/holds.ts';
import { TICK_EVERY, type LivenessMonitor } from '../socket/liveness.ts';
import { throwAway } from '../socket/leftovers.ts';
import { sockets } from '../socket/sockets.ts';
import type { FrameReader } from './frame-reader.ts';
import { CLOSE_CODES } from '../../../shared/protocol/reasons.ts';

/**
 * Parses what a connection brings while nothing holds it, and at most what the quota of all allows in an iteration of the
 * event loop. It is the base of the stream and no object beside it, since each read would have to fetch both.
 */
export abstract class WebSocketReader {
  protected readonly transport: Socket;
  /** True when what comes is not handed over: it is closing, or the other side is at fault. */
  protected isDeaf = false;
  /** True when nothing that comes can be the answer to a close frame. */
  protected isInputOver = false;
  protected abstract readonly input: FrameReader;
  readonly #holds = new Holds();
  /** True when the rest of a read is parsed in the next iteration of the event loop. */
  #isYielding = false;
  /** The message that was unfinished at the last tick, and since which second it has been. */
  #unfinished = 0;
  #unfinishedSince = 0;

  constructor(transport: Socket) {
    this.transport = transport;
  }

  /** True once a close frame was written or read: nothing is held from then on. */
  abstract get isClosing(): boolean;

  /** The other side broke a rule: nothing more of it is parsed. */
  abstract onViolation(code: number, reason: string): void;

  /** Called after frames were parsed. */
  protected abstract onParsed(): void;

  get isPaused(): boolean {
    return this.#holds.any;
  }

  hold(reason: HoldReason): void {
    if ((!this.isClosing || reason === TURN) && this.#holds.add(reason)) this.transport.pause();
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) this.#resumeParsing();
  }

  onBroken(reason: string): void {
    this.onViolation(CLOSE_CODES.unreadable, reason);
  }

  onRead(bytes: Buffer): void {
    this.#afterParsing(this.input.push(bytes));
    if (this.isDeaf) throwAway(this, bytes.length);
  }

  /** Lets a handler have what comes, from the next iteration on: a new one is not ready yet. */
  protected attached(): void {
    if (this.#holds.any) this.#yield();
    this.#holds.delete(OF_HANDLER);
  }

  /** Tells, once a second, whether a message that has begun has not ended within the time of a command. */
  protected isInputLate({ awakeSeconds, limits }: LivenessMonitor): boolean {
    // While it is not read it cannot complete anything.
    const unfinished = this.isPaused ? 0 : this.input.unfinished;
    if (unfinished === 0 || unfinished !== this.#unfinished) this.#unfinishedSince = awakeSeconds;
    this.#unfinished = unfinished;
    return (awakeSeconds - this.#unfinishedSince) * TICK_EVERY > limits.commandTime;
  }

  /** Reads on in any case, for the answer to a close frame, which may even have come already. */
  protected readToClose(): void {
    const wasHeld = this.isPaused && !this.#isYielding;
    this.#holds.delete(OF_HANDLER | CONTROL_FLOOD);
    if (wasHeld) this.#resumeParsing();
  }

  /**
   * Tells, now that the connection is closed, whether what came before is still to be handed over, as to the other side of a
   * private connection. A session that is throttled is not waited for, nor a flood of control messages: whoever is gone would
   * keep a login and memory for minutes, beyond the limits of admission.
   *
   * A FIN is no such close, here as over TCP: it is read behind all that was sent before, which is carried out at the rate that is
   * allowed, and so long the client keeps its login (D9).
   */
  protected keepsInput(): boolean {
    if (this.#holds.delete(CONTROL_FLOOD)) this.#resumeParsing();
    return this.input.hasUnparsed && !this.#holds.has(THROTTLED | BY_OWNER | UNORDERED);
  }

  /** Throws away what is left and all that still comes. */
  protected discard(): void {
    this.input.discardAll();
    this.#holds.delete(OF_HANDLER | CONTROL_FLOOD);
    if (!this.isPaused) this.transport.resume();
  }

  /** Sees to what is left when frames were parsed, if only since the quota was spent: the next turn parses on. */
  #afterParsing(isAll: boolean): void {
    if (!isAll && !this.isPaused) this.#yield();
    this.onParsed();
  }

  /** Reads no more in this iteration of the event loop. */
  #yield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    this.#holds.add(FRAMES_SPENT);
    this.transport.pause();
    setImmediate(() => {
      this.#isYielding = false;
      this.release(FRAMES_SPENT);
    });
  }

  /** Parses and reads on, since the last reason to hold is taken back. */
  #resumeParsing(): void {
    this.#afterParsing(this.input.resumeParsing());
    if (!this.isPaused) sockets.resume(this.transport);
  }
}
