import { noise } from '../support/relay-bulk.ts';
import type { RawConnection } from '../support/raw-connection.ts';

/** Compares the bytes that come on one connection, as they come. */
export class Receiver {
  received = 0;
  wrongAt: number | null = null;
  readonly isOver: Promise<void>;
  #expected: Generator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #established = false;

  constructor(endpoint: RawConnection, seed: number, size: number) {
    this.#expected = noise(seed, size);
    this.isOver = new Promise((resolve) => {
      endpoint.inbox.divert((data) => this.#compare(data), resolve);
      void endpoint.over.then(() => resolve());
    });
  }

  #nextChunk(): Buffer {
    const next = this.#expected.next();
    return next.done === true ? Buffer.alloc(0) : next.value;
  }

  #compare(data: Uint8Array): void {
    let at = 0;
    if (!this.#established) {
      this.#established = true;
      if (data[0] !== 10) this.wrongAt ??= -1;
      at = 1;
    }
    while (at < data.length) {
      if (this.#chunk.length === 0) this.#chunk = this.#nextChunk();
      const length = Math.min(this.#chunk.length, data.length - at);
      if (length === 0 || this.#chunk.compare(data, at, at + length, 0, length) !== 0) {
        this.wrongAt ??= this.received;
        return;
      }
      this.received += length;
      this.#chunk = this.#chunk.subarray(length);
      at += length;
    }
  }
}
