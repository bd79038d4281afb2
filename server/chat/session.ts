/** A session: one connection that speaks commands, from its arrival to its end. */
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import { THROTTLED, UNORDERED } from '../../shared/stream/holds.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { isHalfLoginPrivate } from './private/long-size.ts';
import type { Client, Source } from './environment/observer.ts';
import { Outbox, type OutboxOwner } from './delivery/outbox.ts';
import { NEVER, deadline } from './limits/deadline.ts';
import { costOf, type ClientBucket, type Throttled } from './limits/rate-limiter.ts';
import type { LocalSender, Phase, ChatContext } from './context.ts';
import {
  type CloseKind,
  type IgnoredReason,
  type EndReason,
  LOST,
  type ThrottleReason,
} from '../../shared/protocol/reasons.ts';

/** Time of a connection's arrival. */
export interface Arrival {
  /** Time in whole ms of the clock of the rules. */
  readonly since: number;
  /** Time in seconds during which the process was awake. */
  readonly awakeSeconds: number;
}

/** A connection that a browser client may resume after a drop. */
export interface Resumable extends Client {
  /** Sends a client that resumed what it may have missed of the control channel. */
  resync(): void;
}

/** The control channel of a browser client (D28). */
export interface ControlChannel {
  /** True when the client is connected. */
  readonly isPresent: boolean;
  /** Sends a text message, if the client is connected. @param isShared whether many get the very same */
  sendText(text: string, isShared?: boolean): void;
  /** Makes the connection resumable: it is identified, or a relay endpoint. */
  makeResumable(resumable: Resumable, isRelayed: boolean): void;
}

/** End of a session, once all that its client had sent is carried out. */
interface Ending {
  readonly reason: EndReason;
  /** Kind of close of its stream; `end` after a FIN, null when that needs nothing more. */
  readonly kind: CloseKind | 'end' | null;
  readonly words: string;
}

const LEFT: Ending = { reason: 'left', kind: 'end', words: '' };
const FAULT: Ending = { reason: 'transport rules broken', kind: null, words: '' };
const TOO_SLOW: Ending = {
  reason: 'too slow',
  kind: 'too-slow',
  words: 'too slow: too much was waiting to be taken',
};

/** Cost of commands, and bytes of fan-out, that a client may cause before its token bucket is charged. */
const CHARGE_AT_COST = 8;
const CHARGE_AT_FAN_OUT = 512 * 1024;
/** Seconds between two reports of a client's throttling, to the log and to the client. */
const THROTTLED_EVERY = 10;

const NOTHING = new Uint8Array(0);
const UNIDENTIFIED: Phase = { name: 'unidentified' };
const ENDED: Phase = { name: 'ended' };

export class Session implements StreamHandler, OutboxOwner, LocalSender, Throttled {
  readonly id: number;
  readonly source: Source;
  readonly outbox: Outbox;
  phase: Phase = UNIDENTIFIED;
  handledBytes = 0;
  commandCount = 0;
  readonly since: number;
  readonly #control: ControlChannel | null;
  readonly #chat: ChatContext;
  readonly #stream: ByteStream;
  readonly #decoder: Decoder<'client'>;
  /** Time, in awake seconds, since which it could have been identified, anew at each refusal (D7). */
  #unidentifiedSince: number;
  /** Deadline, in awake seconds, of the command that has begun. */
  #completeBy = NEVER;
  /** Token bucket, made when it is first charged. */
  #bucket: ClientBucket | null = null;
  #isThrottled = false;
  /** True while what it sends cannot be ordered, and is not read. */
  #isHeld = false;
  /** True once its LOGIN_PRIVATE waits for its turn, as the last command there can be. */
  #isPresenting = false;
  /** Its end, once it waits for its turn. */
  #ending: Ending | null = null;
  #isFinishing = false;
  isCut = false;
  /** Time, in awake seconds, of the last report that it is throttled. */
  #throttledAt = -THROTTLED_EVERY;
  /** Bytes received and not handled yet when it was throttled. */
  #unread: Uint8Array = NOTHING;
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
    this.outbox = new Outbox(stream, chat.limits.maxOutboxBytes, this);
    this.#decoder = new Decoder('client', source.longSize);
    this.#unidentifiedSince = arrival.awakeSeconds;
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

