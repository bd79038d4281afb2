/** The input of a session: bytes become commands, in their turn, in time, and as fast as the rate limiter allows. */
import { Opcode } from '../../shared/protocol/commands.ts';
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import type { ThrottleReason } from '../../shared/protocol/reasons.ts';
import { unreadable } from '../../shared/protocol/closes.ts';
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { concat, NOTHING } from '../../shared/protocol/bytes.ts';
import { THROTTLED, UNORDERED } from '../../shared/stream/holds.ts';
import type { ChatContext, LocalSender } from './context.ts';
import { NEVER, deadline } from './limits/deadline.ts';
import { costOf, type ClientBucket, type Throttled } from './limits/rate-limiter.ts';

/** Cost of commands, and bytes of fan-out, that a client may cause before its token bucket is charged. */
const CHARGE_AT_COST = 8;
const CHARGE_AT_FAN_OUT = 512 * 1024;
/** Seconds between two reports of a client's throttling, to the log and to the client. */
const THROTTLED_EVERY = 10;

/** The input of one session. It holds the stream while its client is throttled, and while what that sends cannot be ordered. */
export class CommandInput implements Throttled {
  /** Commands decoded so far. */
  commandCount = 0;
  readonly #chat: ChatContext;
  readonly #stream: ByteStream;
  readonly #session: LocalSender;
  readonly #decoder: Decoder<'client'>;
  /** Time, in awake seconds, since which it could have been identified: anew at each refusal (D7), and when it is read again. */
  #unidentifiedSince: number;
  /** Deadline, in awake seconds, of the command that has begun. */
  #completeBy = NEVER;
  /** Token bucket, made when it is first charged. */
  #bucket: ClientBucket | null = null;
  #isThrottled = false;
  /** Time, in awake seconds, of the last report that it is throttled. */
  #throttledAt = -THROTTLED_EVERY;
  /** True while what it brings cannot be ordered, and is not read. */
  #isHeld = false;
  /** True once a LOGIN_PRIVATE waits for its turn, as the last command there can be. */
  #isPresenting = false;
  /** Bytes received and not handled: when it was throttled, or behind a LOGIN_PRIVATE. */
  #unread: Uint8Array = NOTHING;

  /** @param awakeSeconds time of its arrival */
  constructor(chat: ChatContext, stream: ByteStream, session: LocalSender, awakeSeconds: number) {
    this.#chat = chat;
    this.#stream = stream;
    this.#session = session;
    this.#decoder = new Decoder('client', session.source.longSize);
    this.#unidentifiedSince = awakeSeconds;
  }

