/** A browser client's connection over successive WebSockets, and the server's side of its control channel (D28). */
import { encodeControl, parsePageMessage, type ControlMessage } from '../../shared/protocol/control.ts';
import { LaggingStream } from '../../shared/stream/lagging-stream.ts';
import type { Flow, ResumableOwner } from '../../shared/stream/resumable.ts';
import type { Observer, Source } from '../chat/environment/observer.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { ControlChannel, Resumable } from '../chat/environment/browser-connection.ts';
import { digestOf, type ResumeTokens, type TokenDigest } from './tokens.ts';
import type { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import type { CloseKind, ResumeFailure } from '../../shared/protocol/reasons.ts';
import { NOTHING_TAKEN } from '../../shared/protocol/closes.ts';

/** Bytes acknowledged at once from which on a `received` is not charged as a control message. */
const FREE_ACK = 4 * 1024;
/** Interval, in ms, at which pings of the control channel are answered. */
const ANSWER_EVERY = 1_000;

/** Services that a resumable connection needs of the {@link ResumeRegistry} that it belongs to. */
export interface ResumeContext {
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly observer: Pick<Observer, 'resumed' | 'resumeFailed'>;
  readonly tokens: ResumeTokens<ResumableConnection>;
  readonly grace: number;
  /** Name of this node in its cluster; null when it is alone. */
  readonly node: string | null;
  /** Write deadline of relay endpoints: how long, in ms, the client may acknowledge nothing. */
  readonly writeTimeout: number;
  /** Names those who are here, and have left since a time, in ms: their logins may be somebody else's. */
  replacedSince(time: number): readonly string[];
  /** Flow control of one more connection, under the budget of all; `grows`: its window does. */
  makeFlow(grows: boolean): Flow;
  /** Notes that a connection has no WebSocket any more; false when it may not wait for another. */
  detached(connection: ResumableConnection): boolean;
  /** Notes that it has one again. */
  attached(connection: ResumableConnection): void;
  /** Checks the deadlines of this connection once a second from now on. */
  watch(connection: ResumableConnection): void;
  /** Neither waits for a WebSocket of this connection nor checks its deadlines any more. */
  forget(connection: ResumableConnection): void;
}

export class ResumableConnection implements ControlChannel, ResumableOwner {
  readonly stream: LaggingStream;
  /** Network of the latest WebSocket's client. */
  network: string | null;
  /** The Origin that the browser named; only pages from there can resume it. */
  readonly site: string;
  readonly #context: ResumeContext;
  #transport: WebSocketStream | null;
  /** Set while it can be resumed: the session, or the relay endpoint, that it is of. */
  #resumable: Resumable | null = null;
  #isRelayed = false;
  /** True once it cannot be resumed any more, even if what it sent is still being carried out. */
  #isOver = false;
  /** Digest of its newest token; null while it has none. */
  #digest: TokenDigest | null = null;
  /** Digest of the token that it was resumed with, until the client shows that it got the newer one: that may have been lost. */
  #formerDigest: TokenDigest | null = null;
  /** True when the client has acknowledged, so that it has the newest token. */
  #isAnswered = false;
  #otherReceived = 0;
  /** Time, in ms, at which the client said something last: it may not have got what it was told since. */
  #heardAt: number;
  /** Count that the client had acknowledged at the last tick while more was due, and ticks since it changed. */
  #unackedAt: number | null = null;
  #unackedTicks = 0;
  /** True when a ping was answered within this second. */
  #hasAnswered = false;

  constructor(context: ResumeContext, transport: WebSocketStream, network: string | null, site: string) {
    this.#context = context;
    this.#heardAt = context.clock.now();
    this.#transport = transport;
    this.network = network;
    this.site = site;
    this.stream = new LaggingStream(transport, this);
    transport.onText = (text) => this.onText(text);
  }

  /** The connection, as events describe it; null while there is nothing to resume. */
  get subject(): Resumable | null {
    return this.#resumable;
  }

  /**
   * Grace: time, in ms, that it waits for its client. One that may never have got its token would come as a new client,
   * to find its login taken by its former connection; a relay endpoint has no login.
   */
  get grace(): number {
    const isAnswered = this.#isAnswered || this.#formerDigest !== null;
    return isAnswered || this.#isRelayed ? this.#context.grace : 0;
  }

  get hasTransport(): boolean {
    return this.#transport !== null;
  }

  sendText(text: string, isShared?: boolean): void {
    this.#transport?.sendText(text, isShared);
  }

  makeResumable(resumable: Resumable, isRelayed: boolean): void {
    if (this.#isOver) return;
    this.#resumable = resumable;
    this.#isRelayed = isRelayed;
    this.stream.keep(this.#context.makeFlow(isRelayed), isRelayed);
    if (isRelayed) this.#context.watch(this);
    const { token, digest } = this.#context.tokens.issue(this);
    this.#digest = digest;
    const { grace, node } = this.#context;
    this.send({ type: 'session', token, grace, ...(node !== null && { node }) });
  }

  /** Ends the connection at once; `reason` is for a client that resumes nevertheless. */
  endNow(reason: ResumeFailure): void {
    this.#dropTokens(reason);
    this.stream.lose();
  }

  /**
   * Closes a client that acknowledges nothing for too long: its peer feels the same backpressure as from one that does
   * not read (D20).
   * @param every the time between two ticks, in ms
   */
  checkTimeouts(every: number): void {
    const { unackedSince: since } = this.stream;
    this.#unackedTicks = since !== null && since === this.#unackedAt ? this.#unackedTicks + 1 : 0;
    this.#unackedAt = since;
    if (this.#unackedTicks * every >= this.#context.writeTimeout)
      this.stream.close(NOTHING_TAKEN[0], NOTHING_TAKEN[2]);
  }

  sendReceived(received: number): void {
    this.send({ type: 'received', bytes: received });
  }

  later(run: () => void, ms: number): void {
    this.#context.clock.after(ms, run);
  }

  onDropped(): boolean {
    this.#transport = null;
    return this.#resumable !== null && this.#context.detached(this);
  }

  onOver(kind?: CloseKind): void {
    this.#isOver = true;
    const isDetached = !this.stream.connected;
    if (isDetached && kind === 'too-slow' && this.#resumable)
      this.#context.observer.resumeFailed(this.#resumable, 'too much');
    this.#dropTokens(isDetached ? (kind === 'too-slow' ? 'too much' : 'ended') : null);
    this.#context.forget(this);
    this.#resumable = null;
  }

  /** Handles a text message behind the first; returns what is wrong with it, if anything. */
  onText(text: string): string | undefined {
    const message = parsePageMessage(text);
    if (!message) return 'not a message of the control channel';
    this.#heardAt = this.#context.clock.now();
    // A client that takes much has much to acknowledge.
    const isFree = message.type === 'received' && message.bytes - this.#otherReceived >= FREE_ACK;
    if (!isFree) this.#transport?.onControl();
    if (message.type === 'received') return this.#noteReceived(message.bytes);
    if (message.type !== 'ping') return `${message.type} comes first, and once`;
    this.#answerPing();
    return undefined;
  }

  /** Answers a ping, unless the answers before are not taken. */
  #answerPing(): void {
    if (this.#hasAnswered || !this.#transport || this.#transport.buffered > 0) return;
    this.#hasAnswered = true;
    this.later(() => (this.#hasAnswered = false), ANSWER_EVERY);
    this.sendReceived(this.stream.received);
  }

  #noteReceived(bytes: number): string | undefined {
    if (!this.#resumable) return 'nothing can be resumed yet';
    const isNews = bytes > this.#otherReceived || (bytes === this.#otherReceived && !this.#isAnswered);
    if (!isNews || !this.stream.acknowledged(bytes)) return 'a count that cannot be';
    this.#otherReceived = bytes;
    this.#isAnswered = true;
    if (this.#formerDigest) this.#context.tokens.withdraw(this.#formerDigest, 'replaced');
    this.#formerDigest = null;
    return undefined;
  }

  /**
   * Resumes over a new WebSocket, from byte `received` of what the client was sent; see `canResume` of the stream.
   * @param shown the token that the client resumed with
   * @param source where the client is now
   */
  resume(transport: WebSocketStream, source: Source, shown: string, received: number): void {
    const resumable = this.#resumable!;
    if (this.#transport) this.#transport.onText = null;
    this.#transport = transport;
    transport.onText = (text) => this.onText(text);
    this.#context.attached(this);
    this.network = source.network;
    // As soon as it goes on, the client sends what waits: it has to know before whom that is not for.
    const left = this.#isRelayed ? [] : this.#context.replacedSince(this.#heardAt);
    if (left.length > 0) this.send({ type: 'presence', left, joined: [] });
    this.#heardAt = this.#context.clock.now();
    this.#otherReceived = received;
    this.#isAnswered = false;
    const token = this.#renewToken(shown);
    this.send({ type: 'resumed', received: this.stream.received, token });
    this.stream.adopt(transport, received);
    resumable.onResumed(source);
    this.#context.observer.resumed(resumable);
  }

  /** Issues a new token. Of the two before, the client has shown one; the other it never got, or will not use again. */
  #renewToken(shown: string): string {
    const digestShown = digestOf(shown);
    const known = [this.#digest, this.#formerDigest];
    const former = known.find((one) => one === digestShown) ?? null;
    for (const other of known)
      if (other && other !== former) this.#context.tokens.withdraw(other, 'replaced');
    const { token, digest } = this.#context.tokens.issue(this);
    this.#formerDigest = former;
    this.#digest = digest;
    return token;
  }

  #dropTokens(reason: ResumeFailure | null): void {
    for (const digest of [this.#digest, this.#formerDigest])
      if (digest) this.#context.tokens.withdraw(digest, reason);
    this.#digest = this.#formerDigest = null;
  }

  /** Sends one control message, if the client is connected. */
  send(message: ControlMessage): void {
    this.sendText(encodeControl(message));
  }
}
