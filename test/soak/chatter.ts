/** Chatting client: each of its messages says what its reader needs to check it. */
import { Decoder } from '../../shared/protocol/decoder.ts';
import { Opcode, type Command } from '../../shared/protocol/commands.ts';
import { bytes, login, message, okPrivate, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { LONG_BYTES } from '../support/relay-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import type { Ledger, Reader } from './ledger.ts';

/** Text in every message, to search for where no text may be. */
export const SECRET = 'purr-purr-purr';

export interface ChatterEvents {
  onWrong(what: string): void;
  onLatency(milliseconds: number): void;
  /** Called on both sides of a private connection that was negotiated. */
  onId(chatter: Chatter, requester: string, target: string, id: number): void;
  onOver(chatter: Chatter): void;
}

export class Chatter {
  readonly name: string;
  readonly endpoint: RawConnection;
  readonly events: ChatterEvents;
  /** True over a good connection: the latency of messages counts, and nothing may cut it off. */
  readonly isTimed: boolean;
  reader: Reader | null = null;
  isOver = false;
  /** Number of direct messages received. */
  directs = 0;
  readonly #ledger: Ledger;
  readonly #decoder: Decoder;
  readonly #letIn: Promise<void>;
  #onAnswer!: (accepted: boolean) => void;
  /** Number of messages sent, and of those sent to one client alone, by name. */
  #sent = 0;
  readonly #sentTo = new Map<string, number>();
  /** Latest number by sender, of all its messages and of those to this client alone. */
  readonly #latest = new Map<string, number>();
  readonly #received = new Map<string, number>();

  constructor(
    name: string,
    endpoint: RawConnection,
    ledger: Ledger,
    events: ChatterEvents,
    isTimed: boolean,
  ) {
    this.name = name;
    this.endpoint = endpoint;
    this.events = events;
    this.isTimed = isTimed;
    this.#ledger = ledger;
    this.#decoder = new Decoder('server', LONG_BYTES[endpoint.kind]);
    this.#letIn = new Promise((resolve, reject) => {
      this.#onAnswer = (accepted) => (accepted ? resolve() : reject(new Error(`${name} was refused`)));
      void endpoint.over.then(() => reject(new Error(`${name} was closed before it was let in`)));
    });
    this.#letIn.catch(() => {});
    endpoint.inbox.divert(
      (data) => this.#read(data),
      () => endpoint.kind !== 'websocket' && endpoint.end(),
    );
    void endpoint.over.then(() => {
      this.isOver = true;
      if (this.reader) ledger.leave(this.reader);
      events.onOver(this);
    });
  }

  /** Resolves when it is in the room; rejects when it is refused or closed. */
  enter(): Promise<void> {
    this.endpoint.send(bytes(login(this.name)));
    return this.#letIn;
  }

  say(filler: string): void {
    const number = this.#ledger.say(this.name);
    this.#send(message(this.name, `${this.#head()} ${number} ${filler}`));
  }

  tell(target: Chatter, filler: string): void {
    const number = (this.#sentTo.get(target.name) ?? 0) + 1;
    this.#sentTo.set(target.name, number);
    this.#send(privateMessage(this.name, target.name, `${this.#head()} ${number} ${filler}`));
  }

  request(target: Chatter): void {
    this.#send(requestPrivate(this.name, target.name));
  }

  /** Names a direct message to one of these that has not come; null when all have. */
  undelivered(to: ReadonlyMap<string, Chatter>): string | null {
    for (const [name, sent] of this.#sentTo) {
      const target = to.get(name);
      if (!target) this.#sentTo.delete(name);
      else if ((target.#received.get(this.name) ?? 0) < sent)
        return `${name} has not received number ${sent} of ${this.name}`;
    }
    return null;
  }

  /** Forgets those who are gone. */
  settle(isLive: (name: string) => boolean): void {
    for (const map of [this.#latest, this.#received])
      for (const name of [...map.keys()]) if (!isLive(name)) map.delete(name);
  }

  #head(): string {
    return `${SECRET} ${++this.#sent} ${performance.now()}`;
  }

  #send(hex: string): void {
    this.endpoint.send(bytes(hex));
  }

  #read(data: Uint8Array): void {
    try {
      this.#decoder.push(data);
      for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) {
        const wrong = this.#take(frame);
        if (wrong !== null) this.events.onWrong(`${this.name}: ${wrong}`);
      }
    } catch (error) {
      this.events.onWrong(`${this.name}: ${String(error)}`);
    }
  }

  /** Checks a command that has come; tells what is wrong with it, or null. */
  #take(frame: Command): string | null {
    if (frame.opcode === Opcode.LOGIN_ACCEPTED || frame.opcode === Opcode.LOGIN_REFUSED) {
      const accepted = frame.opcode === Opcode.LOGIN_ACCEPTED;
      if (accepted) {
        this.reader = { name: this.name, acceptedAt: performance.now(), position: null };
        this.#ledger.join(this.reader);
      }
      this.#onAnswer(accepted);
      return null;
    }
    if (!this.reader) return `opcode ${frame.opcode} before it was let in`;
    if (frame.opcode === Opcode.MESSAGE) return this.#hear(this.reader, frame.login, frame.msg);
    if (frame.opcode === Opcode.MESSAGE_PRIVATE) {
      if (frame.login_target !== this.name) return `a message for ${frame.login_target}`;
      return this.#receive(frame.login_sender, frame.msg);
    }
    if (frame.opcode === Opcode.REQUEST_PRIVATE && frame.login_target === this.name)
      this.#send(okPrivate(frame.login_requester, this.name));
    else if (frame.opcode === Opcode.ID_PRIVATE)
      this.events.onId(this, frame.login_requester, frame.login_target, frame.connect_id);
    else return `opcode ${frame.opcode} that is not for it`;
    return null;
  }

  #hear(reader: Reader, from: string, text: string): string | null {
    // Hostile clients may send anything under their own names.
    if (!text.startsWith(`${SECRET} `)) return isChatter(from) ? `${from} never said "${text}"` : null;
    const [, overall, sentAt, number] = text.split(' ', 4);
    if (this.isTimed) this.events.onLatency(performance.now() - Number(sentAt));
    return (
      this.#inOrder(from, Number(overall)) ?? this.#ledger.hear(reader, from, Number(number), Number(sentAt))
    );
  }

  #receive(from: string, text: string): string | null {
    const [, overall, , number] = text.split(' ', 4);
    const expected = (this.#received.get(from) ?? 0) + 1;
    this.#received.set(from, expected);
    this.directs++;
    if (Number(number) !== expected) return `received number ${number} of ${from} as number ${expected}`;
    return this.#inOrder(from, Number(overall));
  }

  /** Checks D14: the messages of one client reach each other in the order sent, public and private together. */
  #inOrder(from: string, overall: number): string | null {
    const latest = this.#latest.get(from) ?? 0;
    this.#latest.set(from, overall);
    return overall > latest ? null : `${from} said ${overall} after ${latest}`;
  }
}

/** True for the names of chatting clients; see `Crowd`. */
function isChatter(name: string): boolean {
  return /^c\d/.test(name);
}
