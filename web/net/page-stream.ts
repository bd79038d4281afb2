/** A page's connection, which outlives its WebSockets: when one breaks, the next goes on where it was (D28). */
import { parseControl, type ControlMessage, type PageMessage } from '../../shared/protocol/control.ts';
import { BANNED } from '../../shared/protocol/closes.ts';
import { DEAF } from '../../shared/stream/byte-stream.ts';
import type { Flow } from '../../shared/stream/resumable.ts';
import { ResumableStream } from '../../shared/stream/resumable-stream.ts';
import { backoff } from './backoff.ts';
import { PATIENCE_MS, Question } from './reach.ts';
import { BrowserSocket } from './browser-socket.ts';

/** Most bytes under way to the server that it has not acknowledged, at first. */
const WINDOW = 256 * 1024;
/** Received bytes after which an acknowledgement is sent at once, and not within a second. */
const ACK_AFTER = 16 * 1024;
/** A window that stays as it is, for a connection whose handler never holds it: the main one. */
const FIXED: Flow = {
  size: WINDOW,
  lowWater: WINDOW / 2,
  ackDelay: (due) => (due < ACK_AFTER ? 1_000 : 0),
  update() {},
};
/** Timeout of the answer to a try to resume, in ms. */
const ANSWER_MS = 10_000;

export interface PageStreamOptions {
  readonly url: string;
  /** Says whether the server is there, before a WebSocket is opened to resume; else it is taken to be. */
  readonly ask?: (() => Promise<boolean>) | undefined;
  /** A WebSocket on which nothing was said yet; else one is opened. */
  readonly over?: BrowserSocket | undefined;
  /** The token of a connection that this one takes the place of: the server ends that first. */
  readonly instead?: string | null | undefined;
  /** Takes the control messages, but for those about the connection itself. Whoever gives this also takes `spare`. */
  readonly onControl?: (message: ControlMessage) => void;
  /** Flow control of a connection with much to send; else its window stays as it is. */
  readonly flow?: Flow;
  /** Called when the connection is interrupted (true), and when it goes on (false). */
  readonly onInterrupted?: (isInterrupted: boolean) => void;
}

export type Direction = 'sent' | 'received';

/** A connection, as taps see it: for telling several apart, and with what is known of it. */
export type Tapped = object & Partial<Pick<PageStream, 'isPrivate' | 'written' | 'received'>>;

/** @param data bytes of Chaton, none for the end of writing (D25), or a text of the control channel (D28) */
export type WireTap = (stream: Tapped, direction: Direction, data: Uint8Array | string) => void;

const END = new Uint8Array(0);

/** Taps of all connections: the watch over their liveness, and the wire inspector while it is open. */
export const taps = new Set<WireTap>();

/** Streams that are not over: liveness.ts watches over them. */
export const live = new Set<PageStream>();

export class PageStream extends ResumableStream {
  /** WebSocket that is left after the end, on which the server has said that nothing can be resumed. */
  spare: BrowserSocket | undefined;
  readonly #options: PageStreamOptions;
  #socket: BrowserSocket;
  /** Token by which the server knows this connection. */
  token: string | null = null;
  /**
   * True when the login of this connection is free, or somebody else's, as soon as the server knows the next one of this page: it
   * has ended this one by itself, or does so for the token. A cluster may not know yet.
   */
  freesLogin = false;
  #grace = 0;
  /** Part of the address that asks a proxy for the node of a cluster that can resume this connection. */
  #query = '';
  #attempt = 0;
  #brokenAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Time at which the try that is under way began; null while there is none. */
  #triedAt: number | null = null;
  readonly #question: Question;

  constructor(options: PageStreamOptions) {
    const socket = options.over ?? new BrowserSocket(options.url);
    super(socket, {
      // The server rejects an acknowledgement before there is anything to resume.
      sendReceived: (bytes) => {
        if (this.token !== null) this.#send({ type: 'received', bytes });
      },
      later: (run, ms) => setTimeout(run, ms),
      onDropped: () => this.#onDropped(),
      onOver: () => this.#onOver(),
    });
    this.#options = options;
    this.#question = new Question(options.ask);
    this.#socket = socket;
    this.keep(options.flow ?? FIXED, true);
    live.add(this);
    socket.onText = (text) => this.#onText(text);
    if (options.instead) this.#send({ type: 'leave', token: options.instead });
  }

  /** True while what is written goes to the server now. A WebSocket that is still being opened is no connection. */
  override get connected(): boolean {
    return this.#hasTransport && this.#socket.isOpen;
  }

