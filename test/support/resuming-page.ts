/** Connection of a page, as it is in a browser: it survives the break of its WebSockets (D28). */
import type { Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { BACKPRESSURE } from '../../shared/stream/holds.ts';
import type { Socket } from 'node:net';
import { privateFlow } from '../../web/net/private-connections.ts';
import { PageStream } from '../../web/net/page-stream.ts';
import {
  breakPage,
  forgetPage,
  socketOfPage,
  urlOfPage,
  usePageSockets,
  type PageOrigin,
} from './page-sockets.ts';
import { RawInbox } from './raw-inbox.ts';
import { RawConnection, rawBytes, type Addressed, type Ending, type Raw } from './raw-connection.ts';
import { connectionUnder } from './raw-websocket.ts';

export interface ResumingPageOptions {
  /** True for TLS. */
  readonly isSecure?: boolean;
  readonly from?: PageOrigin;
  /** Called when it resumes over a new WebSocket. */
  readonly onResumed?: () => void;
}

export class ResumingPage extends RawConnection implements StreamHandler {
  readonly kind = 'websocket';
  readonly inbox = new RawInbox('page');
  readonly over: Promise<Ending>;
  readonly #stream: PageStream;
  readonly #url: string;
  #onOver!: (ending: Ending) => void;
  #isOver = false;
  /** Senders that wait for the end of backpressure. */
  #waiting: Array<() => void> = [];

  constructor(
    { addresses }: Addressed,
    { isSecure = false, from = {}, onResumed }: ResumingPageOptions = {},
  ) {
    super();
    usePageSockets();
    const { host, port } = isSecure ? addresses.https! : addresses.http;
    this.#url = urlOfPage(`${isSecure ? 'wss' : 'ws'}://${host}:${port}`, from);
    this.over = new Promise((resolve) => (this.#onOver = resolve));
    this.#stream = new PageStream({
      url: this.#url,
      flow: privateFlow(),
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

  /** State of its stream that its connection does not show, for a report of a standstill. */
  get state(): string {
    const { written, received, unackedSince, connected, buffered } = this.#stream;
    const stands = unackedSince === null ? 'open' : `closed at ${unackedSince}`;
    return `${connected ? 'connected' : 'interrupted'}, written ${written}, received ${received}, buffered ${buffered}, window ${stands}`;
  }

  /** True when it has what it needs to resume. */
  get canResume(): boolean {
    return this.#stream.token !== null && this.#stream.connected;
  }

  async write(raw: Raw): Promise<boolean> {
    if (this.#isOver) return false;
    if (!this.#stream.write(rawBytes(raw))) await new Promise<void>((resolve) => this.#waiting.push(resolve));
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

  /** Breaks its WebSocket, without a close frame. */
  break(): void {
    breakPage(this.#url);
  }

  /** Reconnects at once, as when the network is back. */
  wake(): void {
    if (!this.#stream.connected) this.#stream.wake();
  }

  onData(data: Uint8Array): void {
    this.inbox.push(data);
  }

  onEnd(): void {
    this.inbox.end();
  }

  onWritable(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  onFault(reason: string): void {
    this.inbox.fail(new Error(reason));
  }

  onClose({ clean, code, reason }: Closed): void {
    this.#isOver = true;
    forgetPage(this.#url);
    this.onWritable();
    this.inbox.close({ ...(code !== undefined && { code }) });
    this.#onOver({
      reset: !clean,
      ...(code !== undefined && { code }),
      ...(reason !== undefined && { reason }),
    });
  }
}