  onData(bytes: Uint8Array): void {
    if (this.isOver) return;
    if (this.#isPresenting) {
      this.#unread = joined(this.#unread, bytes);
      return;
    }
    this.#chat.counters.bytesIn += bytes.length;
    this.#decoder.push(bytes);
    // Input of a heavy sender is not handled before that of others.
    if (this.#bucket && this.#chat.rateLimiter.isHeavy(this.#bucket) && this.#chargeCost(0, 0))
      this.#keepUnread(NOTHING);
    else this.#handleCommands();
  }

  /** Handles what was left when it was throttled, then reads on. */
  resumeReading(): void {
    this.#isThrottled = false;
    if (this.isOver) return;
    this.#unidentifiedSince = this.#chat.awakeSeconds;
    this.#decoder.push(this.#unread);
    this.#handleCommands();
    if (this.#hasStopped) return;
    this.#unread = NOTHING;
    this.#stream.release(THROTTLED);
  }

  get isOver(): boolean {
    return this.phase.name === 'ended' || this.#ending !== null;
  }

  /** True when no more of its input is to be handled. */
  get #hasStopped(): boolean {
    return this.#isThrottled || this.#isPresenting || this.isOver;
  }

  /** Handles all commands that have come; those before an unreadable one count (D5). */
  #handleCommands(): void {
    const before = this.commandCount;
    try {
      this.#handleEach();
      if (this.isOver) return;
      const isNewCommand = this.#completeBy === NEVER || this.commandCount > before;
      // While it is not read it cannot complete anything.
      if (this.#decoder.atBoundary || this.#hasStopped) this.#completeBy = NEVER;
      else if (isNewCommand) this.#completeBy = deadline(this.#chat.awakeSeconds, this.#chat.limits.commandTime);
      if (this.hasControlChannel && this.#chat.isImmediate) this.#chat.controlChannels.scheduleAck(this);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.close('unreadable', error.reason, `cannot be read: ${error.reason}`);
    }
  }

  /** Decodes and submits command by command, until there is no more, or it is throttled, or it has ended. */
  #handleEach(): void {
    const decoder = this.#decoder;
    const { counters, rateLimiter } = this.#chat;
    let cost = 0;
    let fanOut = 0;
    for (let frame = decoder.next(); frame; frame = decoder.next()) {
      const { raw } = decoder;
      const isLogin = frame.opcode === Opcode.LOGIN;
      if (isLogin && this.#throttleLogin()) return this.#keepUnread(raw);
      this.commandCount++;
      counters.commandsIn[frame.opcode]! += 1;
      const caused = this.#chat.submit(this, frame, raw);
      if (this.phase.name === 'ended') return;
      // In its turn it ends the session, either way: what comes behind it is no command (§4).
      if (frame.opcode === Opcode.LOGIN_PRIVATE) return this.#waitInTurn();
      // LOGINs are few in any case (D7), and a client that sends nothing else needs no bucket.
      if (!isLogin) cost += costOf(raw.length, caused / raw.length);
      fanOut += caused;
      if (cost < CHARGE_AT_COST && fanOut < CHARGE_AT_FAN_OUT && !rateLimiter.isUnderPressure) continue;
      if (this.#chargeCost(cost, fanOut)) return this.#keepUnread(NOTHING);
      cost = 0;
      fanOut = 0;
    }
    if (cost > 0) this.#chargeCost(cost, fanOut);
  }

  /** Charges its token bucket with what it caused; true when it is throttled for that. */
  #chargeCost(cost: number, fanOut: number): boolean {
    const { rateLimiter } = this.#chat;
    this.#bucket ??= rateLimiter.newBucket();
    const reason = rateLimiter.consume(this, this.#bucket, cost, fanOut);
    if (reason) this.#throttle(reason);
    return reason !== null;
  }

  /** Throttles at a LOGIN whose network is over its presence budget; true when it does. */
  #throttleLogin(): boolean {
    const { rateLimiter, presenceBudget: presence } = this.#chat;
    const { network } = this.source;
    if (this.phase.name !== 'unidentified' || !presence.isOver(network)) return false;
    rateLimiter.throttle(this, () => presence.isOver(network));
    this.#throttle('too much coming and going');
    return true;
  }

  /** Reads nothing more until `resumeReading`. */
  #throttle(reason: ThrottleReason): void {
    this.#isThrottled = true;
    this.#stream.hold(THROTTLED);
    this.#reportThrottled(reason);
  }

  /** Keeps what comes behind a LOGIN_PRIVATE that waits for its turn, and reads no more. */
  #waitInTurn(): void {
    this.#isPresenting = true;
    this.#keepUnread(NOTHING);
    this.#stream.hold(UNORDERED);
  }

