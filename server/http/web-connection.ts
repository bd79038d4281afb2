/** One connection of HTTP, between the network and Node's parser: one request at a time, and a clock that always runs. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Idle } from '../admission/admission.ts';
import type { Lease } from '../admission/lease.ts';
import {
  TICK_EVERY,
  WriteStallDetector,
  type LivenessMonitor,
  type Monitored,
} from '../transport/socket/liveness.ts';
import type { Waiter, FairQueue } from './turnstile.ts';
import type { EarlyEndReason } from '../../shared/protocol/reasons.ts';

/** Bytes taken at once from what a connection has sent. */
const SLICE = 4096;
/** Where a request's head ends: what is behind it waits until the request is answered. */
const END_OF_HEAD = '\r\n\r\n';
/**
 * Requests that one connection may bring before it is closed. The system takes answers of a megabyte and more for a
 * client that reads none of them; this ends such a one early.
 */
const MOST_REQUESTS = 1_000;
/** How long, in ms, it may take from an upgrade to a WebSocket; nothing on the way waits for anything. */
const UPGRADE_TIME = 2_000;

const NOTHING = Buffer.alloc(0);
const REQUEST_TIMEOUT = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** How long, in ms, a client gets for closing a connection whose last answer it has (RFC 9112 §9.6). */
const LINGER = 2_000;

/** Whose connection it is. */
export interface Peer {
  readonly address: string;
  /** Null where nobody counts. */
  readonly lease: Lease | null;
  /** Whether it is one of this server to itself. */
  readonly isProbe: boolean;
}

/** What all connections of a server have in common. */
export interface WebContext {
  readonly watch: LivenessMonitor;
  readonly turnstile: FairQueue;
  /** How long, in ms, a request may take to come, an answer to be taken, and a connection to do nothing. */
  readonly requestTime: number;
  /** Those that may have to make room for others. */
  readonly idle: Set<Idle>;
  readonly onEarlyEnd: (why: EarlyEndReason) => void;
  readonly onGone: (connection: WebConnection) => void;
}

/** What an upgrade takes over. */
export interface Upgraded {
  /** Read by nobody. */
  readonly socket: Socket;
  /** What was read of it behind the request. */
  readonly head: Buffer;
}

/**
 * Given to Node's HTTP server in place of the socket. The parser gets one request, and the next when the answer to it is
 * handed to the operating system and the connection has its turn, so that a client which sends thousands of requests and
 * reads nothing has one under way, and what else it sent stays in the bounded buffers of its own connection.
 */
export class WebConnection extends Duplex implements Waiter, Idle, Monitored {
  readonly isClosing = false;
  readonly peer: Peer;
  readonly #raw: Socket;
  readonly #context: WebContext;
  /** Read, and not given to the parser yet. */
  #rest: Buffer = NOTHING;
  #isWanted = false;
  /** The client has ended its writing. */
  #hasEnded = false;
  #requests = 0;
  /** Answers that are not finished. */
  #answers = 0;
  /** The one that was read last. */
  #request: IncomingMessage | null = null;
  /** What the parser gets now came together with what is before it. */
  #isBehind = false;
  /** Something of a request has come that is not answered. */
  #hasBegun = false;
  #phase: 'requests' | 'upgrade' | 'closing' | 'over' = 'requests';
  /** What came behind the request for an upgrade. */
  #head = NOTHING;
  /** In the watch's seconds: when it came, or had its last answer. */
  #since: number;
  #stall: WriteStallDetector | null = null;

