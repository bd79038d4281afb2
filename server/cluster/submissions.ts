/**
 * Sessions of this node, and what they have submitted to the log: how much of it is not carried out yet, and whether they are
 * read meanwhile.
 */
import type { CommandFrom } from '../../shared/protocol/commands.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import type { LocalSender } from '../chat/context.ts';
import { headOf, type HeadOptions } from './command-head.ts';
import type { Writer } from './replicated-log.ts';
import { encodeCommand } from './records.ts';

/** Bytes of commands that are submitted and not carried out, from which on nothing more is read, and up to which. */
const MAX_SUBMITTED = 4 * 1024 * 1024;
const FEW_SUBMITTED = MAX_SUBMITTED / 2;
/** Bytes that a record counts for besides its own: thousands of tiny ones take more memory than their bytes. */
const RECORD = 256;

export interface SubmissionsOptions extends HeadOptions {
  /** All sessions of this node. */
  readonly sessions: () => Iterable<LocalSender>;
  /** Clients of the room, to each of which a message goes. */
  readonly clients: () => number;
}

export class Submissions {
  readonly #options: SubmissionsOptions;
  /** Sessions that have submitted something, by their number. */
  readonly #sessions = new Map<number, LocalSender>();
  /** Sessions that are held by themselves, whatever the log does. */
  readonly #held = new Set<LocalSender>();
  /** Bytes of commands that were submitted here and are not carried out, with {@link RECORD} for each. */
  #bytes = 0;
  #isStalled = false;
  #isHeld = false;

  constructor(options: SubmissionsOptions) {
    this.#options = options;
  }

  find(session: number): LocalSender | undefined {
    return this.#sessions.get(session);
  }

  /** Has the end of a session go through the log from now on. */
  add(session: LocalSender): void {
    this.#sessions.set(session.id, session);
  }

  delete(session: number): void {
    this.#sessions.delete(session);
  }

  /** Takes over a session that is new. */
  accept(session: LocalSender): void {
    // Readiness follows from the age of what is on its way, and not by a probe that is not read.
    if (this.#isHeld && !session.source.isProbe) session.holdForOrder(true);
  }

  /** Writes a command into the log; returns the bytes of fan-out that it is going to cause, estimated. */
  submit(writer: Writer, session: LocalSender, command: CommandFrom<'client'>, raw: Uint8Array): number {
    const isFirst = session.commandCount === 1;
    if (isFirst) this.add(session);
    const record = encodeCommand(headOf(session, command, isFirst, this.#options), raw);
    this.#bytes += RECORD + record.length;
    writer.propose(record);
    if (this.#bytes > MAX_SUBMITTED) this.holdAsNeeded();
    return command.opcode === Opcode.MESSAGE ? raw.length * this.#options.clients() : raw.length;
  }

  /** Takes note that a command of this node, whose record had this length, is about to be carried out. */
  carriedOut(bytes: number): void {
    this.#bytes -= RECORD + bytes;
  }

  /** Holds all sessions while nothing that this node writes comes back. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
    this.holdAsNeeded();
  }

  /** Holds one session until it is let go. */
  holdSession(session: LocalSender): void {
    this.#held.add(session);
    session.holdForOrder(true);
  }

  letGo(session: LocalSender): void {
    if (this.#held.delete(session) && !this.#isHeld) session.holdForOrder(false);
  }

  /** Forgets what was submitted: this node has no part in the log any more. */
  clear(): void {
    this.#held.clear();
    this.#sessions.clear();
    this.#bytes = 0;
    this.#isStalled = false;
  }

  /** Holds all sessions, or reads on when few enough bytes are left; to be called behind the records of an entry. */
  holdAsNeeded(): void {
    const isHeld = this.#isStalled || this.#bytes > (this.#isHeld ? FEW_SUBMITTED : MAX_SUBMITTED);
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    for (const session of this.#options.sessions())
      if (!this.#held.has(session)) session.holdForOrder(isHeld);
  }
}
