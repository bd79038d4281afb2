/** One HTTP connection, from its arrival to its end or its upgrade: one request at a time, and always a timeout. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Evictable } from '../admission/admission.ts';
import {
  TICK_EVERY,
  WriteStallDetector,
  type LivenessMonitor,
  type Monitored,
} from '../transport/socket/liveness.ts';
import { throwAwayOf } from '../transport/socket/leftovers.ts';
import { own, type ConnectionOwner } from '../transport/socket/owned-socket.ts';
import { sockets } from '../transport/socket/sockets.ts';
import { END_OF_HEAD, readHandshake, withoutEmptyLines } from './handshake.ts';
import { ParserStream, type ParserStreamOwner } from './parser-stream.ts';
import type { Waiter } from './fair-queue.ts';
import type { Remote, WebContext } from './web-context.ts';
import { LINGER, MAX_READ, MAX_UNWANTED, MOST_REQUESTS, UPGRADE_TIME } from './web-limits.ts';
import type { EarlyEndReason } from '../../shared/protocol/reasons.ts';

const NOTHING = Buffer.alloc(0);

/**
 * Stands between the socket and Node's HTTP server. The parser gets one request, and the next when the answer to it is
 * handed to the operating system and the fair queue serves the connection, so that a client which pipelines thousands
 * of requests and reads nothing has one under way, and the others stay in the bounded buffers of its own connection.
 * A plain handshake needs no parser, so there is none before the first request that is something else.
 */
export class WebConnection implements Waiter, Evictable, Monitored, ConnectionOwner, ParserStreamOwner {
  readonly isClosing = false;
  readonly remote: Remote;
  readonly #raw: Socket;
  readonly #context: WebContext<WebConnection>;
  #stream: ParserStream | null = null;
  /** Bytes read and not parsed yet, in one piece; while they are more than {@link MAX_READ} nothing is read. */
  #unparsed: Buffer = NOTHING;
  #isWanted = true;
  /** The client has half-closed the connection. */
  #hasEnded = false;
  #requests = 0;
  /** Bytes that the parser was given since it had the last head. */
  #given = 0;
  /** Answers that are not finished. */
  #answers = 0;
  /** The answer to the request that was parsed last, until that has come and is answered. */
  #answer: ServerResponse | null = null;
  /** The request that is parsed had begun to come when the parser got the one before it; then of the next. */
  #isBehind = false;
  #isNextBehind = false;
  /** A request has begun to come, or is not answered yet. */
  #hasBegun = false;
  #phase: 'requests' | 'upgrade' | 'closing' | 'over' = 'requests';
  /** Bytes that came behind the request for an upgrade. */
  #head: Buffer = NOTHING;
  /** Time, in awake seconds, when it was accepted, had its last answer, or began to upgrade or to close. */
  #since: number;
  #stall: WriteStallDetector | null = null;

  /** @param socket paused since it was accepted */
  constructor(socket: Socket, remote: Remote, context: WebContext<WebConnection>) {
    this.remote = remote;
    this.#raw = socket;
    this.#context = context;
    this.#since = context.monitor.awakeSeconds;
    context.monitor.add(this);
    context.idle.add(this);
    own(socket, this);
    sockets.resume(socket);
  }

