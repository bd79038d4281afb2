/** One connection that speaks commands: what phase it is in, and how it ends. */
import type { ByteStream, Closed, CloseKind, StreamHandler } from '../../shared/byte-stream.ts';
import type { IgnoredReason } from '../../shared/control.ts';
import { Decoder, UnreadableError } from '../../shared/decoder.ts';
import { THROTTLED } from '../../shared/holds.ts';
import { Opcode } from '../../shared/protocol.ts';
import { carryOut } from './commands.ts';
import { LOST, type EndReason, type Origin, type Subject } from './observer.ts';
import { Outbox, type OutboxOwner } from './outbox.ts';
import { weightOf, type Pace, type Paced } from './pacer.ts';
import type { Page } from './pages.ts';
import type { Member, Phase, Room } from './room.ts';

/** A connection that a page may resume after a drop. */
export interface Lasting extends Subject {
  /** The page is back: it may have missed what it was told beside the stream. */
  resync(): void;
}

/** A page's control channel (D28). */
export interface ControlChannel {
  /** Whether the page is there. */
  readonly isPresent: boolean;
  /** Sends a text message, if the page is there. */
  tell(text: string): void;
  /** From now on the connection is worth resuming: it is identified, or a leg. */
  lasting(lasting: Lasting, isLeg: boolean): void;
}

/** Far from every number of seconds, and as small for the engine. */
const NEVER = 2 ** 30;

/** What a client may cause before it is looked whether that is too much: commands by weight, bytes of fan-out. */
const STRIDE = 64;
const FAN_OUT_STRIDE = 4 * 1024 * 1024;

const NOTHING = new Uint8Array(0);
const UNIDENTIFIED: Phase = { name: 'unidentified' };
const ENDED: Phase = { name: 'ended' };

export class Session implements StreamHandler, OutboxOwner, Member, Page, Paced {
  readonly id: number;
  readonly origin: Origin;
  readonly outbox: Outbox;
  phase: Phase = UNIDENTIFIED;
  carriedOut = 0;
  commands = 0;
  readonly since: number;
  readonly #control: ControlChannel | null;
  readonly #room: Room;
  readonly #stream: ByteStream;
  readonly #decoder: Decoder;
  /** In the room's seconds: when it must be identified, and when the command that has begun must be complete. */
  #identifiedBy: number;
  #completeBy = NEVER;
  /** Made with the first command behind the identification. */
  #pace: Pace | null = null;
  /** What had come when it was held back. */
  #unread: Uint8Array = NOTHING;
  #refusals = 0;
  #ignored = 0;
  /** What a page was told of ignored commands, for when it may have missed it. */
  #toldIgnored: string[] | null = null;

  constructor(room: Room, stream: ByteStream, origin: Origin, id: number, control: ControlChannel | null) {
    this.#room = room;
    this.#stream = stream;
    this.id = id;
    this.#control = control;
    this.origin = origin;
    this.since = Math.trunc(room.clock.now());
    this.outbox = new Outbox(stream, room.limits.maxOutboxBytes, this);
    this.#decoder = new Decoder('client', origin.longSize);
    this.#identifiedBy = deadline(room.seconds, room.limits.identifyTime);
    stream.attach(this);
  }

  /** Bytes that the client has not yet taken. */
  get untaken(): number {
    return this.#stream.buffered;
  }

  /** Whether a page is at the other end, with a control channel (D28). */
  get isPage(): boolean {
    return this.#control !== null;
  }

  get login(): string | null {
    return this.phase.name === 'identified' ? this.phase.login : null;
  }

  onData(bytes: Uint8Array): void {
    if (this.phase.name === 'ended') return;
    this.#room.tally.bytesIn += bytes.length;
    this.#decoder.push(bytes);
    this.#carryOutAll();
  }