  /** Handles the next bytes. */
  push(bytes: Uint8Array): void {
    if (this.#isPresenting) {
      this.#unread = concat(this.#unread, bytes);
      return;
    }
    this.#chat.counters.bytesIn += bytes.length;
    this.#decoder.push(bytes);
    // Input of a heavy sender is not handled before that of others.
    const isHeavy = this.#bucket !== null && this.#chat.rateLimiter.isHeavy(this.#bucket);
    if (!isHeavy || !this.#chargeCost(0, 0)) this.#handleCommands();
  }

  /** Handles what was left when it was throttled, then reads on. */
  resumeReading(): void {
    this.#isThrottled = false;
    if (this.#session.isOver) return;
    this.restartIdentifyTime();
    this.#decoder.push(this.#unread);
    this.#handleCommands();
    if (this.#hasStopped) return;
    this.#unread = NOTHING;
    this.#stream.release(THROTTLED);
  }

  /** Pauses reading, or reads on: what it brings cannot be ordered now. */
  holdForOrder(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    this.restartCommandTime();
    if (isHeld) this.#stream.hold(UNORDERED);
    else if (!this.#isPresenting) this.#stream.release(UNORDERED);
  }

  /** Gives a person time to think of another login (D7). */
  restartIdentifyTime(): void {
    this.#unidentifiedSince = this.#chat.awakeSeconds;
  }

  /** Gives a command that has begun its whole time again: while it was not read it could not complete anything. */
  restartCommandTime(): void {
    if (this.#completeBy !== NEVER) this.#startCommandTime();
  }

  /**
   * Says which time is over, if any. None is while this side reads nothing.
   * @param identifyTime in ms, as it is now (D7)
   */
  overdue(awakeSeconds: number, identifyTime: number): 'identification' | 'command' | null {
    if (this.#isHeld || this.#hasStopped) return null;
    const isUnidentified = this.#session.phase.name === 'unidentified';
    if (isUnidentified && awakeSeconds >= deadline(this.#unidentifiedSince, identifyTime))
      return 'identification';
    return awakeSeconds >= this.#completeBy ? 'command' : null;
  }

  /** Takes what came and was not handled: what is behind a LOGIN_PRIVATE are no commands (§4). */
  takeRest(): Uint8Array {
    return this.#isPresenting ? this.#unread : this.#decoder.takeRest();
  }

  /** Reports, now and then, that it is throttled: to the log, and to an identified browser client. */
  reportThrottled(reason: ThrottleReason): void {
    const { awakeSeconds, observer, controlChannels } = this.#chat;
    const isNews = awakeSeconds - this.#throttledAt >= THROTTLED_EVERY;
    observer.throttled(this.#session, reason, isNews);
    if (!isNews) return;
    this.#throttledAt = awakeSeconds;
    if (this.#session.hasControlChannel && this.#session.login !== null)
      controlChannels.sendThrottled(this.#session);
  }

  /** True when no more of it is to be handled. */
  get #hasStopped(): boolean {
    return this.#isThrottled || this.#isPresenting || this.#session.isOver;
  }

  /** Handles all commands that have come; those before an unreadable one count (D5). */
  #handleCommands(): void {
    const before = this.commandCount;
    const session = this.#session;
    try {
      this.#handleEach();
      if (session.isOver) return;
      const isNewCommand = this.#completeBy === NEVER || this.commandCount > before;
      // While it is not read it cannot complete anything.
      if (this.#decoder.atBoundary || this.#hasStopped) this.#completeBy = NEVER;
      else if (isNewCommand) this.#startCommandTime();
      if (session.hasControlChannel && this.#chat.isImmediate)
        this.#chat.controlChannels.scheduleAck(session);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      session.close(...unreadable(error.reason));
    }
  }

  #startCommandTime(): void {
    this.#completeBy = deadline(this.#chat.awakeSeconds, this.#chat.limits.commandTime);
  }

  /** Decodes and submits command by command, until there is no more, or it is throttled, or the session has ended. */
  #handleEach(): void {
    const decoder = this.#decoder;
    const session = this.#session;
    const { counters, rateLimiter } = this.#chat;
    let cost = 0;
    let fanOut = 0;
    for (let command = decoder.next(); command; command = decoder.next()) {
      const { raw } = decoder;
      const isLogin = command.opcode === Opcode.LOGIN;
      if (isLogin && this.#throttleLogin(raw)) return;
      this.commandCount++;
      counters.commandsIn[command.opcode]! += 1;
      const caused = this.#chat.submit(session, command, raw);
      if (session.phase.name === 'ended') return;
      // In its turn it ends the session, either way: what comes behind it is no command (§4).
      if (command.opcode === Opcode.LOGIN_PRIVATE) return this.#waitInTurn();
      // LOGINs are few in any case (D7), and a client that sends nothing else needs no bucket.
      if (!isLogin) cost += costOf(raw.length, caused / raw.length);
      fanOut += caused;
      if (cost < CHARGE_AT_COST && fanOut < CHARGE_AT_FAN_OUT && !rateLimiter.isUnderPressure) continue;
      if (this.#chargeCost(cost, fanOut)) return;
      cost = 0;
      fanOut = 0;
    }
    if (cost > 0) this.#chargeCost(cost, fanOut);
  }

  /** Charges the client's token bucket with what it caused; true when it is throttled for that. */
  #chargeCost(cost: number, fanOut: number): boolean {
    const { rateLimiter } = this.#chat;
    this.#bucket ??= rateLimiter.newBucket();
    const reason = rateLimiter.consume(this, this.#bucket, cost, fanOut);
    if (reason) this.#throttle(reason, NOTHING);
    return reason !== null;
  }

  /** Throttles at a LOGIN whose network is over its presence rate; true when it does. @param raw its bytes */
  #throttleLogin(raw: Uint8Array): boolean {
    const { rateLimiter, presenceRateLimiter } = this.#chat;
    const { phase, source } = this.#session;
    if (phase.name !== 'unidentified' || !presenceRateLimiter.isOver(source.network)) return false;
    rateLimiter.addThrottled(this, () => presenceRateLimiter.isOver(source.network));
    this.#throttle('too much coming and going', raw);
    return true;
  }

  /** Reads nothing more until `resumeReading`, and keeps all that is left for that, the command given before the rest. */
  #throttle(reason: ThrottleReason, command: Uint8Array): void {
    this.#isThrottled = true;
    this.#keepUnread(command);
    this.#stream.hold(THROTTLED);
    this.reportThrottled(reason);
  }

  /** Keeps what comes behind a LOGIN_PRIVATE that waits for its turn, and reads no more. */
  #waitInTurn(): void {
    this.#isPresenting = true;
    this.#keepUnread(NOTHING);
    this.#stream.hold(UNORDERED);
  }

  /** Keeps for `resumeReading` what has come: a command that was decoded and not handled, and the rest behind it. */
  #keepUnread(command: Uint8Array): void {
    const rest = this.#decoder.takeRest();
    if (command.length === 0 && rest.buffer === this.#unread.buffer) {
      // Copied once, and not again each time that a few commands of it were handled.
      this.#unread = rest;
      return;
    }
    this.#unread = concat(command, rest);
  }
}
