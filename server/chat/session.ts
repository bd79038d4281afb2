/** A session: one connection that speaks commands, from its arrival to its end. */
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import type { Opcode } from '../../shared/protocol/commands.ts';
import type { CloseKind, EndReason, IgnoredReason, RefusedReason } from '../../shared/protocol/reasons.ts';
import { LOST } from '../../shared/protocol/reasons.ts';
import {
  GOING_AWAY,
  NOT_COMPLETED,
  NOT_IDENTIFIED,
  TOO_MANY_IGNORED,
  TOO_SLOW,
} from '../../shared/protocol/closes.ts';
import { BROKEN_RULES, CLIENT_LEFT, endingBy, type Ending } from './ending.ts';
import { CommandInput } from './command-input.ts';
import type { Arrival, ControlChannel, Resumable } from './environment/browser-connection.ts';
import { ENDED, UNIDENTIFIED, type LocalSender, type Phase, type ChatContext } from './context.ts';
import { Outbox, type OutboxOwner } from './delivery/outbox.ts';
import type { Source } from './environment/observer.ts';
import { isHalfLoginPrivate } from './private/wrong-long-size.ts';

export class Session implements StreamHandler, OutboxOwner, LocalSender {
  readonly id: number;
  /** Source of its connection; of a client that resumed, that of the latest: bans and limits are for where it is now. */
  source: Source;
  readonly since: number;
  /** Commands of its client, and how fast and how long they may come. */
  readonly input: CommandInput;
  readonly outbox: Outbox;
  phase: Phase = UNIDENTIFIED;
  handledBytes = 0;
  isCut = false;
  readonly #chat: ChatContext;
  readonly #stream: ByteStream;
  readonly #control: ControlChannel | null;
  /** Its end, once it waits for its turn. */
  #ending: Ending | null = null;
  #isFinishing = false;
  #refusals = 0;
  #ignored = 0;
  /** The `ignored` messages that a browser client was sent, for when it resumes and may have missed them. */
  #sentIgnored: string[] | null = null;

  constructor(
    chat: ChatContext,
    stream: ByteStream,
    source: Source,
    id: number,
    control: ControlChannel | null,
    arrival: Arrival,
  ) {
    this.#chat = chat;
    this.#stream = stream;
    this.id = id;
    this.#control = control;
    this.source = source;
    this.since = arrival.since;
    this.input = new CommandInput(chat, stream, this, arrival.awakeSeconds);
    this.outbox = new Outbox(stream, chat.limits.maxOutboxBytes, this);
    stream.attach(this);
  }

  /** Bytes that are queued for the client and that it has not yet taken. */
  get pendingBytes(): number {
    return this.#stream.buffered;
  }

  /** True for the session of a browser client, with a control channel (D28). */
  get hasControlChannel(): boolean {
    return this.#control !== null;
  }

  get login(): string | null {
    return this.phase.name === 'identified' ? this.phase.login : null;
  }

  /** Itself: it is at this node. */
  get local(): this {
    return this;
  }

  get commandCount(): number {
    return this.input.commandCount;
  }

  get isOver(): boolean {
    return this.phase.name === 'ended' || this.#ending !== null;
  }

  onData(bytes: Uint8Array): void {
    if (!this.isOver) this.input.push(bytes);
  }

  /** Reports that its transport is throttled, since it got too many messages that are no commands. */
  onThrottled(): void {
    if (!this.isOver) this.input.reportThrottled('too many control messages');
  }

  /** A client that ends its writing leaves, once all that is queued for it is sent (D9). */
  onEnd(): void {
    this.#leave(CLIENT_LEFT);
  }

  onWritable(): void {
    if (this.hasControlChannel) this.#chat.controlChannels.presence.sendMore(this);
  }