  /** Carries out what was left when it was held back, then reads on. */
  goOn(): void {
    this.#decoder.push(this.#unread);
    this.#carryOutAll();
    if (!this.#pace?.isHeld) this.#unread = NOTHING;
    if (this.phase.name !== 'ended' && !this.#pace?.isHeld) this.#stream.release(THROTTLED);
  }

  /** What came correctly before an unreadable command counts (D5). */
  #carryOutAll(): void {
    const before = this.commands;
    try {
      this.#carryOutEach();
      if (this.phase.name === 'ended') return;
      const isNewCommand = this.#completeBy === NEVER || this.commands > before;
      // While it is not read it cannot complete anything.
      if (this.#decoder.atBoundary || this.#pace?.isHeld) this.#completeBy = NEVER;
      else if (isNewCommand) this.#completeBy = deadline(this.#room.seconds, this.#room.limits.commandTime);
      if (this.isPage) this.#room.pages.acknowledge(this);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.close('unreadable', error.reason, `cannot be read: ${error.reason}`);
    }
  }

  /** Decodes and carries out, command by command, until there is no more, or it is held back, or it has ended. */
  #carryOutEach(): void {
    const decoder = this.#decoder;
    const { tally } = this.#room;
    let weight = 0;
    let paid = tally.fanOut;
    for (let frame = decoder.next(); frame; frame = decoder.next()) {
      const { raw } = decoder;
      this.carriedOut += raw.length;
      this.commands++;
      tally.commandsIn[frame.opcode]! += 1;
      // Those are few in any case (D7), and who says nothing else is to cost no memory for it.
      if (frame.opcode !== Opcode.LOGIN) weight += weightOf(raw);
      carryOut(this.#room, this, frame, raw);
      if (this.phase.name === 'ended') return;
      if (weight < STRIDE && tally.fanOut - paid < FAN_OUT_STRIDE && !this.#room.pacer.isTight) continue;
      if (this.#pay(weight, tally.fanOut - paid)) {
        const rest = decoder.takeRest();
        // Copied once, and not again each time that a few commands of it were carried out.
        this.#unread = rest.buffer === this.#unread.buffer ? rest : new Uint8Array(rest);
        return;
      }
      weight = 0;
      paid = tally.fanOut;
    }
    if (weight > 0) this.#pay(weight, tally.fanOut - paid);
  }

  /** Has what it caused counted; true when it is held back for that. */
  #pay(weight: number, fanOut: number): boolean {
    const { pacer, observer } = this.#room;
    this.#pace ??= pacer.newPace();
    const reason = pacer.charge(this, this.#pace, weight, fanOut);
    if (!reason) return false;
    this.#stream.hold(THROTTLED);
    observer.heldBack(this, reason);
    return true;
  }

  /** A client that ends its writing leaves, once all that is queued for it is sent (D9). */
  onEnd(): void {
    if (!this.#settle()) return;
    this.#stream.end();
    this.#end('left', false);
  }

  onDrain(): void {
    if (this.isPage) this.#room.pages.goOn();
  }

  /** What the client had sent correctly before counts, and is answered (D5). */
  onFault(): void {
    if (this.#settle()) this.#end('transport rules broken', true);
  }

  onClose({ givenUp }: Closed): void {
    if (this.phase.name === 'ended') return;
    this.#room.broadcast.drop(this.outbox);
    this.#end(LOST[givenUp ?? 'lost'], givenUp !== undefined);
  }

  /** Ends the connection when a time is over. */
  look(seconds: number): void {
    if (this.phase.name === 'unidentified' && seconds >= this.#identifiedBy)
      this.close('not-allowed', 'not identified in time', 'not identified in time');
    else if (seconds >= this.#completeBy && this.#control?.isPresent !== false)
      this.close('not-allowed', 'command not completed in time', 'a command was not completed in time');
  }

  onTooSlow(): void {
    if (this.phase.name === 'ended') return;
    // What it did not take cannot be sent any more, and the reason can only be said on a WebSocket, if at all.
    this.#room.broadcast.drop(this.outbox);
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

  /** Counts a refused LOGIN; true when it was one too many (D7). */
  refuse(): boolean {
    return ++this.#refusals >= this.#room.limits.maxRefusals;
  }

  /** Counts a command that is not carried out; one too many ends the connection (D6). */
  ignore(opcode: Opcode, reason: IgnoredReason): void {
    this.#room.observer.ignored(this, opcode, reason);
    if (this.isPage) (this.#toldIgnored ??= []).push(this.#room.pages.ignored(this, reason));
    if (++this.#ignored > this.#room.limits.maxIgnored)
      this.close('not-allowed', 'too many ignored commands', 'too many commands that are not allowed');
  }

  flush(): void {
    if (this.phase.name !== 'ended') this.#room.broadcast.flush(this.outbox);
  }

  tell(text: string): void {
    if (this.phase.name === 'ended') return;
    this.#control?.tell(text);
    if (this.#stream.buffered > this.#room.limits.maxOutboxBytes) this.onTooSlow();
  }

  /** It is identified: a page may come back to it. */
  becomeLasting(): void {
    this.#control?.lasting(this, false);
  }

  /** Tells a page that is back what it may have missed: all of it can be heard twice. */
  resync(): void {
    // While it was away it could not complete anything.
    if (this.#completeBy !== NEVER)
      this.#completeBy = deadline(this.#room.seconds, this.#room.limits.commandTime);
    for (const text of this.#toldIgnored ?? []) this.tell(text);
    if (this.phase.name === 'identified') this.#room.pages.resync(this);
  }

  /** Ends without a word: its connection goes on as another's (D28). */
  withdraw(): void {
    if (this.phase.name === 'ended') return;
    this.#room.broadcast.drop(this.outbox);
    this.#end('went on as another', false);
  }

  /** Hands the stream over, with what came behind the last command: from here on it carries bytes (§4). */
  becomeLeg<Leg>(subject: Subject, takeOver: (stream: ByteStream, rest: Uint8Array) => Leg): Leg {
    this.#settle();
    this.#room.handOver(this);
    this.phase = ENDED;
    this.#control?.lasting({ ...subject, resync() {} }, true);
    return takeOver(this.#stream, this.#decoder.takeRest());
  }

  /** Writes what is queued, before an end. False when the session has ended, if only by being too slow for that. */
  #settle(): boolean {
    if (this.phase.name !== 'ended') this.#room.broadcast.settle(this.outbox);
    return this.phase.name !== 'ended';
  }

  /** Tells a page what was dealt with, before an end. False when that, too, was more than it takes. */
  #sayLastAck(): boolean {
    if (this.isPage) this.#room.pages.sayLastAck(this);
    return this.phase.name !== 'ended';
  }

  #end(reason: EndReason, forCause: boolean): void {
    this.#room.forget(this, reason, forCause);
    this.phase = ENDED;
  }
}

/** The second by which `ms` from now are certainly over: the present second may be nearly over itself. */
function deadline(seconds: number, ms: number): number {
  return Math.min(NEVER, seconds + Math.ceil(ms / 1000) + 1);
}
