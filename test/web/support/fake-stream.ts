/** A `ByteStream` whose other side is the test. */
import type { Closed, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import type { ControlMessage } from '../../../shared/protocol/control.ts';
import type { RoomStream } from '../../../web/net/connection.ts';
import type { PageStreamOptions } from '../../../web/net/page-stream.ts';
import type { WebSocketStream } from '../../../web/net/websocket-stream.ts';
import { bytes } from '../../support/raw-hex.ts';

export class FakeStream implements RoomStream {
  readonly #options: Omit<PageStreamOptions, 'url'>;
  connected = true;
  token: string | null = null;
  spare: WebSocketStream | undefined;
  /** Times it was woken. */
  wakes = 0;
  readonly buffered = 0;
  #handler: StreamHandler | null = null;
  #written = '';
  written = 0;
  /** What `write` answers: false asks to hold back. */
  room = true;
  ended = false;
  aborted = false;

  /** What is was opened with. */
  get options(): Omit<PageStreamOptions, 'url'> {
    return this.#options;
  }

  constructor(options: Omit<PageStreamOptions, 'url'> = {}) {
    this.#options = options;
  }

  wake(): void {
    this.wakes++;
  }

  /** The connection is interrupted, or goes on. */
  interrupt(isInterrupted: boolean): void {
    this.connected = !isInterrupted;
    this.#options.onInterrupted?.(isInterrupted);
  }

  /** The server tells the page. */
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

  /** What was written since the last call, as hex. */
  take(): string {
    const taken = this.#written;
    this.#written = '';
    return taken;
  }

  /** The server sends these bytes. */
  answer(hex: string): void {
    this.#handler?.onData(new Uint8Array(bytes(hex)));
  }

  /** There is room again. */
  drain(): void {
    this.room = true;
    this.#handler?.onDrain();
  }

  /** The connection is gone. */
  drop(closed: Closed = { clean: false }): void {
    const handler = this.#handler;
    this.#handler = null;
    handler?.onClose(closed);
  }
}