  /** @param socket paused since it was accepted */
  constructor(socket: Socket, peer: Peer, context: WebContext) {
    // Nothing is read ahead: what the parser was not given can still wait.
    super({ readableHighWaterMark: 0 });
    this.peer = peer;
    this.#raw = socket;
    this.#context = context;
    this.#since = context.watch.seconds;
    context.watch.add(this);
    context.idle.add(this);
    socket.on('readable', this.#askForTurn).on('end', this.#onEnd).on('drain', this.#askForTurn);
    socket.on('error', ignore).on('close', this.#onGone);
  }

  override _read(): void {
    this.#isWanted = true;
    this.#askForTurn();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#raw.write(bytes, done);
  }

  override _writev(pieces: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#raw.cork();
    for (const [index, { chunk }] of pieces.entries())
      this.#raw.write(chunk, index === pieces.length - 1 ? done : undefined);
    this.#raw.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#phase !== 'over') {
      this.#raw.destroy();
      this.#leave();
    }
    done(error);
  }

  /** Node asks for it behind the last answer. What still comes is read, or the client would lose the answer to a reset. */
  destroySoon(): void {
    if (this.#phase !== 'requests') return;
    this.#phase = 'closing';
    this.#since = this.#context.watch.seconds;
    this.end();
    this.#raw.off('readable', this.#askForTurn).resume();
  }

  // What Fastify asks of the connection under a request.
  get remoteAddress(): string | undefined {
    return this.#raw.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#raw.remotePort;
  }

  get encrypted(): boolean {
    return 'encrypted' in this.#raw;
  }

  /** The head of a request has been read; what is behind its body waits for the answer. */
  begin(request: IncomingMessage, answer: ServerResponse): void {
    this.#answers++;
    this.#request = request;
    if (++this.#requests >= MOST_REQUESTS) answer.shouldKeepAlive = false;
    this.#context.idle.delete(this);
    answer.once('close', this.#onAnswered);
  }

  /** Gives the parser what it may have now. */
  resumeReading(): void {
    if (!this.#mayGoOn) return;
    this.#isBehind = this.#rest.length > 0;
    const bytes = this.#isBehind ? this.#rest : this.#readSome();
    if (bytes === null) {
      if (!this.#hasEnded) return;
      this.#isWanted = false;
      this.push(null);
      return;
    }
    const end = bytes.indexOf(END_OF_HEAD);
    const length = end < 0 ? bytes.length : end + END_OF_HEAD.length;
    this.#rest = bytes.subarray(length);
    this.#isWanted = false;
    this.#hasBegun = true;
    this.push(bytes.subarray(0, length));
    this.#askForTurn();
  }

  /**
   * Reads no more requests, since one has asked for an upgrade, and gives the socket to answer that on. Null, and the
   * connection is ended, when the request did not wait for the answer to one before it: nobody could tell the two
   * answers apart.
   */
  upgrade(head: Buffer): Socket | null {
    if (this.#isBehind || this.#answers > 0) {
      this.destroy();
      return null;
    }
    this.#phase = 'upgrade';
    this.#since = this.#context.watch.seconds;
    this.#context.idle.delete(this);
    this.#context.turnstile.remove(this);
    const socket = this.#raw;
    socket.off('readable', this.#askForTurn).off('end', this.#onEnd).off('drain', this.#askForTurn);
    this.#head = Buffer.concat([head, this.#rest]);
    this.#rest = NOTHING;
    return socket;
  }

  /** Hands the connection over, now that the upgrade is answered: what it became looks after itself. */
  release(): Upgraded {
    this.#raw.off('close', this.#onGone).off('error', ignore);
    this.#leave();
    return { socket: this.#raw, head: this.#head };
  }

  checkTimeouts({ seconds }: LivenessMonitor): void {
    const waited = (seconds - this.#since) * TICK_EVERY;
    const { requestTime } = this.#context;
    if (this.#phase === 'upgrade') {
      if (waited >= UPGRADE_TIME) this.#cut('no WebSocket in time');
    } else if (this.#phase === 'closing' && this.writableFinished) {
      if (waited >= LINGER) this.destroy();
    } else if (this.#raw.writableLength > 0) {
      this.#stall ??= new WriteStallDetector(this.#raw, seconds);
      if (this.#stall.stalledFor(this.#raw, seconds) * TICK_EVERY >= requestTime)
        this.#cut('an answer was not taken in time');
    } else {
      this.#stall = null;
      if (waited >= requestTime) this.#onTimeout();
    }
  }

  makeRoom(): void {
    this.#cut('made room for another');
    this.peer.lease?.release();
  }

  #onTimeout(): void {
    // A connection that was only kept in case it is needed again ends without a word.
    if (!this.#hasBegun) {
      this.destroy();
      return;
    }
    if (this.#answers === 0) this.#raw.write(REQUEST_TIMEOUT);
    this.#cut('no request in time');
  }

  #cut(why: EarlyEndReason): void {
    this.#context.onEarlyEnd(why);
    this.destroy();
  }

  get #mayGoOn(): boolean {
    return (
      this.#phase === 'requests' &&
      this.#isWanted &&
      (this.#answers === 0 || this.#request?.complete === false) &&
      // Answers that Node gives by itself count, too.
      this.writableLength === 0 &&
      this.#raw.writableLength === 0
    );
  }

  readonly #askForTurn = (): void => {
    if (!this.#mayGoOn) return;
    if (this.#rest.length > 0 || this.#raw.readableLength > 0 || this.#hasEnded)
      this.#context.turnstile.add(this);
    // Or it would not tell of what comes.
    else this.#raw.read(0);
  };

  #readSome(): Buffer | null {
    const { readableLength } = this.#raw;
    return this.#raw.read(readableLength > SLICE ? SLICE : undefined) as Buffer | null;
  }

  readonly #onAnswered = (): void => {
    if (--this.#answers > 0) return;
    this.#request = null;
    this.#since = this.#context.watch.seconds;
    this.#hasBegun = false;
    if (this.#phase === 'requests' && !this.destroyed) this.#context.idle.add(this);
    this.#askForTurn();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    if (this.#phase === 'closing') this.destroy();
    this.#askForTurn();
  };

  readonly #onGone = (): void => {
    this.#leave();
    this.destroy();
  };

  #leave(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    const { watch, idle, turnstile, onGone } = this.#context;
    watch.delete(this);
    idle.delete(this);
    turnstile.remove(this);
    onGone(this);
  }
}

/** The connection that a request came by; null when it came by none of these. */
export function connectionOf({ socket }: IncomingMessage): WebConnection | null {
  const given: unknown = socket;
  return given instanceof WebConnection ? given : null;
}

function ignore(): void {
  // 'close' follows, and tells it.
}