  holdForOrder(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    // While it is not read it cannot complete anything.
    if (this.#completeBy !== NEVER)
      this.#completeBy = deadline(this.#chat.awakeSeconds, this.#chat.limits.commandTime);
    if (isHeld) this.#stream.hold(UNORDERED);
    else if (!this.#isPresenting) this.#stream.release(UNORDERED);
  }

  /** Keeps for `resumeReading` what has come: a command that was decoded and not handled, and the rest behind it. */
  #keepUnread(command: Uint8Array): void {
    const rest = this.#decoder.takeRest();
    if (command.length === 0 && rest.buffer === this.#unread.buffer) {
      // Copied once, and not again each time that a few commands of it were handled.
      this.#unread = rest;
      return;
    }
    this.#unread = joined(command, rest);
  }

  /** Reports, now and then, that it is throttled: to the log, and to an identified browser client. */
  #reportThrottled(reason: ThrottleReason): void {
    const { awakeSeconds, observer, controlChannels } = this.#chat;
    const isNews = awakeSeconds - this.#throttledAt >= THROTTLED_EVERY;
    observer.throttled(this, reason, isNews);
    if (!isNews) return;
    this.#throttledAt = awakeSeconds;
    if (this.hasControlChannel && this.login !== null) controlChannels.sendThrottled(this);
  }

  /** Reports that its transport is throttled, since it got too many messages that are no commands. */
  onThrottled(): void {
    if (!this.isOver) this.#reportThrottled('too many control messages');
  }

  /** A client that ends its writing leaves, once all that is queued for it is sent (D9). */
  onEnd(): void {
    this.#leave(LEFT);
  }

  onWritable(): void {
    if (this.hasControlChannel) this.#chat.controlChannels.presence.sendMore(this);
  }

  /** Ends the session; commands that the client had sent before the fault count, and are answered (D5). */
  onFault(): void {
    this.#leave(FAULT);
  }

