/** Pair of resumable streams, over transports in memory that the test delivers, cuts and replaces. */
import type { ByteStream, Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { Holds, type HoldReason } from '../../shared/stream/holds.ts';
import { HeldInput } from '../../shared/stream/held-input.ts';
import { LaggingStream } from '../../shared/stream/lagging-stream.ts';
import type { Flow, ResumableOwner, ResumableStream } from '../../shared/stream/resumable-stream.ts';

type Item = Uint8Array | 'end' | { readonly say: (there: Transport) => void };

/** End of a transport: what is written waits until the test delivers it. */
class Transport implements ByteStream {
  readonly queue: Item[] = [];
  handler: StreamHandler | null = null;
  isBroken = false;
  other!: Transport;
  /** True once its end of writing was sent. */
  isEnded = false;
  readonly #holds = new Holds();
  /** That it is closed, and its owner has not heard of it. */
  #news: (() => void) | null = null;

  get buffered(): number {
    return this.queue.reduce((sum, item) => sum + (item instanceof Uint8Array ? item.length : 0), 0);
  }

  attach(handler: StreamHandler): void {
    this.handler = handler;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isBroken) this.queue.push(bytes.slice());
    return true;
  }

  end(): void {
    if (this.isEnded) throw new Error('a second end of writing');
    this.isEnded = true;
    if (!this.isBroken) this.queue.push('end');
  }

  say(say: (there: Transport) => void): void {
    if (!this.isBroken) this.queue.push({ say });
  }

  close(): void {
    this.breakOff();
  }

  /** Closes; as with real transports, the owner learns of it later. */
  abort(): void {
    if (this.isBroken) return;
    this.#cut();
    this.#news = () => this.handler?.onClose({ clean: false });
  }

  hearNews(): void {
    this.#news?.();
    this.#news = null;
  }

  hold(reason: HoldReason): void {
    this.#holds.add(reason);
  }

  release(reason: HoldReason): void {
    this.#holds.delete(reason);
  }

  get isHeld(): boolean {
    return this.#holds.any;
  }

  /** Cuts the transport: nothing on its way arrives any more, and this end learns of it at once. */
  breakOff(): void {
    if (this.isBroken) return;
    this.#cut();
    this.handler?.onClose({ clean: false });
  }

  #cut(): void {
    this.isBroken = true;
    this.queue.length = 0;
    this.other.queue.length = 0;
  }

  /** Delivers at most so many bytes of what is on its way to the other end; a control message counts one. */
  deliver(count: number): void {
    const { other } = this;
    for (let left = count; left > 0 && this.queue.length > 0 && !other.isBroken && !other.isHeld;) {
      const item = this.queue.shift()!;
      if (item instanceof Uint8Array) {
        if (item.length > left) this.queue.unshift(item.subarray(left));
        // The bytes are valid only during the call, as those of a real transport.
        const lent = item.slice(0, left);
        other.handler?.onData(lent);
        lent.fill(0xff);
        left -= item.length;
      } else {
        left--;
        if (item === 'end') other.handler?.onEnd();
        else item.say(other);
      }
    }
  }
}

function transports(): { readonly near: Transport; readonly far: Transport } {
  const [near, far] = [new Transport(), new Transport()];
  near.other = far;
  far.other = near;
  return { near, far };
}

/** Side of the pair: the bytes that came, and the callbacks that are due. */
export class Side {
  readonly stream: ResumableStream;
  /** Bytes that came, and whether the end of writing did. */
  heard: number[] = [];
  heardEnd = false;
  closed: Closed | null = null;
  /** Number of drain events of the stream. */
  drains = 0;
  transport: Transport;
  isDetached = false;
  /** Former transports. */
  #former: Transport[] = [];
  #later: (() => void)[] = [];
  /** Delays of what is to be run, in ms. */
  delays: number[] = [];
  #nextByte = 0;

  constructor(transport: Transport, flow: Flow, windowed: boolean, peer: () => Side) {
    this.transport = transport;
    const owner: ResumableOwner = {
      sendReceived: (received) => this.transport.say(() => peer().told(received)),
      later: (run, ms) => {
        this.#later.push(run);
        this.delays.push(ms);
      },
      onDropped: () => (this.isDetached = true),
      onOver() {},
    };
    this.stream = new LaggingStream(transport, owner);
    this.stream.keep(flow, windowed);
    this.stream.attach({
      onData: (bytes) => {
        if (this.heardEnd) throw new Error('data after the end');
        this.heard.push(...bytes);
      },
      onEnd: () => {
        if (this.heardEnd) throw new Error('a second end');
        this.heardEnd = true;
      },
      onWritable: () => void this.drains++,
      onFault() {},
      onClose: (closed) => {
        if (this.closed) throw new Error('a second close');
        this.closed = closed;
      },
    });
  }

  /** Writes the next bytes of a sequence in which each byte follows from its offset. */
  write(count: number): boolean {
    const lent = Uint8Array.from({ length: count }, () => this.#nextByte++ % 251);
    const room = this.stream.write(lent);
    lent.fill(0xff);
    return room;
  }

  /** Bytes that `write` has made so far. */
  get wrote(): number[] {
    return Array.from({ length: this.#nextByte }, (_, index) => index % 251);
  }

  told(received: number): void {
    if (!this.stream.acknowledged(received)) throw new Error(`told of ${received} bytes`);
  }

  /** Lets a second pass. */
  tick(): void {
    for (const run of this.#later.splice(0)) run();
    for (const former of this.#former.splice(0)) former.hearNews();
  }

  /** Detaches from its transport, which is no longer the current one. */
  leave(): void {
    this.#former.push(this.transport);
  }

  adopt(transport: Transport, otherReceived: number): void {
    this.isDetached = false;
    this.leave();
    this.transport = transport;
    this.stream.adopt(transport, otherReceived);
  }
}

/** Flow control whose window stays as it is. */
export function fixed(size: number): Flow {
  const input = new HeldInput();
  return {
    size,
    lowWater: size / 2,
    input,
    get holdsTooMuch() {
      return input.length > 2 * size;
    },
    ackDelay: (due) => (due < 16 * 1024 ? 1_000 : 0),
    update() {},
  };
}

/** A page and a server, connected. */
export class Pair {
  readonly page: Side;
  readonly server: Side;

  /** @param flows of the page, and of the server */
  constructor(flows: readonly [Flow, Flow], windowed: boolean) {
    const { near, far } = transports();
    this.page = new Side(near, flows[0], true, () => this.server);
    this.server = new Side(far, flows[1], windowed, () => this.page);
  }

  /** Reconnects the page over a new transport; the answer is on its way when this returns. */
  resume(): void {
    const { page, server } = this;
    page.stream.drop();
    const { near, far } = transports();
    page.leave();
    page.transport = near;
    const { received } = page.stream;
    near.say(() => {
      if (!server.stream.canResume(received)) throw new Error(`cannot resume from ${received}`);
      const counted = server.stream.received;
      far.say(() => {
        if (!page.stream.canResume(counted)) throw new Error(`cannot resume from ${counted}`);
        page.adopt(near, counted);
      });
      server.adopt(far, received);
    });
  }

  /** Delivers everything that is on its way, and what follows from that, until nothing more comes. */
  settle(): void {
    for (let left = 10_000; ; left--) {
      if (left === 0) throw new Error('it never comes to rest');
      const { transport: near } = this.page;
      const { transport: far } = this.server;
      if (near.queue.length + far.queue.length + near.other.queue.length === 0) return;
      near.deliver(Infinity);
      near.other.deliver(Infinity);
      far.deliver(Infinity);
    }
  }
}
