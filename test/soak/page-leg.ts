/** A page's connection, as it is in a browser: it survives that its WebSockets break (D28). */
import type { Closed, StreamHandler } from '../../shared/byte-stream.ts';
import { BACKPRESSURE } from '../../shared/holds.ts';
import { PageStream } from '../../web/net/page-stream.ts';
import { bytes } from '../support/raw-hex.ts';
import { RawInbox } from '../support/raw-inbox.ts';
import type { Raw } from '../support/raw-peer.ts';
import type { Addressed, Ending, RawLeg } from '../support/relay-leg.ts';

export class PageLeg implements RawLeg, StreamHandler {
  readonly kind = 'websocket';
  readonly inbox = new RawInbox('page');
  readonly over: Promise<Ending>;
  readonly #stream: PageStream;
  #onOver!: (ending: Ending) => void;

  constructor({ addresses }: Addressed, onResumed: () => void) {
    const { host, port } = addresses.http;
    this.over = new Promise((resolve) => (this.#onOver = resolve));
    this.#stream = new PageStream({
      url: `ws://${host}:${port}/ws`,
      onInterrupted: (isInterrupted) => isInterrupted || onResumed(),
    });
    this.#stream.attach(this);
  }

  get waiting(): number {
    return this.#stream.buffered;
  }

  send(raw: Raw): Promise<boolean> {
    this.#stream.write(typeof raw === 'string' ? bytes(raw) : raw);
    return Promise.resolve(true);
  }

  end(): void {
    this.#stream.end();
  }

  reset(): void {
    this.#stream.abort();
  }

  pause(): void {
    this.#stream.hold(BACKPRESSURE);
  }

  resume(): void {
    this.#stream.release(BACKPRESSURE);
  }

  /** Its network is back: it waits no longer for that. */
  wake(): void {
    if (!this.#stream.connected) this.#stream.wake();
  }

  onData(data: Uint8Array): void {
    this.inbox.push(data);
  }

  onEnd(): void {
    this.inbox.end();
  }

  onDrain(): void {}

  onFault(reason: string): void {
    this.inbox.fail(new Error(reason));
  }

  onClose({ clean, code, reason }: Closed): void {
    this.inbox.close({ ...(code !== undefined && { code }) });
    this.#onOver({
      reset: !clean,
      ...(code !== undefined && { code }),
      ...(reason !== undefined && { reason }),
    });
  }
}
