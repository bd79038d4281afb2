/** The client's side of the protocol, over any transport: the page is written on it. */
import type { ByteStream, Closed, StreamHandler } from '../stream/byte-stream.ts';
import { Decoder, UnreadableError } from '../protocol/decoder.ts';
import { encode } from '../protocol/encoder.ts';
import { Opcode, type Command } from '../protocol/commands.ts';

/** Handles the events of a {@link ChatonClient}. */
interface ClientEvents {
  /** Every command of the server, in order and at once (the answers to proposed logins, too). */
  onCommand(command: Command): void;
  /** The connection is gone. Once, and last. */
  onClose(closed: Closed): void;
}

export class ChatonClient implements StreamHandler {
  readonly #stream: ByteStream;
  readonly #events: ClientEvents;
  readonly #decoder = new Decoder('server');
  #proposed: string | null = null;
  #login: string | null = null;
  #isUnreadable = false;

  constructor(stream: ByteStream, events: ClientEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.attach(this);
  }

  /** The login the server accepted, or null before that (§1). */
  get login(): string | null {
    return this.#login;
  }

  /**
   * Proposes a login (§1), when none is proposed that is not answered yet. Throws a RangeError when it cannot be encoded.
   */
  propose(login: string): void {
    this.#send({ opcode: Opcode.LOGIN, login });
    this.#proposed = login;
  }

  /** Sends a message to everyone (§2). The server's echo, through `onCommand`, is the proof of delivery (D11). */
  broadcast(msg: string): void {
    this.#send({ opcode: Opcode.MESSAGE, login: this.#self(), msg });
  }

  /** Sends a message to one user (§2). There is no answer: an unknown user is ignored by the server (D13). */
  sendTo(login: string, msg: string): void {
    this.#send({
      opcode: Opcode.MESSAGE_PRIVATE,
      login_sender: this.#self(),
      login_target: login,
      msg,
    });
  }

  /** Asks a user for a private connection (§3). The answer, if any, is a KO_PRIVATE or an ID_PRIVATE through `onCommand`. */
  requestPrivate(login: string): void {
    this.#send({ opcode: Opcode.REQUEST_PRIVATE, login_requester: this.#self(), login_target: login });
  }

  /** Accepts a user's pending request; ID_PRIVATE follows through `onCommand` (§3). */
  acceptPrivate(requester: string): void {
    this.#send({ opcode: Opcode.OK_PRIVATE, login_requester: requester, login_target: this.#self() });
  }

  /** Refuses a user's pending request (§3). */
  refusePrivate(requester: string): void {
    this.#send({ opcode: Opcode.KO_PRIVATE, login_requester: requester, login_target: this.#self() });
  }

  /** Ends the writing; the server sends what is queued and ends the connection (D9). */
  leave(): void {
    this.#stream.end();
  }

  /** Ends the connection at once. */
  abort(): void {
    this.#stream.abort();
  }

  onData(bytes: Uint8Array): void {
    if (this.#isUnreadable) return;
    this.#decoder.push(bytes);
    try {
      for (let command = this.#decoder.next(); command; command = this.#decoder.next())
        this.#receive(command);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.#isUnreadable = true;
      this.#stream.abort();
    }
  }

  onEnd(): void {
    this.#stream.end();
  }

  onWritable(): void {}

  onFault(): void {}

  onClose(closed: Closed): void {
    this.#events.onClose(closed);
  }

  #receive(command: Command): void {
    if (command.opcode === Opcode.LOGIN_ACCEPTED) this.#login = this.#proposed;
    this.#events.onCommand(command);
  }

  #self(): string {
    if (this.#login === null) throw new Error('not identified yet');
    return this.#login;
  }

  #send(command: Command): void {
    this.#stream.write(encode(command));
  }
}
