/** Seats: what every node knows of each connection, to whichever node, that has said something. */
import type { Opcode } from '../../shared/protocol/commands.ts';
import type { CloseKind, EndReason, IgnoredReason, RefusedReason } from '../../shared/protocol/reasons.ts';
import { TOO_MANY_IGNORED } from '../../shared/protocol/closes.ts';
import type { Outbox } from '../chat/delivery/outbox.ts';
import type { Source } from '../chat/environment/observer.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { RelayEndpoint } from '../chat/private/relay.ts';
import type { WaitingEndpoint } from '../chat/private/relay-endpoints.ts';
import { ENDED, UNIDENTIFIED, type CommandSender, type LocalSender, type Phase } from '../chat/context.ts';
import type { SessionName } from './mesh.ts';

/** Source of a connection to another node: what it does costs that node, and is limited there. */
const ELSEWHERE: Source = { transport: 'tcp', address: '', network: null, longSize: 4 };

type SeatLimits = Pick<Limits, 'maxRefusals' | 'maxIgnored'>;

/** State of a seat as a snapshot has it. */
export interface SavedSeat {
  readonly name: SessionName;
  readonly login: string | null;
  /** Key of the login, where that is another. */
  readonly key: string | null;
  readonly refusals: number;
  readonly ignored: number;
  readonly waitsFor: number | null;
}

export class Seat implements CommandSender, WaitingEndpoint {
  readonly name: SessionName;
  /** Number of the session at its own node. */
  readonly id: number;
  readonly source: Source;
  readonly since = 0;
  readonly commandCount = 0;
  /** Key of the login, while identified. */
  key: string | null = null;
  /** The connect_id that it has presented as the first, until the second comes. */
  waitsFor: number | null = null;
  /** Its endpoint while it waits for the second and afterwards, at its own node. */
  endpoint: RelayEndpoint | null = null;
  /** The connection, as events describe it once it is an endpoint. */
  subject: WaitingEndpoint['subject'] = this;
  refusals = 0;
  ignored = 0;
  readonly #session: LocalSender | null;
  readonly #limits: SeatLimits;
  readonly #drop: (seat: Seat) => void;
  #phase = UNIDENTIFIED;

  /**
   * @param session the session, at its own node
   * @param drop frees all that it holds in the room, as it ends
   */
  constructor(
    name: SessionName,
    session: LocalSender | null,
    limits: SeatLimits,
    drop: (seat: Seat) => void,
  ) {
    this.name = name;
    this.id = name.session;
    this.#session = session;
    this.source = session?.source ?? ELSEWHERE;
    this.#limits = limits;
    this.#drop = drop;
  }

  /** Its session, as long as anything can be written to the client. */
  get local(): LocalSender | null {
    return this.#session?.isCut === false ? this.#session : null;
  }

  /** True at its own node. */
  get isHere(): boolean {
    return this.#session !== null;
  }

  /** Its session, which can become an endpoint; null elsewhere, or when that is over already. */
  get presenter(): LocalSender | null {
    return this.#session?.isOver === false ? this.#session : null;
  }

  /** Finishes its session, if that waits for its end: nothing that it has sent is left. */
  finish(): void {
    this.#session?.finish();
  }

  get outbox(): Outbox | null {
    return this.local?.outbox ?? null;
  }

  get login(): string | null {
    return this.#phase.name === 'identified' ? this.#phase.login : null;
  }

  get phase(): Phase {
    return this.#phase;
  }

  set phase(phase: Phase) {
    this.#phase = phase;
    if (this.#session && phase.name === 'identified') this.#session.phase = phase;
  }

  /** Marks it as ended, once what it holds is freed. */
  markEnded(): void {
    this.#phase = ENDED;
  }

  close(kind: CloseKind, reason: EndReason, words: string): void {
    this.#drop(this);
    this.#session?.endNow(kind, reason, words);
  }

  countRefusedLogin(reason: RefusedReason): boolean {
    this.local?.reportRefused(reason);
    return ++this.refusals >= this.#limits.maxRefusals;
  }

  countIgnored(opcode: Opcode, reason: IgnoredReason): void {
    this.local?.reportIgnored(opcode, reason);
    if (++this.ignored > this.#limits.maxIgnored) this.close(...TOO_MANY_IGNORED);
  }

  save(): SavedSeat {
    const { name, login, refusals, ignored, waitsFor } = this;
    return { name, login, key: this.key === login ? null : this.key, refusals, ignored, waitsFor };
  }
}

/** All seats, by the incarnation of their node and the number of the session there. */
export class Seats {
  readonly #byNode = new Map<string, Map<number, Seat>>();

  find({ incarnation, session }: SessionName): Seat | undefined {
    return this.#byNode.get(incarnation)?.get(session);
  }

  add(seat: Seat): void {
    const { incarnation, session } = seat.name;
    const seats = this.#byNode.get(incarnation) ?? new Map<number, Seat>();
    this.#byNode.set(incarnation, seats.set(session, seat));
  }

  delete({ name: { incarnation, session } }: Seat): void {
    const seats = this.#byNode.get(incarnation);
    if (seats?.delete(session) && seats.size === 0) this.#byNode.delete(incarnation);
  }

  of(incarnation: string): Seat[] {
    return [...(this.#byNode.get(incarnation)?.values() ?? [])];
  }

  all(): Seat[] {
    return [...this.#byNode.values()].flatMap((seats) => [...seats.values()]);
  }
}
