/** Client of the fuzzed gateway: it records what it sends, so that the answers can be judged. */
import { Decoder } from '../../../shared/protocol/decoder.ts';
import { Opcode, type Command } from '../../../shared/protocol/commands.ts';
import { LONG_BYTES } from '../../support/relay-hex.ts';
import type { Ending, RawConnection } from '../../support/raw-connection.ts';
import { RawWebSocket } from '../../support/raw-websocket.ts';
import { readCommands } from '../reference.ts';
import { Speaker, type Ledger } from './ledger.ts';

/**
 * Most ignored commands, below the limits of D6 and D7: a client that reaches those is closed, and the rest of its input
 * is not carried out.
 */
const MOST_IGNORED = 80;
const MOST_LOGINS = 8;

/** Events of a member that concern others, too. */
export interface MemberEvents {
  onIdPrivate(member: Member, frame: Extract<Command, { readonly opcode: 8 }>): void;
  onBroadcast(member: Member, login: string, command: string): void;
  onOver(member: Member, ending: Ending): void;
  /** Called for something that must not happen. */
  onWrong(what: string): void;
}

/** Number of chunks from which a WebSocket gets them as fragments of one message: both ways are the same (D24). */
const FRAGMENTS = 4;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

export class Member {
  readonly endpoint: RawConnection;
  readonly speaker = new Speaker();
  /** Requests that it received and has not answered. */
  readonly requests: string[] = [];
  /** Login; null before LOGIN_ACCEPTED. */
  login: string | null = null;
  /** Number of broadcasts received. */
  broadcasts = 0;
  /** True once it can do nothing more: it sent what closes, or has ended its writing. */
  isDone = false;
  /** True once it broke its own connection: of what it sent last, anything may be missing. */
  isReset = false;
  isOver = false;
  /** Number of commands sent that the gateway ignores. */
  ignored = 0;
  logins = 0;
  readonly #ledger: Ledger;
  readonly #events: MemberEvents;
  readonly #decoder: Decoder;
  #unread = Buffer.alloc(0);
  readonly #proposals: string[] = [];
  #answers = 0;

  constructor(endpoint: RawConnection, ledger: Ledger, events: MemberEvents) {
    this.endpoint = endpoint;
    this.#ledger = ledger;
    this.#events = events;
    this.#decoder = new Decoder('server', LONG_BYTES[endpoint.kind]);
    endpoint.inbox.divert(
      (bytes) => this.#receive(bytes),
      () => {
        if (!this.isDone && !this.hasHalf)
          events.onWrong(`${this.login}: the gateway ended the connection for nothing`);
        this.isDone = true;
        // A WebSocket closes by itself.
        if (endpoint.kind !== 'websocket') endpoint.end();
      },
    );
    void endpoint.over.then((ending) => {
      this.isOver = this.isDone = true;
      events.onOver(this, ending);
    });
  }

  /** True after half a command, which has to be complete within 10 s; else the gateway may end the connection. */
  get hasHalf(): boolean {
    return this.#unread.length > 0;
  }

  /** Sends these bytes, each chunk in a write of its own, and notes what must follow. */
  send(chunks: readonly Buffer[]): void {
    // A damaged command may have no bytes left; a message of fragments without a byte would be the end of writing (D25).
    if (this.isDone || chunks.every(({ length }) => length === 0)) return;
    this.#unread = Buffer.concat([this.#unread, ...chunks]);
    const { commands, fault } = readCommands(this.#unread, 'client', LONG_BYTES[this.endpoint.kind]);
    const last = commands.findIndex(({ opcode }) => opcode === Opcode.LOGIN_PRIVATE);
    for (const { opcode, values, from, to } of last < 0 ? commands : commands.slice(0, last))
      this.#note(opcode, values, text(this.#unread.subarray(from, to)));
    if (fault !== null || last >= 0) this.isDone = true;
    this.#unread = this.#unread.subarray(commands.at(-1)?.to ?? 0);
    if (this.endpoint instanceof RawWebSocket && chunks.length >= FRAGMENTS)
      this.endpoint.sendFragments(chunks);
    else for (const chunk of chunks) if (chunk.length > 0) this.endpoint.send(chunk);
    // The member ends the connection itself, since the gateway may close it now or at the next command.
    if (this.ignored > MOST_IGNORED || this.logins > MOST_LOGINS) this.reset();
  }

  end(): void {
    this.isDone = true;
    this.endpoint.end();
  }

  reset(): void {
    this.isDone = this.isReset = true;
    this.endpoint.reset();
  }

  #note(opcode: number, values: ReadonlyArray<string | bigint>, command: string): void {
    const [first, second] = values as readonly string[];
    this.#ledger.commands++;
    if (opcode === Opcode.LOGIN) {
      this.logins++;
      this.#proposals.push(first!);
      this.#ledger.propose(this.speaker, first!);
    } else if (!this.#proposals.includes(opcode === 6 || opcode === 7 ? second! : first!)) this.ignored++;
    else if (opcode === Opcode.MESSAGE) this.speaker.say(first!, command);
    // The gateway rewrites ID_PRIVATE with the owners' spelling, so only the pair is noted.
    else if (opcode === Opcode.OK_PRIVATE)
      for (const login of [first!, second!]) this.#ledger.allow(login, `id to ${second}`);
    else this.#ledger.allow(opcode === Opcode.KO_PRIVATE ? first! : second!, command);
  }

  #receive(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) {
      const wrong = this.#judge(frame, text(this.#decoder.raw));
      if (wrong !== null)
        this.#events.onWrong(
          `${this.login ?? 'an unidentified connection'}: ${wrong}: ${JSON.stringify(frame)}`,
        );
    }
  }

  /** Tells what is wrong with this command having arrived here; null when nothing is. */
  #judge(frame: Command, command: string): string | null {
    if (frame.opcode === Opcode.LOGIN_ACCEPTED || frame.opcode === Opcode.LOGIN_REFUSED) {
      const proposal = this.#proposals[this.#answers++];
      if (proposal === undefined) return 'an answer to no LOGIN';
      if (frame.opcode === Opcode.LOGIN_REFUSED) return null;
      if (this.login !== null) return 'accepted twice (D10)';
      this.login = proposal;
      return null;
    }
    if (this.login === null) return 'came before LOGIN_ACCEPTED (D11)';
    if (frame.opcode === Opcode.MESSAGE) {
      this.#events.onBroadcast(this, frame.login, command);
      return null;
    }
    if (frame.opcode === Opcode.ESTABLISHED) return 'belongs on an endpoint';
    if (frame.opcode === Opcode.ID_PRIVATE) {
      this.#events.onIdPrivate(this, frame);
      return this.#ledger.receive(this.login, `id to ${frame.login_target}`) ? null : 'of nobody’s OK (D16)';
    }
    if (frame.opcode === Opcode.REQUEST_PRIVATE) this.requests.push(frame.login_requester);
    return this.#ledger.receive(this.login, command) ? null : 'was not sent to it';
  }
}
