/** Stream that Node's HTTP server gets for a connection: it reads and writes as if it were the socket. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** The connection that a stream stands for. */
export interface ParserStreamOwner {
  /** The parser wants more. */
  onWanted(): void;
  /** The socket has taken what was written to it last: an answer, or a `100 Continue`, which Node sends by itself. */
  onWritten(): void;
  /** Node closes it behind the last answer. */
  onLastAnswer(): void;
  /** Node has ended it, for an error or for good. */
  onDestroyed(): void;
}

/** Gets what its owner pushes, and writes to the socket. Made with the first request that is no plain upgrade. */
export class ParserStream extends Duplex {
  readonly owner: ParserStreamOwner;
  readonly #raw: Socket;

  constructor(owner: ParserStreamOwner, raw: Socket) {
    // No read-ahead: what the parser was not given can still wait.
    super({ readableHighWaterMark: 0 });
    // Node takes its own listener off where a request asks for a tunnel or an upgrade; the owner hears of every end.
    this.on('error', () => {});
    this.owner = owner;
    this.#raw = raw;
  }

  override _read(): void {
    this.owner.onWanted();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#raw.write(bytes, this.#settled(done));
  }

  override _writev(pieces: { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#raw.cork();
    for (const [index, { chunk }] of pieces.entries())
      this.#raw.write(chunk, index === pieces.length - 1 ? this.#settled(done) : undefined);
    this.#raw.uncork();
  }

  #settled(done: (error?: Error | null) => void): (error?: Error | null) => void {
    return (error) => {
      done(error);
      this.owner.onWritten();
    };
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.owner.onDestroyed();
    done(error);
  }

  /** Closes behind the last answer; called by Node. */
  destroySoon(): void {
    this.owner.onLastAnswer();
  }

  // Properties that Fastify reads of the connection under a request.
  get remoteAddress(): string | undefined {
    return this.#raw.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#raw.remotePort;
  }

  get encrypted(): boolean {
    return 'encrypted' in this.#raw;
  }
}