  /** Closes the connection for a fault; commands that the client had sent before count, and are answered first (D5). */
  onFault(words: string): void {
    const kind = 'unreadable';
    // The fault may be what came behind the end of writing (D25).
    if (this.phase.name === 'ended') this.#stream.close(kind, words);
    else if (this.#ending?.kind === 'end') this.#ending = { ...this.#ending, kind, words };
    else this.#leave({ kind, reason: BROKEN_RULES, words });
  }

  /** Whoever is answered may ask for the login anew, also at another node of a cluster: so not before it is free there (D9). */
  onCloseFrame(_code: number, answer: () => void): boolean {
    if (this.phase.name === 'ended') return false;
    this.#cut();
    if (this.#ending?.kind === 'end') this.#ending = { ...this.#ending, kind: answer };
    else this.#leave({ reason: LOST.lost, kind: answer, words: '' });
    return true;
  }

  onClose({ givenUp }: Closed): void {
    if (this.phase.name === 'ended') return;
    this.#cut();
    if (this.#ending) this.#ending = { ...this.#ending, kind: null };
    else this.#leave({ reason: LOST[givenUp ?? 'lost'], kind: null, words: '' });
  }

  /**
   * Ends the connection when a time is over.
   * @param identifyTime in ms, as it is now (D7)
   */
  checkTimeouts(awakeSeconds: number, identifyTime: number): void {
    const overdue = this.input.overdue(awakeSeconds, identifyTime);
    if (overdue === 'identification') this.close(...NOT_IDENTIFIED);
    else if (overdue === 'command' && this.#control?.hasTransport !== false) this.close(...NOT_COMPLETED);
  }

  holdForOrder(isHeld: boolean): void {
    this.input.holdForOrder(isHeld);
  }

  onTooSlow(): void {
    if (this.phase.name === 'ended' || this.isCut) return;
    // Its share of this turn is dropped: a gap would break its stream. The reason can be said on a WebSocket, if at all.
    this.#cut();
    if (this.#isFinishing) this.#endWith(endingBy(TOO_SLOW));
    else if (this.#ending) this.#ending = endingBy(TOO_SLOW);
    else this.#leave(endingBy(TOO_SLOW));
  }

  /** Closes the connection by the server; its queue is still sent, and the reason in words where there is a way (D5, D26). */
  close(kind: CloseKind, reason: EndReason, words: string): void {
    this.#leave({ kind, reason, words });
  }

  endNow(kind: CloseKind, reason: EndReason, words: string): void {
    // It comes before the end that waits for its turn, unless the client is gone, or a slow consumer.
    if (!this.isCut) this.#ending = { kind, reason, words };
    this.finish();
  }

  finish(): void {
    const ending = this.#ending;
    if (!ending || this.#isFinishing || this.phase.name === 'ended') return;
    this.#isFinishing = true;
    const isByServer = ending.kind !== null && ending.kind !== 'end' && ending.reason !== BROKEN_RULES;
    if (!this.isCut && (!this.#settle() || (isByServer && !this.#sendLastAck()))) return;
    this.#endWith(ending);
  }

  /** Has it end in its turn: behind all that the client has sent, and once its login is free (D9). */
  #leave(ending: Ending): void {
    if (this.isOver) return;
    this.#ending = ending;
    this.#chat.inTurn(this);
  }

  /** Writes nothing more to the client. */
  #cut(): void {
    this.isCut = true;
    this.#chat.broadcast.remove(this.outbox);
  }

  #endWith({ kind, reason, words }: Ending): void {
    if (kind === 'end') this.#stream.end();
    else if (typeof kind === 'function') kind();
    else if (kind) this.#stream.close(kind, words);
    this.#end(reason, reason === BROKEN_RULES ? words : undefined);
  }

  /** Ends the connection because the server goes away. */
  goAway(): void {
    this.close(...GOING_AWAY);
  }

  sendHistory(): void {
    if (this.hasControlChannel) this.#chat.controlChannels.sendHistory(this, this.#chat.history);
  }

  reportRefused(reason: RefusedReason): void {
    this.#chat.observer.refused(this, reason);
    this.input.restartIdentifyTime();
  }

  countRefusedLogin(reason: RefusedReason): boolean {
    this.reportRefused(reason);
    return ++this.#refusals >= this.#chat.limits.maxRefusals;
  }

  reportIgnored(opcode: Opcode, reason: IgnoredReason): void {
    this.#chat.observer.ignored(this, opcode, reason);
    if (this.hasControlChannel)
      (this.#sentIgnored ??= []).push(this.#chat.controlChannels.sendIgnored(this, reason));
  }

  countIgnored(opcode: Opcode, reason: IgnoredReason): void {
    this.reportIgnored(opcode, reason);
    if (++this.#ignored > this.#chat.limits.maxIgnored) this.close(...TOO_MANY_IGNORED);
  }

  flush(): void {
    if (this.phase.name !== 'ended') this.#chat.broadcast.flush(this.outbox);
  }

  catchUp(): void {
    if (this.phase.name !== 'ended') this.#chat.broadcast.catchUp(this.outbox);
  }

  cork(): void {
    this.outbox.cork();
  }

  uncork(): void {
    this.outbox.uncork();
  }

  setSubscribed(isSubscribed: boolean): void {
    this.outbox.subscriber = isSubscribed ? this : null;
  }

  sendText(text: string, isShared = false): void {
    if (this.phase.name === 'ended' || this.isCut) return;
    this.#control?.sendText(text, isShared);
    if (this.#stream.buffered > this.#chat.limits.maxOutboxBytes) this.onTooSlow();
  }

  /** Lets a browser client resume it, now that it is identified. */
  makeResumable(): void {
    this.#control?.makeResumable(this, false);
  }

  /** Notes where a client that resumed is now, and sends it what it may have missed: getting it twice does no harm. */
  onResumed(source: Source): void {
    this.source = source;
    this.input.restartCommandTime();
    for (const text of this.#sentIgnored ?? []) this.sendText(text);
    if (this.phase.name === 'identified') this.#chat.controlChannels.resync(this);
  }

  /** Detaches the stream and hands it over, with what came behind the last command: from here on it carries bytes (§4). */
  detachStream<Endpoint>(
    subject: Resumable,
    makeEndpoint: (stream: ByteStream, rest: Uint8Array) => Endpoint,
  ): Endpoint {
    this.#settle();
    this.#chat.releaseToRelay(this);
    this.phase = ENDED;
    this.#control?.makeResumable(subject, true);
    return makeEndpoint(this.#stream, this.input.takeRest());
  }

  /** Writes what is queued, before an end. False when the session has ended, if only by being too slow for that. */
  #settle(): boolean {
    if (this.phase.name !== 'ended') this.#chat.broadcast.settle(this.outbox);
    return this.phase.name !== 'ended';
  }

  /** Tells a browser client what was handled, before an end. False when that was more than may be pending. */
  #sendLastAck(): boolean {
    if (this.hasControlChannel) this.#chat.controlChannels.sendLastAck(this);
    return this.phase.name !== 'ended';
  }

  #end(reason: EndReason, rule?: string): void {
    if (this.source.longSize === 8 && this.commandCount === 0 && isHalfLoginPrivate(this.input.takeRest()))
      this.#chat.observer.wrongLongSize(this, 4);
    this.#chat.releaseSession(this, reason, rule);
    this.phase = ENDED;
  }
}
