/** One connection that speaks commands: what phase it is in, and how it ends. */
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import { THROTTLED } from '../../shared/stream/holds.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { handleCommand } from './commands.ts';
import { isHalfLoginPrivate } from './private/long-size.ts';
import { type Origin, type Client } from './environment/observer.ts';
import { Outbox, type OutboxOwner } from './delivery/outbox.ts';
import { NEVER, deadline } from './limits/deadline.ts';
import { costOf, type ClientBucket, type Throttled } from './limits/rate-limiter.ts';
import type { BrowserClient } from './control-channel.ts';
import type { CommandSender, Phase, ChatContext } from './room.ts';
import {
  type CloseKind,
  type IgnoredReason,
  type EndReason,
  LOST,
  type ThrottleReason,
} from '../../shared/protocol/reasons.ts';

/** When a connection came. */
export interface Arrival {
  /** In whole ms of the clock of the rules. */
  readonly since: number;
  /** In seconds during which the process was awake. */
  readonly seconds: number;
}

/** A connection that a page may resume after a drop. */
export interface Resumable extends Client {
  /** The page is back: it may have missed what it was told beside the stream. */
  resync(): void;
}

/** A page's control channel (D28). */
export interface ControlChannel {
  /** Whether the page is there. */
  readonly isPresent: boolean;
  /** Sends a text message, if the page is there. */
  sendText(text: string): void;
  /** From now on the connection is worth resuming: it is identified, or a leg. */
  makeResumable(resumable: Resumable, isLeg: boolean): void;
}

/** What a client may cause before it is looked whether that is too much: cost of commands, bytes of fan-out. */
const STRIDE = 8;
const FAN_OUT_STRIDE = 512 * 1024;
/** Seconds between two times that a client that is throttled is told so, and the log. */
const THROTTLED_EVERY = 10;

const NOTHING = new Uint8Array(0);
const UNIDENTIFIED: Phase = { name: 'unidentified' };
const ENDED: Phase = { name: 'ended' };

export class Session implements StreamHandler, OutboxOwner, CommandSender, BrowserClient, Throttled {
  readonly id: number;
  readonly origin: Origin;
  readonly outbox: Outbox;
  phase: Phase = UNIDENTIFIED;
  handledBytes = 0;
  commandCount = 0;
  readonly since: number;
  readonly #control: ControlChannel | null;
  readonly #room: ChatContext;
  readonly #stream: ByteStream;
  readonly #decoder: Decoder<'client'>;
  /** In the room's seconds: since when it could have been identified, anew at each refusal (D7). */
  #unidentifiedSince: number;
  /** And when the command that has begun must be complete. */
  #completeBy = NEVER;
  /** Made with the first command behind the identification. */
  #bucket: ClientBucket | null = null;
  #isThrottled = false;
  /** In the room's seconds: when it was last said that it is throttled. */
  #throttledAt = -THROTTLED_EVERY;
  /** What had come when it was held back. */
  #unread: Uint8Array = NOTHING;
  #refusals = 0;
  #ignored = 0;
  /** What a page was told of ignored commands, for when it may have missed it. */
  #toldIgnored: string[] | null = null;

  constructor(
    room: ChatContext,
    stream: ByteStream,
    origin: Origin,
    id: number,
    control: ControlChannel | null,
    arrival: Arrival,
  ) {
    this.#room = room;
    this.#stream = stream;
    this.id = id;
    this.#control = control;
    this.origin = origin;
    this.since = arrival.since;
    this.outbox = new Outbox(stream, room.limits.maxOutboxBytes, this);
    this.#decoder = new Decoder('client', origin.longSize);
    this.#unidentifiedSince = arrival.seconds;
    stream.attach(this);
  }

  /** Bytes that the client has not yet taken. */
  get pendingBytes(): number {
    return this.#stream.buffered;
  }

  /** Whether a page is at the other end, with a control channel (D28). */
  get hasControlChannel(): boolean {
    return this.#control !== null;
  }

  get login(): string | null {
    return this.phase.name === 'identified' ? this.phase.login : null;
  }

