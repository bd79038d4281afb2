/** The client's end of a private connection (§4). */
import type { ByteStream, Closed, StreamHandler } from '../stream/byte-stream.ts';
import { encode } from '../protocol/encoder.ts';
import { Opcode } from '../protocol/commands.ts';

/** Handles the events of a private connection: the other user's bytes, once it is established. */
interface PrivateHandler extends StreamHandler {
  /** Both connections are there (ESTABLISHED). Before `onData`; at most once. */
  onEstablished(): void;
}

/**
 * Makes a new connection to the server one endpoint of the private connection `connectId`, and returns it. What is written
 * to it from now on reaches the other user, even before ESTABLISHED (D19); `end` ends this direction alone.
 * A wrong, lapsed or used id shows as `onClose` without `onEstablished` (D18).
 */
export function openPrivate(stream: ByteStream, connectId: number, handler: PrivateHandler): ByteStream {
  stream.attach(new Establishing(stream, handler));
  stream.write(encode({ opcode: Opcode.LOGIN_PRIVATE, connect_id: connectId }));
  return stream;
}

/** Waits for the one byte of ESTABLISHED; then the stream gets its handler. */
class Establishing implements StreamHandler {
  readonly #stream: ByteStream;
  readonly #handler: PrivateHandler;

  constructor(stream: ByteStream, handler: PrivateHandler) {
    this.#stream = stream;
    this.#handler = handler;
  }

  onData(bytes: Uint8Array): void {
    if (bytes[0] !== Opcode.ESTABLISHED) {
      this.#stream.abort();
      return;
    }
    this.#stream.attach(this.#handler);
    this.#handler.onEstablished();
    if (bytes.length > 1) this.#handler.onData(bytes.subarray(1));
  }

  onEnd(): void {
    // An end instead of ESTABLISHED: there will be no private connection.
    this.#stream.end();
  }

  onWritable(): void {
    this.#handler.onWritable();
  }

  onFault(reason: string): void {
    this.#handler.onFault(reason);
  }

  onClose(closed: Closed): void {
    this.#handler.onClose(closed);
  }
}
