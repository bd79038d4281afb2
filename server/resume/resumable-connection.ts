/** One page's connection, over successive WebSockets: the control channel's server side (D28). */
import { parsePageMessage, type ControlMessage } from '../../shared/protocol/control.ts';
import { ResumableStream, type ResumableOwner } from '../../shared/stream/resumable-stream.ts';
import type { Client } from '../chat/environment/observer.ts';
import type { ControlChannel, Resumable } from '../chat/session.ts';
import type { ResumeToken } from './tokens.ts';
import type { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import type { CloseKind, ResumeFailure } from '../../shared/protocol/reasons.ts';

/** Bytes that a page may say to have got without that being counted. */
const WORTH_SAYING = 4 * 1024;

/** What a link needs of the {@link Resumption} it belongs to. */
export interface ResumeContext {
  readonly grace: number;
  readonly maxBytes: number;
  /** How long, in ms, the page of a leg may take nothing. */
  readonly writeTimeout: number;
  /** Runs a function in about a second. */
  later(run: () => void): void;
  grant(link: ResumableConnection): { readonly secret: string; readonly token: ResumeToken };
  withdraw(token: ResumeToken, reason: ResumeFailure | null): void;
  /** The link has no WebSocket any more; false when it may not wait for another. */
  detached(link: ResumableConnection): boolean;
  attached(link: ResumableConnection): void;
  /** Looks at this link once a second from now on. */
  watch(link: ResumableConnection): void;
  /** The link is at its end. */
  forget(link: ResumableConnection): void;
  resumed(subject: Client): void;
  failed(subject: Client, reason: ResumeFailure): void;
}

export class ResumableConnection implements ControlChannel, ResumableOwner {
  readonly stream: ResumableStream;
  readonly network: string;
  /** The Origin that the page is from; only pages from there can resume. */
  readonly site: string;
  readonly #keeper: ResumeContext;
  #transport: WebSocketStream | null;
  /** Whom it is worth resuming for. */
  #resumable: Resumable | null = null;
  #isRelayed = false;
  #token: ResumeToken | null = null;
  /** What the page resumed with, until it shows that it got the newer one: the answer may have been lost. */
  #formerToken: ResumeToken | null = null;
  /** The page has answered with what it got, so that it has the newest token. */
  #isAnswered = false;
  #otherReceived = 0;
  /** How far the page of a leg had come when it was looked at, and for how many looks since. */
  #unackedAt: number | null = null;
  #unackedTicks = 0;
  /** To a ping, within this second. */
  #hasAnswered = false;

  constructor(keeper: ResumeContext, transport: WebSocketStream, network: string, site: string) {
    this.#keeper = keeper;
    this.#transport = transport;
    this.network = network;
    this.site = site;
    this.stream = new ResumableStream(transport, keeper.maxBytes, this);
    transport.onText = (text) => this.onText(text);
  }

  /** Whom to tell of; null while there is nothing to resume. */
  get subject(): Resumable | null {
    return this.#resumable;
  }

  /**
   * How long it waits for its page, in ms. One that may never have got its token would come as a stranger, to find its
   * login held by its own ghost; a leg holds no login.
   */
  get grace(): number {
    const isAnswered = this.#isAnswered || this.#formerToken !== null;
    return isAnswered || this.#isRelayed ? this.#keeper.grace : 0;
  }

  get isPresent(): boolean {
    return this.#transport !== null;
  }

  sendText(text: string): void {
    this.#transport?.sendText(text);
  }

  makeResumable(resumable: Resumable, isLeg: boolean): void {
    this.#resumable = resumable;
    this.#isRelayed = isLeg;
    this.stream.keep(isLeg);
    if (isLeg) this.#keeper.watch(this);
    const { secret, token } = this.#keeper.grant(this);
    this.#token = token;
    this.send({ type: 'session', token: secret, grace: this.#keeper.grace });
  }

  /** Ends the connection at once; `reason` is for a page that comes back nevertheless. */
  end(reason: ResumeFailure): void {
    this.#dropTokens(reason);
    this.stream.lose();
  }

  /**
   * A page that reads and does not say so holds its peer back as one that does not read (D20). `every` is the time
   * between two looks in ms.
   */
  checkTimeouts(every: number): void {
    const { unackedSince: standsAt } = this.stream;
    this.#unackedTicks = standsAt !== null && standsAt === this.#unackedAt ? this.#unackedTicks + 1 : 0;
    this.#unackedAt = standsAt;
    if (this.#unackedTicks * every >= this.#keeper.writeTimeout)
      this.stream.close('too-slow', 'too slow: nothing was taken for too long');
  }

  sendReceived(received: number): void {
    this.send({ type: 'received', bytes: received });
  }

  later(run: () => void): void {
    this.#keeper.later(run);
  }

  onDropped(): boolean {
    this.#transport = null;
    return this.#resumable !== null && this.#keeper.detached(this);
  }

  onOver(kind?: CloseKind): void {
    const isDetached = !this.stream.connected;
    if (isDetached && kind === 'too-slow' && this.#resumable)
      this.#keeper.failed(this.#resumable, 'too much');
    this.#dropTokens(isDetached ? (kind === 'too-slow' ? 'too much' : 'ended') : null);
    this.#keeper.attached(this);
    this.#keeper.forget(this);
    this.#resumable = null;
  }

  /** A text message behind the first; answers what is wrong with it, if anything. */
  onText(text: string): string | undefined {
    const message = parsePageMessage(text);
    if (!message) return 'not a message of the control channel';
    // A page that takes much has much to say of that.
    const isPaidFor = message.type === 'received' && message.bytes - this.#otherReceived >= WORTH_SAYING;
    if (!isPaidFor) this.#transport?.onControl();
    if (message.type === 'received') return this.#noteReceived(message.bytes);
    if (message.type !== 'ping') return `${message.type} comes first, and once`;
    this.#answerPing();
    return undefined;
  }

  /** Whoever asks and does not take the answers gets no more of them. */
  #answerPing(): void {
    if (this.#hasAnswered || !this.#transport || this.#transport.buffered > 0) return;
    this.#hasAnswered = true;
    this.later(() => (this.#hasAnswered = false));
    this.sendReceived(this.stream.received);
  }

  #noteReceived(bytes: number): string | undefined {
    if (!this.#resumable) return 'nothing can be resumed yet';
    const isNews = bytes > this.#otherReceived || (bytes === this.#otherReceived && !this.#isAnswered);
    if (!isNews || !this.stream.acknowledged(bytes)) return 'a count that cannot be';
    this.#otherReceived = bytes;
    this.#isAnswered = true;
    if (this.#formerToken) this.#keeper.withdraw(this.#formerToken, 'replaced');
    this.#formerToken = null;
    return undefined;
  }

  /**
   * Goes on over a new WebSocket, from byte `received` of what the page was sent; see `canResume` of the stream.
   * @param shown the token that the page resumed with
   */
  resume(transport: WebSocketStream, shown: string, received: number): void {
    const resumable = this.#resumable!;
    if (this.#transport) this.#transport.onText = null;
    this.#transport = transport;
    transport.onText = (text) => this.onText(text);
    this.#keeper.attached(this);
    this.#otherReceived = received;
    this.#isAnswered = false;
    const token = this.#renewToken(shown);
    this.send({ type: 'resumed', received: this.stream.received, token });
    this.stream.adopt(transport, received);
    this.#keeper.resumed(resumable);
    resumable.resync();
  }

  /** Of two tokens the page has shown one: the other it has never seen, or will not use again. */
  #renewToken(shown: string): string {
    const former = [this.#token, this.#formerToken].find((token) => token?.matches(shown)) ?? null;
    for (const token of [this.#token, this.#formerToken])
      if (token && token !== former) this.#keeper.withdraw(token, 'replaced');
    const { secret, token } = this.#keeper.grant(this);
    this.#formerToken = former;
    this.#token = token;
    return secret;
  }

  #dropTokens(reason: ResumeFailure | null): void {
    for (const token of [this.#token, this.#formerToken]) if (token) this.#keeper.withdraw(token, reason);
    this.#token = this.#formerToken = null;
  }

  /** Sends one control message, if the page is there. */
  send(message: ControlMessage): void {
    this.sendText(JSON.stringify(message));
  }
}