  onRead(bytes: Buffer): void {
    // Behind the last answer it is read so that the client does not lose that to a reset.
    if (this.#phase === 'closing') return throwAwayOf(this.#raw, bytes.length);
    this.#unparsed = Buffer.concat([this.#unparsed, bytes]);
    if (this.#unparsed.length > MAX_READ) this.#raw.pause();
    this.#enqueue();
  }

  onReadEnd(): void {
    this.#hasEnded = true;
    if (this.#phase === 'closing') this.destroy();
    this.#enqueue();
  }

  onBroken(): void {
    this.#endEarly('transport rules broken');
  }

  onClosed(): void {
    if (this.#phase === 'requests') this.#closeUnused();
    this.destroy();
  }

  onWanted(): void {
    this.#isWanted = true;
    this.#enqueue();
  }

  onWritten(): void {
    this.#enqueue();
  }

  onLastAnswer(): void {
    if (this.#phase !== 'requests') return;
    this.#phase = 'closing';
    this.#since = this.#context.monitor.awakeSeconds;
    // It keeps its place only until somebody else needs it.
    this.#context.idle.add(this);
    (this.#stream?.destroyed === false ? this.#stream : this.#raw).end();
    sockets.resume(this.#raw);
  }

  /** Ends the connection for a fault, behind the answers to it and to a whole request before it; none gets a second one. */
  endFaulty(status: string): void {
    if (this.#phase !== 'requests') return;
    const before = this.#answer;
    if (this.#answers > 0 && before?.req.complete)
      return void before.once('close', () => this.endFaulty(status));
    const answer = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
    if (!before?.headersSent || before.req.complete) this.#stream?.write(answer);
    this.onLastAnswer();
  }

  onDestroyed(): void {
    if (this.#phase !== 'upgrade') return this.destroy();
    // An upgrade was rejected: what it was answered is the last answer.
    this.#phase = 'requests';
    this.onLastAnswer();
  }

  /** Ends the connection at once, unless it is handed over. */
  destroy(): void {
    if (this.#phase === 'over') return;
    this.#raw.destroy();
    this.#untrack();
    this.#stream?.destroy();
  }

  /** Notes that the head of a request was parsed; what is behind its body waits for the answer. */
  onRequest(answer: ServerResponse): void {
    this.#answers++;
    this.#answer = answer;
    this.#given = 0;
    if (++this.#requests >= MOST_REQUESTS) answer.shouldKeepAlive = false;
    this.#context.idle.delete(this);
    answer.once('close', () => this.#onAnswered());
  }

  /** Gives the parser what it may have now: at most the rest of one request's head. */
  resumeReading(): void {
    if (!this.#mayParse) return;
    // Content of a request that has its answer may begin with such lines, too.
    const isBetween = !this.#hasBegun && this.#answer?.req.complete !== false;
    if (isBetween) this.#unparsed = withoutEmptyLines(this.#unparsed);
    if (this.#unparsed.length === 0 && !this.#hasEnded) return sockets.resume(this.#raw);
    if (this.#stream === null) {
      if (this.#takeUnparsed()) return;
      this.#stream = new ParserStream(this, this.#raw);
      this.#context.serve(this.#stream);
    }
    this.#isBehind = this.#isNextBehind;
    const bytes = this.#unparsed.subarray(0, MAX_READ);
    this.#isWanted = false;
    if (bytes.length === 0) return void this.#stream.push(null);
    const end = bytes.indexOf(END_OF_HEAD);
    const length = end < 0 ? bytes.length : end + END_OF_HEAD.length;
    this.#unparsed = this.#unparsed.subarray(length);
    if (end >= 0) this.#isNextBehind = this.#unparsed.length > 0;
    if (this.#unparsed.length <= MAX_READ) sockets.resume(this.#raw);
    this.#hasBegun = true;
    this.#given += length;
    const isRest = this.#answer?.req.complete === false;
    this.#stream.push(bytes.subarray(0, length));
    // The rest of a request that has its answer begins no other.
    if (isRest && this.#answers === 0 && this.#answer?.req.complete) this.#hasBegun = false;
    if (this.#given <= MAX_UNWANTED || this.#answers > 0) return this.#enqueue();
    if (this.#phase === 'requests') this.#context.onEarlyEnd('too much content');
    this.onLastAnswer();
  }

  /** Does without a parser, if it can: no request has begun yet, or a plain handshake, which is answered. */
  #takeUnparsed(): boolean {
    if (this.#unparsed.length === 0) {
      this.#closeUnused();
      return true;
    }
    const end = this.#unparsed.indexOf(END_OF_HEAD);
    // A client that has half-closed the connection already is none of a WebSocket.
    if (end < 0 || end > MAX_READ || this.#hasEnded) return false;
    const handshake = readHandshake(this.#unparsed.toString('latin1', 0, end));
    if (handshake === null) return false;
    this.#head = this.#unparsed.subarray(end + END_OF_HEAD.length);
    return this.#context.onHandshake(handshake, this);
  }

  /**
   * Reads no more requests, since one has asked for an upgrade: frames are read and written by the connection's next owner.
   * False, and the connection is ended, when the request did not wait for the answer before: nobody could tell the two apart.
   */
  upgrade(head: Buffer): boolean {
    if (this.#isBehind || this.#answers > 0) {
      this.#context.onEarlyEnd('an upgrade behind another request');
      this.endFaulty('400 Bad Request');
      return false;
    }
    this.#phase = 'upgrade';
    this.#since = this.#context.monitor.awakeSeconds;
    this.#context.idle.delete(this);
    this.#context.queue.remove(this);
    this.#raw.pause();
    this.#head = Buffer.concat([head, this.#unparsed]);
    this.#unparsed = NOTHING;
    return true;
  }

  /** Hands the socket over, to answer the upgrade on, too; bytes read behind the request are in it again, and come first. */
  release(): Socket {
    this.#untrack();
    if (this.#head.length > 0) this.#raw.pause().unshift(this.#head);
    return this.#raw;
  }

  checkTimeouts({ awakeSeconds }: LivenessMonitor): void {
    const waited = (awakeSeconds - this.#since) * TICK_EVERY;
    if (this.#phase === 'upgrade') {
      if (waited >= UPGRADE_TIME) this.#endEarly('no WebSocket in time');
    } else if (this.#phase === 'closing' && this.#raw.writableFinished) {
      if (waited >= LINGER) this.destroy();
    } else if (this.#raw.writableLength > 0) {
      this.#stall ??= new WriteStallDetector(this.#raw, awakeSeconds);
      if (this.#stall.stalledFor(this.#raw, awakeSeconds) * TICK_EVERY >= this.#context.requestTime)
        this.#endEarly('an answer was not taken in time');
    } else {
      this.#stall = null;
      // Its second may have begun just before the tick.
      if (waited > this.#context.requestTime) this.#onTimeout();
    }
  }

  evict(): void {
    if (this.#phase !== 'closing') this.#context.onEarlyEnd('made room for another');
    this.destroy();
    this.remote.slot?.release();
  }

  #onTimeout(): void {
    if (this.#phase === 'closing') return this.destroy();
    if (!this.#hasBegun) return this.#closeUnused();
    // It is not the client that is late.
    if (this.#answers > 0 && this.#answer?.req.complete) return this.#endEarly('no request in time');
    this.#context.onEarlyEnd('no request in time');
    this.endFaulty('408 Request Timeout');
  }

  /** Closes an idle connection without an answer: over TLS not without its close_notify, either. */
  #closeUnused(): void {
    const why = this.#raw.bytesRead === 0 ? 'nothing came' : 'not HTTP';
    if (this.#requests === 0) this.#context.onEarlyEnd(why);
    this.onLastAnswer();
  }

  #endEarly(why: EarlyEndReason): void {
    this.#context.onEarlyEnd(why);
    this.destroy();
  }

  get #mayParse(): boolean {
    return (
      this.#phase === 'requests' &&
      this.#isWanted &&
      (this.#answers === 0 || this.#answer?.req.complete === false) &&
      // Answers that Node sends by itself count, too.
      (this.#stream?.writableLength ?? 0) === 0 &&
      this.#raw.writableLength === 0
    );
  }

  #enqueue(): void {
    if (!this.#mayParse) return;
    if (this.#unparsed.length > 0 || this.#hasEnded) this.#context.queue.add(this);
  }

  #onAnswered(): void {
    if (--this.#answers > 0) return;
    if (this.#answer?.req.complete) this.#answer = null;
    this.#since = this.#context.monitor.awakeSeconds;
    this.#hasBegun = false;
    if (this.#phase === 'requests' && !this.#stream?.destroyed) this.#context.idle.add(this);
    this.#enqueue();
  }

  #untrack(): void {
    this.#phase = 'over';
    const { monitor, idle, queue, onClosed } = this.#context;
    monitor.delete(this);
    idle.delete(this);
    queue.remove(this);
    onClosed(this);
  }
}
