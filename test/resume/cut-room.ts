/** Room of real page connections, a gateway, and a network between them that cuts every connection at a random byte. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { PageStream } from '../../web/net/page-stream.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { UNLIMITED } from '../support/unlimited.ts';
import { startTestGateway } from '../support/gateway.ts';
import { bytes } from '../support/raw-hex.ts';
import type { TestGateway } from '../support/raw-connection.ts';

/** Longest life of a connection, in bytes of one direction, its upgrade included. */
const LONGEST_LIFE = 6_000;
/** Interval, in ms, at which a page whose connection is cut is told that the network is back. */
const WAKE_EVERY = 3;

export class CutRoom {
  readonly gateway: TestGateway;
  readonly #seed: number;
  /** Proxies, one for each page, so that the cuts of one page do not depend on when the others come back. */
  readonly #proxies: FaultProxy[] = [];
  readonly #pages: CutPage[] = [];
  readonly #waking: ReturnType<typeof setInterval>;
  #isCutting = false;
  resumes = 0;

  private constructor(gateway: TestGateway, seed: number) {
    this.gateway = gateway;
    this.#seed = seed;
    this.#waking = setInterval(() => this.#pages.forEach((page) => page.comeBack()), WAKE_EVERY);
  }

  /** @param seed decides where each connection of each page is cut */
  static async start(seed: number): Promise<CutRoom> {
    return new CutRoom(await startTestGateway({}, UNLIMITED), seed);
  }

  async open(onData: (bytes: Uint8Array) => void = () => {}): Promise<CutPage> {
    const proxy = await FaultProxy.start({
      target: this.gateway.addresses.http,
      seed: this.#seed + this.#proxies.length,
      plan: (_index, roll) => {
        if (!this.#isCutting) return {};
        const cut = { after: 1 + roll(LONGEST_LIFE), how: roll(4) === 0 ? 'end' : 'reset' } as const;
        return roll(2) === 0 ? { up: { cut } } : { down: { cut } };
      },
    });
    this.#proxies.push(proxy);
    const page = new CutPage(`ws://${proxy.host}:${proxy.port}/ws`, onData, () => this.resumes++);
    this.#pages.push(page);
    return page;
  }

  /** Cuts every connection from now on, the present ones included. */
  beginCutting(): void {
    this.#isCutting = true;
    for (const proxy of this.#proxies) proxy.resetAll();
  }

  endCutting(): void {
    this.#isCutting = false;
  }

  async stop(): Promise<void> {
    clearInterval(this.#waking);
    for (const { stream } of this.#pages) stream.abort();
    for (const proxy of this.#proxies) await proxy.stop();
    await this.gateway.stop();
  }
}

/** Connection of one page, with sums of the bytes that it wrote and that came. */
export class CutPage {
  readonly stream: PageStream;
  readonly written = new Sum();
  heard = new Sum();
  closed: string | null = null;
  hasRoom = true;

  constructor(url: string, onData: (bytes: Uint8Array) => void, onResumed: () => void) {
    this.stream = new PageStream({
      url,
      onInterrupted: (isInterrupted) => {
        if (!isInterrupted) onResumed();
      },
    });
    this.stream.attach({
      onData: (data) => {
        this.heard.add(data);
        onData(data);
      },
      onEnd() {},
      onWritable: () => (this.hasRoom = true),
      onFault: (reason) => (this.closed ??= reason),
      onClose: ({ clean, code }) => (this.closed ??= `${clean ? 'clean' : 'broken'} ${code ?? ''}`),
    });
  }

  /** Sends its first command, and waits until it can resume and `count` bytes have come; the sums begin behind them. */
  async begin(command: string, count: number): Promise<void> {
    this.stream.write(bytes(command));
    await expect.poll(() => [this.heard.count, this.stream.token !== null]).toEqual([count, true]);
    this.heard = new Sum();
  }

  /** Writes, unless there is backpressure. */
  write(data: Uint8Array): void {
    if (!this.hasRoom) return;
    this.written.add(data);
    this.hasRoom = this.stream.write(data);
  }

  end(): void {
    this.stream.end();
  }

  comeBack(): void {
    if (!this.stream.connected && this.closed === null) this.stream.wake();
  }
}

/** Sum of a stream: the number of bytes, and a hash of them in order. */
export class Sum {
  count = 0;
  readonly #hash = createHash('sha256');

  add(data: Uint8Array): void {
    this.count += data.length;
    this.#hash.update(data);
  }

  /** Hash of the bytes so far. */
  get digest(): string {
    return `${this.count} bytes ${this.#hash.copy().digest('hex')}`;
  }
}