  onData(bytes: Uint8Array): void {
    if (this.phase.name === 'ended') return;
    this.#room.counters.bytesIn += bytes.length;
    this.#decoder.push(bytes);
    // Who has said much already does not stand before the others with what it says now.
    if (this.#bucket && this.#room.rateLimiter.isHeavy(this.#bucket) && this.#chargeCost(0, 0))
      this.#keepUnread(NOTHING);
    else this.#handleCommands();
  }

  /** Carries out what was left when it was held back, then reads on. */
  resumeReading(): void {
    this.#isThrottled = false;
    this.#unidentifiedSince = this.#room.seconds;
    this.#decoder.push(this.#unread);
    this.#handleCommands();
    if (this.#hasStopped) return;
    this.#unread = NOTHING;
    this.#stream.release(THROTTLED);
  }

  /** Whether nothing of this session's is to be read. */
  get #hasStopped(): boolean {
    return this.#isThrottled || this.phase.name === 'ended';
  }

  /** What came correctly before an unreadable command counts (D5). */
  #handleCommands(): void {
    const before = this.commandCount;
    try {
      this.#handleEach();
      if (this.phase.name === 'ended') return;
      const isNewCommand = this.#completeBy === NEVER || this.commandCount > before;
      // While it is not read it cannot complete anything.
      if (this.#decoder.atBoundary || this.#isThrottled) this.#completeBy = NEVER;
      else if (isNewCommand) this.#completeBy = deadline(this.#room.seconds, this.#room.limits.commandTime);
      if (this.hasControlChannel) this.#room.controlChannels.scheduleAck(this);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.close('unreadable', error.reason, `cannot be read: ${error.reason}`);
    }
  }

  /** Decodes and carries out, command by command, until there is no more, or it is held back, or it has ended. */
  #handleEach(): void {
    const decoder = this.#decoder;
    const { counters, rateLimiter } = this.#room;
    let cost = 0;
    let fanOut = 0;
    for (let frame = decoder.next(); frame; frame = decoder.next()) {
      const { raw } = decoder;
      const isLogin = frame.opcode === Opcode.LOGIN;
      if (isLogin && this.#mustWait()) return this.#keepUnread(raw);
      this.handledBytes += raw.length;
      this.commandCount++;
      counters.commandsIn[frame.opcode]! += 1;
      const caused = handleCommand(this.#room, this, frame.opcode, frame, raw);
      if (this.phase.name === 'ended') return;
      // Those are few in any case (D7), and who says nothing else is to cost no memory for it.
      if (!isLogin) cost += costOf(raw.length, caused / raw.length);
      fanOut += caused;
      if (cost < STRIDE && fanOut < FAN_OUT_STRIDE && !rateLimiter.isUnderPressure) continue;
      if (this.#chargeCost(cost, fanOut)) return this.#keepUnread(NOTHING);
      cost = 0;
      fanOut = 0;
    }
    if (cost > 0) this.#chargeCost(cost, fanOut);
  }

  /** Has what it caused counted; true when it is held back for that. */
  #chargeCost(cost: number, fanOut: number): boolean {
    const { rateLimiter } = this.#room;
    this.#bucket ??= rateLimiter.newBucket();
    const reason = rateLimiter.consume(this, this.#bucket, cost, fanOut);
    if (reason) this.#throttle(reason);
    return reason !== null;
  }

  /** Holds a LOGIN back whose network has caused too much coming and going; true when it does. */
  #mustWait(): boolean {
    const { rateLimiter, presenceBudget: presence } = this.#room;
    const { network } = this.origin;
    if (this.phase.name !== 'unidentified' || !presence.isOver(network)) return false;
    rateLimiter.throttle(this, () => presence.isOver(network));
    this.#throttle('too much coming and going');
    return true;
  }

  /** Reads nothing more until `goOn`. */
  #throttle(reason: ThrottleReason): void {
    this.#isThrottled = true;
    this.#stream.hold(THROTTLED);
    this.#reportThrottled(reason);
  }

  /** Keeps for `goOn` what has come: a command that was read and not carried out, and the rest behind it. */
  #keepUnread(command: Uint8Array): void {
    const rest = this.#decoder.takeRest();
    if (command.length === 0 && rest.buffer === this.#unread.buffer) {
      // Copied once, and not again each time that a few commands of it were carried out.
      this.#unread = rest;
      return;
    }
    this.#unread = new Uint8Array(command.length + rest.length);
    this.#unread.set(command);
    this.#unread.set(rest, command.length);
  }

