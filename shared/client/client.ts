/** The client's side of the protocol, over any transport: the page is written on it. */
import type { ByteStream, Closed, StreamHandler } from '../stream/byte-stream.ts';
import { Decoder, UnreadableError } from '../protocol/decoder.ts';
import { encode } from '../protocol/encoder.ts';
import { Opcode, type Frame, type LongSize } from '../protocol/commands.ts';

/** Handles the events of a {@link ChatonClient}. */
export interface ClientEvents {
  /** Every command of the server, in order and at once (the answers of `identify`, too). */
  onFrame(frame: Frame): void;
  /** The connection is gone. Once, and last. `unreadable` is set when the server sent what is no command. */
  onClose(closed: Closed, unreadable?: UnreadableError): void;
}

export class ChatonClient implements StreamHandler {
  readonly #stream: ByteStream;
  readonly #events: ClientEvents;
  readonly #decoder: Decoder;
  readonly #longSize: LongSize;
  #proposals: Array<{ login: string; answer: (accepted: boolean) => void; fail: (error: Error) => void }> =
    [];
  #login: string | null = null;
  #unreadable: UnreadableError | undefined;
  #closed = false;

  /** @param longSize width of a LONG on the listener this stream leads to (D2) */
  constructor(stream: ByteStream, events: ClientEvents, longSize: LongSize = 4) {
    this.#stream = stream;
    this.#events = events;
    this.#longSize = longSize;
    this.#decoder = new Decoder('server', longSize);
    stream.attach(this);
  }

  /** The login the server accepted, or null before that (§1). */
  get login(): string | null {
    return this.#login;
  }

  /**
   * Proposes a login (§1). True when the server accepts it; false when it refuses it, and another can be proposed.
   * Rejects when the connection goes before the answer, and with a RangeError when the login cannot be encoded.
   */
  identify(login: string): Promise<boolean> {
    return new Promise((answer, fail) => {
      if (this.#closed) throw new Error('the connection is closed');
      this.#send({ opcode: Opcode.LOGIN, login });
      this.#proposals.push({ login, answer, fail });
    });
  }

  /** Sends a message to everyone (§2). The server's echo, through `onFrame`, is the proof of delivery (D11). */
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

  /** Asks a user for a private connection (§3). The answer, if any, is a KO_PRIVATE or an ID_PRIVATE through `onFrame`. */
  requestPrivate(login: string): void {
    this.#send({ opcode: Opcode.REQUEST_PRIVATE, login_requester: this.#self(), login_target: login });
  }

  /** Accepts a user's pending request; ID_PRIVATE follows through `onFrame` (§3). */
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
    if (this.#unreadable) return;
    this.#decoder.push(bytes);
    try {
      for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) this.#receive(frame);
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.#unreadable = error;
      this.#stream.abort();
    }
  }

  onEnd(): void {
    this.#stream.end();
  }

  onWritable(): void {}

  onFault(): void {}

  onClose(closed: Closed): void {
    this.#closed = true;
    for (const { fail } of this.#proposals) fail(new Error('the connection was closed before the answer'));
    this.#proposals = [];
    this.#events.onClose(closed, this.#unreadable);
  }

  #receive(frame: Frame): void {
    if (frame.opcode === Opcode.LOGIN_ACCEPTED || frame.opcode === Opcode.LOGIN_REFUSED) {
      // The server answers proposals in the order they were made.
      const proposal = this.#proposals.shift();
      const accepted = frame.opcode === Opcode.LOGIN_ACCEPTED;
      if (accepted && proposal) this.#login = proposal.login;
      proposal?.answer(accepted);
    }
    this.#events.onFrame(frame);
  }

  #self(): string {
    if (this.#login === null) throw new Error('not identified yet');
    return this.#login;
  }

  #send(frame: Frame): void {
    this.#stream.write(encode(frame, this.#longSize));
  }
}