  onClose({ givenUp }: Closed): void {
    if (this.phase.name === 'ended') return;
    this.#cut();
    const lost = { reason: LOST[givenUp ?? 'lost'], kind: null, words: '' } as const;
    if (this.#ending) this.#ending = { ...this.#ending, kind: null };
    else this.#leave(lost);
  }

  /**
   * Ends the connection when a time is over.
   * @param identifyTime in ms, as it is now (D7)
   */
  checkTimeouts(awakeSeconds: number, identifyTime: number): void {
    if (this.#isThrottled || this.#isHeld || this.#isPresenting || this.isOver) return;
    if (this.phase.name === 'unidentified' && awakeSeconds >= deadline(this.#unidentifiedSince, identifyTime))
      this.close('not-allowed', 'not identified in time', 'not identified in time');
    else if (awakeSeconds >= this.#completeBy && this.#control?.isPresent !== false)
      this.close('not-allowed', 'command not completed in time', 'a command was not completed in time');
  }

  onTooSlow(): void {
    if (this.phase.name === 'ended' || this.isCut) return;
    // Its share of this turn is dropped: a gap would break its stream. The reason can be said on a WebSocket, if at all.
    this.#cut();
    if (this.#isFinishing) this.#endWith(TOO_SLOW);
    else if (this.#ending) this.#ending = TOO_SLOW;
    else this.#leave(TOO_SLOW);
  }

  /** Closes the connection by the server; its queue is still sent, and the reason in words where there is a way (D5, D26). */
  close(kind: CloseKind, reason: EndReason, words: string): void {
    this.#leave({ kind, reason, words });
  }

  endNow(kind: CloseKind, reason: EndReason, words: string): void {
    this.#ending ??= { kind, reason, words };
    this.finish();
  }

  finish(): void {
    const ending = this.#ending;
    if (!ending || this.#isFinishing || this.phase.name === 'ended') return;
    this.#isFinishing = true;
    const isByServer = ending.kind !== null && ending.kind !== 'end';
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
    else if (kind) this.#stream.close(kind, words);
    this.#end(reason);
  }

  /** Ends the connection because the server goes away. */
  goAway(): void {
    this.close('going-away', 'server going away', 'the server is going away');
  }

  sendHistory(): void {
    if (this.hasControlChannel) this.#chat.controlChannels.sendHistory(this, this.#chat.history);
  }

  /** Reports a refused LOGIN, after which a person has time to think of another (D7). */
  reportRefused(): void {
    this.#chat.observer.refused(this);
    this.#unidentifiedSince = this.#chat.awakeSeconds;
  }

  countRefusedLogin(): boolean {
    this.reportRefused();
    return ++this.#refusals >= this.#chat.limits.maxRefusals;
  }

  reportIgnored(opcode: Opcode, reason: IgnoredReason): void {
    this.#chat.observer.ignored(this, opcode, reason);
    if (this.hasControlChannel)
      (this.#sentIgnored ??= []).push(this.#chat.controlChannels.sendIgnored(this, reason));
  }

  countIgnored(opcode: Opcode, reason: IgnoredReason): void {
    this.reportIgnored(opcode, reason);
    if (++this.#ignored > this.#chat.limits.maxIgnored)
      this.close('not-allowed', 'too many ignored commands', 'too many commands that are not allowed');
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

  /** Sends a client that resumed what it may have missed: getting it twice does no harm. */
  resync(): void {
    // While it was detached it could not complete anything.
    if (this.#completeBy !== NEVER)
      this.#completeBy = deadline(this.#chat.awakeSeconds, this.#chat.limits.commandTime);
    for (const text of this.#sentIgnored ?? []) this.sendText(text);
    if (this.phase.name === 'identified') this.#chat.controlChannels.resync(this);
  }

  /** Detaches the stream and hands it over, with what came behind the last command: from here on it carries bytes (§4). */
  detachStream<Endpoint>(
    subject: Client,
    takeOver: (stream: ByteStream, rest: Uint8Array) => Endpoint,
  ): Endpoint {
    this.#settle();
    this.#chat.releaseToRelay(this);
    this.phase = ENDED;
    this.#control?.makeResumable({ ...subject, resync() {} }, true);
    return takeOver(this.#stream, this.#isPresenting ? this.#unread : this.#decoder.takeRest());
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

  #end(reason: EndReason): void {
    if (this.source.longSize === 8 && this.commandCount === 0 && isHalfLoginPrivate(this.#decoder.takeRest()))
      this.#chat.observer.wrongLongSize(this, 4);
    this.#chat.releaseSession(this, reason);
    this.phase = ENDED;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
