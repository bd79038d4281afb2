/**
 * Carries out the commands of the log, for the seats of their connections, by the same rules as without a cluster. Nothing in
 * here asks another node, or a clock: seats, logins and negotiations follow from the entries, and so are equal at all nodes.
 */
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import { Opcode, type CommandFrom } from '../../shared/protocol/commands.ts';
import { LAPSED } from '../../shared/protocol/closes.ts';
import type { Chat, ChatOptions } from '../chat/chat.ts';
import { handleCommand } from '../chat/commands.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { CommandSender, CheckedLogin, LocalSender } from '../chat/context.ts';
import type { CrossNodeRelays, NodeOf } from './cross-node-relays.ts';
import { aboutLogin } from './command-head.ts';
import type { SessionName } from './mesh.ts';
import type { CommandHead } from './records.ts';
import { Seat, Seats, type SavedSeat } from './seats.ts';

export interface ExecutionOptions {
  readonly limits: Limits;
  readonly relays: CrossNodeRelays;
  /** The session of a name, at its own node; null elsewhere. */
  readonly sessionOf: (name: SessionName) => LocalSender | null;
  /** The node of a seat; undefined when that is gone. */
  readonly nodeOf: NodeOf;
  /** Called when a seat is freed of all that it held. */
  readonly onReleased: (seat: Seat) => void;
  /** Called when the endpoint of a seat has ended, at its own node, before the second has come. */
  readonly onBroken: (seat: Seat) => void;
}

export class Execution {
  readonly seats = new Seats();
  /** Outcome of the check of the login in the command that is being carried out. */
  checkedLogin: CheckedLogin | null = null;
  readonly #options: ExecutionOptions;
  readonly #decoders = { 4: new Decoder('client', 4), 8: new Decoder('client', 8) };
  #chat!: Chat;
  #seed = 0;
  #network: string | null = null;
  /** Seats that have presented a connect_id as the first. */
  #waiting = 0;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /** Options of the chat whose commands are carried out here. */
  get chatOptions(): Pick<ChatOptions, 'randomId' | 'onLapse'> {
    return {
      // Chance is in the record; an id that is taken is followed by the next.
      randomId: () => (this.#seed = (this.#seed + 1) | 0),
      onLapse: (waiting) => this.#lapsed(waiting as Seat),
    };
  }

  attach(chat: Chat): void {
    this.#chat = chat;
    this.#options.relays.attach(chat);
  }

  /** Carries out a command of the session of this name. */
  command(name: SessionName, head: CommandHead, raw: Uint8Array): void {
    let seat = this.seats.find(name);
    if (!seat && head.isFirst) {
      seat = this.#newSeat(name, this.#options.sessionOf(name));
      this.seats.add(seat);
    }
    // Commands behind its end by the rules count for nothing, as without a cluster.
    if (!seat) return;
    const command = this.#decode(head, raw);
    if (!command) return;
    const { local } = seat;
    if (local) local.handledBytes += raw.length;
    this.checkedLogin = { isAllowed: head.isAllowed, key: head.key ?? aboutLogin(command) ?? '' };
    this.#seed = ((head.seed ?? 0) - 1) | 0;
    this.#network = head.network;
    handleCommand(this.#chat, seat, command.opcode, command, raw);
    if (command.opcode === Opcode.LOGIN && seat.login !== null) seat.key ??= this.checkedLogin.key;
    this.checkedLogin = null;
    if (local?.hasControlChannel && local.phase.name !== 'ended')
      this.#chat.controlChannels.scheduleAck(local);
  }

  /** Carries out a LOGIN_PRIVATE, within its command. */
  present(sender: CommandSender, connectId: number): void {
    // Whoever submits a command has a seat.
    const seat = sender as Seat;
    const { relays, limits, nodeOf, onBroken } = this.#options;
    const hasRoom = this.#waiting < limits.maxWaitingLegs;
    const first = this.#chat.endpoints.redeemOrClose(seat, connectId, this.#network, () =>
      hasRoom ? seat : null,
    );
    if (first === null) return;
    if (first === 'first') {
      seat.waitsFor = connectId;
      this.#waiting++;
      relays.takeOver(seat, connectId, () => onBroken(seat));
      return;
    }
    relays.takeOver(seat, connectId, () => {});
    // Every endpoint of a cluster is a seat.
    const other = first as Seat;
    this.release(other);
    this.release(seat);
    relays.establish(other, seat, connectId, nodeOf);
  }

  /** Frees all that a seat holds: its login, its requests, the connect_id on which it waits. */
  release(seat: Seat): void {
    this.seats.delete(seat);
    if (seat.login !== null) this.#chat.releaseLogin(seat, seat.login, seat.key ?? undefined);
    if (seat.waitsFor !== null) {
      this.#waiting--;
      this.#chat.negotiation.revoke(seat.waitsFor);
      seat.waitsFor = null;
    }
    this.#options.onReleased(seat);
    seat.markEnded();
  }

  /** Frees all that the clients of a node hold, as it is dead or has left: from here on their logins can be taken. */
  releaseNode(incarnation: string): void {
    for (const seat of this.seats.of(incarnation)) this.release(seat);
  }

  /** Restores a seat of a snapshot. */
  restore({ name, login, key, refusals, ignored, waitsFor }: SavedSeat): void {
    const seat = this.#newSeat(name, null);
    this.seats.add(seat);
    Object.assign(seat, { refusals, ignored, waitsFor });
    if (waitsFor !== null) this.#waiting++;
    if (login === null) return;
    seat.key = key ?? login;
    this.checkedLogin = { isAllowed: true, key: seat.key };
    this.#chat.identify(seat, login);
    this.checkedLogin = null;
  }

  /** The seat of a name that a snapshot mentions; one that is gone is asked for nothing any more. */
  seatOf(name: SessionName): Seat {
    return this.seats.find(name) ?? this.#newSeat(name, null);
  }

  /** Frees all seats. */
  clear(): void {
    for (const seat of this.seats.all()) this.release(seat);
    this.#waiting = 0;
  }

  /** The command again; null for one that cannot be read, which its own node would not have written. */
  #decode({ longSize }: CommandHead, raw: Uint8Array): CommandFrom<'client'> | null {
    try {
      const decoder = this.#decoders[longSize];
      if (!decoder.atBoundary) decoder.takeRest();
      decoder.push(raw);
      return decoder.next();
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.#decoders[longSize] = new Decoder('client', longSize);
      return null;
    }
  }

  /** A connect_id has lapsed on which a seat was waiting; the negotiation has forgotten it. */
  #lapsed(seat: Seat): void {
    this.release(seat);
    seat.endpoint?.close(LAPSED);
  }

  #newSeat(name: SessionName, session: LocalSender | null): Seat {
    return new Seat(name, session, this.#options.limits, (seat) => this.release(seat));
  }
}