  get #hasTransport(): boolean {
    return super.connected;
  }

  /** True for an end of a private connection: nobody there takes control messages. */
  get isPrivate(): boolean {
    return !this.#options.onControl;
  }

  override write(bytes: Uint8Array): boolean {
    this.#tap('sent', bytes);
    return super.write(bytes);
  }

  override end(): void {
    const { written } = this;
    super.end();
    if (this.written > written) this.#tap('sent', END);
  }

  override onData(bytes: Uint8Array): void {
    this.#tap('received', bytes);
    super.onData(bytes);
  }

  override onEnd(): void {
    const { received } = this;
    super.onEnd();
    if (this.received > received) this.#tap('received', END);
  }

  /** Ends the connection on purpose: the server is told, and does not wait for this page. */
  override abort(): void {
    super.abort('going-away');
  }

  /**
   * Resumes without waiting any longer: a try that has had no answer for 5 s makes room for another. Whether a connection that
   * seems to be there is alive, liveness.ts asks.
   */
  wake(): void {
    if (this.#hasTransport) return;
    if (this.#triedAt === null) return this.#try();
    if (performance.now() - this.#triedAt < PATIENCE_MS) return;
    this.#dropTry();
    this.#try();
  }

  #onDropped(): boolean {
    if (this.token === null) return false;
    this.#brokenAt = Date.now();
    this.#retryLater();
    this.#options.onInterrupted?.(true);
    return true;
  }

  #onOver(): void {
    live.delete(this);
    clearTimeout(this.#timer);
    this.#question.drop();
    if (!this.#hasTransport && this.#socket !== this.spare) this.#dropTry();
  }

  #dropTry(): void {
    this.#triedAt = null;
    this.#socket.attach(DEAF);
    this.#socket.abort();
  }

  #retryLater(): void {
    this.#triedAt = null;
    // The grace period counts twice, since the server may have noticed later than this page.
    if (Date.now() - this.#brokenAt > 2 * this.#grace) return this.lose();
    this.#timer = setTimeout(() => this.#try(), backoff(this.#attempt++));
  }

  #try(): void {
    clearTimeout(this.#timer);
    const { token } = this;
    // Without a token there is nothing to resume.
    if (token === null) return;
    this.#question.put(
      () => this.#resume(token),
      () => this.#retryLater(),
    );
  }

  #resume(token: string): void {
    clearTimeout(this.#timer);
    this.#triedAt = performance.now();
    const socket = new BrowserSocket(this.#options.url + this.#query);
    this.#socket = socket;
    socket.onText = (text) => this.#onText(text);
    socket.attach({
      ...DEAF,
      onClose: (closed) => (closed.reason === BANNED[2] ? this.onClose(closed) : this.#retryLater()),
    });
    this.#send({ type: 'resume', token, received: this.received });
    this.#timer = setTimeout(() => socket.abort(), ANSWER_MS);
  }

  #onText(text: string): void {
    this.#tap('received', text);
    const message = parseControl(text);
    if (!message) return;
    switch (message.type) {
      case 'session':
        this.token = message.token;
        this.#grace = message.grace;
        this.freesLogin = !message.node;
        if (message.node) this.#query = `?node=${encodeURIComponent(message.node)}`;
        return this.#send({ type: 'received', bytes: this.received });
      case 'received':
        return void this.acknowledged(message.bytes);
      case 'resumed':
        return this.#resumed(message.token, message.received);
      case 'lost':
        this.token = null;
        this.freesLogin ||= message.reason === 'too late';
        this.#socket.attach(DEAF);
        if (this.#options.onControl) this.spare = this.#socket;
        return this.lose();
      case 'ack':
        this.acknowledged(message.bytes);
    }
    this.#options.onControl?.(message);
  }

  #resumed(token: string, received: number): void {
    if (!this.canResume(received)) return this.lose();
    clearTimeout(this.#timer);
    this.#triedAt = null;
    this.#attempt = 0;
    this.token = token;
    this.#send({ type: 'received', bytes: this.received });
    this.adopt(this.#socket, received);
    this.#options.onInterrupted?.(false);
  }

  #tap(direction: Direction, data: Uint8Array | string): void {
    for (const tap of taps) tap(this, direction, data);
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#send({ type: 'ping' });
  }

  /** Gives up the present WebSocket, which is dead without the browser's knowing, and resumes on another at once. */
  giveUp(): void {
    this.drop();
    // Nothing says that the server is away, and what else the browser holds open to it may be as dead.
    if (this.token !== null) this.#resume(this.token);
  }

  #send(message: PageMessage): void {
    const text = JSON.stringify(message);
    this.#tap('sent', text);
    this.#socket.sendText(text);
  }
}