  /** Says, now and then, that it is throttled: to the log, and to a page that is in the room. */
  #reportThrottled(reason: ThrottleReason): void {
    const { seconds, observer, controlChannels: pages } = this.#room;
    const isNews = seconds - this.#throttledAt >= THROTTLED_EVERY;
    observer.throttled(this, reason, isNews);
    if (!isNews) return;
    this.#throttledAt = seconds;
    if (this.hasControlChannel && this.login !== null) pages.sendThrottled(this);
  }

  /** Its transport does not read for a while, since it had too many messages that are no commands. */
  onThrottled(): void {
    if (this.phase.name !== 'ended') this.#reportThrottled('too many control messages');
  }

  /** A client that ends its writing leaves, once all that is queued for it is sent (D9). */
  onEnd(): void {
    if (!this.#settle()) return;
    this.#stream.end();
    this.#end('left', false);
  }

  onDrain(): void {
    if (this.hasControlChannel) this.#room.controlChannels.resumeReading();
  }

  /** What the client had sent correctly before counts, and is answered (D5). */
  onFault(): void {
    if (this.#settle()) this.#end('transport rules broken', true);
  }

  onClose({ givenUp }: Closed): void {
    if (this.phase.name === 'ended') return;
    this.#room.broadcast.remove(this.outbox);
    this.#end(LOST[givenUp ?? 'lost'], givenUp !== undefined);
  }

  /**
   * Ends the connection when a time is over.
   * @param identifyTime in ms, as it is now (D7)
   */
  checkTimeouts(seconds: number, identifyTime: number): void {
    if (this.#isThrottled) return;
    if (this.phase.name === 'unidentified' && seconds >= deadline(this.#unidentifiedSince, identifyTime))
      this.close('not-allowed', 'not identified in time', 'not identified in time');
    else if (seconds >= this.#completeBy && this.#control?.isPresent !== false)
      this.close('not-allowed', 'command not completed in time', 'a command was not completed in time');
  }

  onTooSlow(): void {
    if (this.phase.name === 'ended') return;
    // What it did not take cannot be sent any more, and the reason can only be said on a WebSocket, if at all.
    this.#room.broadcast.remove(this.outbox);
    this.#stream.close('too-slow', 'too slow: too much was waiting to be taken');
    this.#end('too slow', true);
  }

  /** Ends the connection for cause; its queue is still sent, and the reason in words where there is a way (D5, D26). */
  close(kind: CloseKind, reason: EndReason, words: string): void {
    if (!this.#settle() || !this.#sayLastAck()) return;
    this.#stream.close(kind, words);
    this.#end(reason, kind !== 'going-away');
  }

  /** Ends the connection because the server goes away. */
  goAway(): void {
    this.close('going-away', 'server going away', 'the server is going away');
  }

  /** Counts a refused LOGIN, after which a person has to think of another; true when it was one too many (D7). */
  countRefusedLogin(): boolean {
    this.#unidentifiedSince = this.#room.seconds;
    return ++this.#refusals >= this.#room.limits.maxRefusals;
  }

  /** Counts a command that is not carried out; one too many ends the connection (D6). */
  countIgnored(opcode: Opcode, reason: IgnoredReason): void {
    this.#room.observer.ignored(this, opcode, reason);
    if (this.hasControlChannel)
      (this.#toldIgnored ??= []).push(this.#room.controlChannels.sendIgnored(this, reason));
    if (++this.#ignored > this.#room.limits.maxIgnored)
      this.close('not-allowed', 'too many ignored commands', 'too many commands that are not allowed');
  }

  flush(): void {
    if (this.phase.name !== 'ended') this.#room.broadcast.flush(this.outbox);
  }

  sendText(text: string): void {
    if (this.phase.name === 'ended') return;
    this.#control?.sendText(text);
    if (this.#stream.buffered > this.#room.limits.maxOutboxBytes) this.onTooSlow();
  }

  /** It is identified: a page may come back to it. */
  makeResumable(): void {
    this.#control?.makeResumable(this, false);
  }

  /** Tells a page that is back what it may have missed: all of it can be heard twice. */
  resync(): void {
    // While it was away it could not complete anything.
    if (this.#completeBy !== NEVER)
      this.#completeBy = deadline(this.#room.seconds, this.#room.limits.commandTime);
    for (const text of this.#toldIgnored ?? []) this.sendText(text);
    if (this.phase.name === 'identified') this.#room.controlChannels.resync(this);
  }

  /** Hands the stream over, with what came behind the last command: from here on it carries bytes (§4). */
  detachStream<Leg>(subject: Client, takeOver: (stream: ByteStream, rest: Uint8Array) => Leg): Leg {
    this.#settle();
    this.#room.releaseToRelay(this);
    this.phase = ENDED;
    this.#control?.makeResumable({ ...subject, resync() {} }, true);
    return takeOver(this.#stream, this.#decoder.takeRest());
  }

  /** Writes what is queued, before an end. False when the session has ended, if only by being too slow for that. */
  #settle(): boolean {
    if (this.phase.name !== 'ended') this.#room.broadcast.settle(this.outbox);
    return this.phase.name !== 'ended';
  }

  /** Tells a page what was dealt with, before an end. False when that, too, was more than it takes. */
  #sayLastAck(): boolean {
    if (this.hasControlChannel) this.#room.controlChannels.sendLastAck(this);
    return this.phase.name !== 'ended';
  }

  #end(reason: EndReason, forCause: boolean): void {
    if (this.origin.longSize === 8 && this.commandCount === 0 && isHalfLoginPrivate(this.#decoder.takeRest()))
      this.#room.observer.wrongLongSize(this, 4);
    this.#room.releaseSession(this, reason, forCause);
    this.phase = ENDED;
  }
}
