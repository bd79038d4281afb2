/** `ByteStream` whose other side is the test. */
import type { Closed, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import type { ControlMessage } from '../../../shared/protocol/control.ts';
import type { RoomStream } from '../../../web/net/connection.ts';
import type { PageStreamOptions } from '../../../web/net/page-stream.ts';
import type { BrowserSocket } from '../../../web/net/browser-socket.ts';
import { bytes } from '../../support/raw-hex.ts';

export class FakeStream implements RoomStream {
  readonly #options: Omit<PageStreamOptions, 'url'>;
  connected = true;
  token: string | null = null;
  freesLogin = false;
  spare: BrowserSocket | undefined;
  /** Number of calls of `wake`. */
  wakes = 0;
  readonly buffered = 0;
  #handler: StreamHandler | null = null;
  #written = '';
  written = 0;
  /** Answer of `write`; false is backpressure. */
  room = true;
  ended = false;
  aborted = false;

  /** Options that it was opened with. */
  get options(): Omit<PageStreamOptions, 'url'> {
    return this.#options;
  }

  constructor(options: Omit<PageStreamOptions, 'url'> = {}) {
    this.#options = options;
  }

  wake(): void {
    this.wakes++;
  }

  /** Interrupts the connection, or resumes it. */
  interrupt(isInterrupted: boolean): void {
    this.connected = !isInterrupted;
    this.#options.onInterrupted?.(isInterrupted);
  }

  /** Sends a control message to the page. */
  tell(message: ControlMessage): void {
    this.#options.onControl?.(message);
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
  }

  write(written: Uint8Array): boolean {
    this.written += written.length;
    this.#written += Buffer.from(written).toString('hex');
    return this.room;
  }

  end(): void {
    this.ended = true;
  }

  close(): void {
    this.drop();
  }

  abort(): void {
    this.aborted = true;
    this.drop();
  }

  hold(): void {}

  release(): void {}

  /** Takes what was written since the last call, as hex. */
  take(): string {
    const taken = this.#written;
    this.#written = '';
    return taken;
  }

  /** Sends these bytes from the server. */
  answer(hex: string): void {
    this.#handler?.onData(new Uint8Array(bytes(hex)));
  }

  /** Ends the writing of the other side. */
  endByPeer(): void {
    this.#handler?.onEnd();
  }

  /** Ends the backpressure. */
  drain(): void {
    this.room = true;
    this.#handler?.onWritable();
  }

  /** Loses the connection. */
  drop(closed: Closed = { clean: false }): void {
    const handler = this.#handler;
    this.#handler = null;
    handler?.onClose(closed);
  }
}
