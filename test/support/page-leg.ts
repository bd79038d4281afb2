/** A page's connection, as it is in a browser: it survives that its WebSockets break (D28). */
import type { Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { BACKPRESSURE } from '../../shared/stream/holds.ts';
import type { Socket } from 'node:net';
import { growingFlow } from '../../web/net/growing-flow.ts';
import { PageStream } from '../../web/net/page-stream.ts';
import {
  breakPage,
  forgetPage,
  socketOfPage,
  urlOfPage,
  usePageSockets,
  type PageOrigin,
} from './page-sockets.ts';
import { bytes } from './raw-hex.ts';
import { RawInbox } from './raw-inbox.ts';
import type { Raw } from './raw-peer.ts';
import { connectionUnder, type Addressed, type Ending, type RawLeg } from './relay-leg.ts';

export interface PageLegOptions {
  /** Over TLS. */
  readonly isSecure?: boolean;
  readonly from?: PageOrigin;
  /** It goes on over a new WebSocket. */
  readonly onResumed?: () => void;
}

export class PageLeg implements RawLeg, StreamHandler {
  readonly kind = 'websocket';
  readonly inbox = new RawInbox('page');
  readonly over: Promise<Ending>;
  readonly #stream: PageStream;
  readonly #url: string;
  #onOver!: (ending: Ending) => void;
  #isOver = false;
  /** Who waits until more may be sent. */
  #waiting: Array<() => void> = [];

  constructor({ addresses }: Addressed, { isSecure = false, from = {}, onResumed }: PageLegOptions = {}) {
    usePageSockets();
    const { host, port } = isSecure ? addresses.https! : addresses.http;
    this.#url = urlOfPage(`${isSecure ? 'wss' : 'ws'}://${host}:${port}`, from);
    this.over = new Promise((resolve) => (this.#onOver = resolve));
    this.#stream = new PageStream({
      url: this.#url,
      flow: growingFlow(),
      onInterrupted: (isInterrupted) => isInterrupted || onResumed?.(),
    });
    this.#stream.attach(this);
  }

  get waiting(): number {
    return this.#stream.buffered;
  }

  get connection(): Socket | null {
    const socket = socketOfPage(this.#url);
    return socket && connectionUnder(socket);
  }

  /** What of its stream is not said by its connection: for a report of what it is stuck at. */
  get state(): string {
    const { written, received, unackedSince, connected, buffered } = this.#stream;
    const stands = unackedSince === null ? 'open' : `closed at ${unackedSince}`;
    return `${connected ? 'connected' : 'interrupted'}, written ${written}, received ${received}, buffered ${buffered}, window ${stands}`;
  }

  /** The server has given it what it needs to come back. */
  get canResume(): boolean {
    return this.#stream.token !== null && this.#stream.connected;
  }

  async send(raw: Raw): Promise<boolean> {
    if (this.#isOver) return false;
    if (!this.#stream.write(typeof raw === 'string' ? bytes(raw) : raw))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return !this.#isOver;
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

  /** Its WebSocket breaks, without a word to the server. */
  break(): void {
    breakPage(this.#url);
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

  onDrain(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  onFault(reason: string): void {
    this.inbox.fail(new Error(reason));
  }

  onClose({ clean, code, reason }: Closed): void {
    this.#isOver = true;
    forgetPage(this.#url);
    this.onDrain();
    this.inbox.close({ ...(code !== undefined && { code }) });
    this.#onOver({
      reset: !clean,
      ...(code !== undefined && { code }),
      ...(reason !== undefined && { reason }),
    });
  }
}
