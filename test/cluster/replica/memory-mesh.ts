/** Hops between nodes in memory: what one end writes the other reads, once the test has let it through. */
import type { Hop, Mesh } from '../../../server/cluster/mesh.ts';
import type { ByteStream, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { Holds, OF_HANDLER, type HoldReason } from '../../../shared/stream/holds.ts';

/** All meshes, by their address. */
export class MemoryNetwork {
  readonly meshes = new Map<string, MemoryMesh>();
  #due: Array<() => void> = [];

  /** Lets through what was sent until now; true when there was something. */
  pump(): boolean {
    const due = this.#due;
    this.#due = [];
    for (const run of due) run();
    return due.length > 0;
  }

  schedule(run: () => void): void {
    this.#due.push(run);
  }
}

export class MemoryMesh implements Mesh {
  readonly address: string;
  onHop: Mesh['onHop'] = null;
  readonly #network: MemoryNetwork;
  readonly #ends = new Set<MemoryHop>();

  constructor(network: MemoryNetwork, address: string) {
    this.#network = network;
    this.address = address;
    network.meshes.set(address, this);
  }

  dial(address: string, hop: Hop): ByteStream {
    const here = new MemoryHop(this.#network);
    this.#ends.add(here);
    this.#network.schedule(() => {
      const there = new MemoryHop(this.#network);
      const mesh = this.#network.meshes.get(address);
      here.pair(there);
      if (mesh) mesh.#ends.add(there);
      if (mesh?.onHop?.(hop, there) !== true) there.abort();
    });
    return here;
  }

  /** Breaks all hops, as the death of the process does. */
  kill(): void {
    this.#network.meshes.delete(this.address);
    for (const end of this.#ends) end.abort();
  }

  /** Breaks one hop in two. */
  breakSome(roll: (sides: number) => number): void {
    for (const end of this.#ends) if (roll(2) === 0) end.abort();
  }
}

type Event = Uint8Array | 'end' | 'break';

class MemoryHop implements ByteStream {
  readonly buffered = 0;
  readonly #network: MemoryNetwork;
  readonly #holds = new Holds();
  readonly #out: Event[] = [];
  #other: MemoryHop | null = null;
  #handler: StreamHandler | null = null;
  #waiting: Event[] = [];
  #ends = 0;
  #isOver = false;

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  pair(other: MemoryHop): void {
    this.#other = other;
    other.#other = this;
    for (const event of this.#out) this.#send(event);
  }

  attach(handler: StreamHandler): void {
    this.#handler = handler;
    this.#holds.delete(OF_HANDLER);
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#isOver) this.#send(new Uint8Array(bytes));
    return true;
  }

  end(): void {
    if (this.#isOver) return;
    this.#send('end');
    this.#ended();
  }

  close(): void {
    this.abort();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#send('break');
    this.#isOver = true;
    const handler = this.#handler;
    this.#network.schedule(() => handler?.onClose({ clean: false }));
  }

  hold(reason: HoldReason): void {
    this.#holds.add(reason);
  }

  release(reason: HoldReason): void {
    if (this.#holds.delete(reason)) this.#handOver();
  }

  #send(event: Event): void {
    const other = this.#other;
    if (!other) this.#out.push(event);
    else
      this.#network.schedule(() => {
        other.#waiting.push(event);
        other.#handOver();
      });
  }

  #handOver(): void {
    while (!this.#isOver && (!this.#holds.any || this.#waiting.includes('break'))) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      if (event === 'break') {
        this.#isOver = true;
        this.#handler?.onClose({ clean: false });
      } else if (event === 'end') {
        this.#handler?.onEnd();
        this.#ended();
      } else if (!this.#holds.any) this.#handler?.onData(event);
    }
  }

  #ended(): void {
    if (++this.#ends < 2 || this.#isOver) return;
    this.#isOver = true;
    this.#handler?.onClose({ clean: true });
  }
}
