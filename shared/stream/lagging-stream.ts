/** A resumable stream for a chat: the other side may lag, and misses what is dropped then. */
import { LEAST } from './flow-window.ts';
import type { Flow } from './resumable.ts';
import { ResumableStream } from './resumable-stream.ts';

/**
 * In a window the other side is waited for. Without one nobody waits: when the other side lags further than the window
 * would be, the oldest bytes are dropped, and it can only resume if it has got them. One that has no transport misses
 * them for certain, and ends.
 */
export class LaggingStream extends ResumableStream {
  /** Set where there is no window. */
  #flow: Flow | null = null;
  /** Bytes that may be kept in any case: below them the flow control need not be fetched from memory. */
  #least = 0;

  override keep(flow: Flow, windowed: boolean): void {
    if (!windowed) this.#flow = flow;
    this.#least = LEAST * flow.size;
    super.keep(flow, windowed);
  }

  override write(bytes: Uint8Array, shared?: boolean): boolean {
    const hasRoom = super.write(bytes, shared);
    if (this.#flow && this.waiting > this.#least && this.waiting > this.#flow.size)
      this.#dropOldest(this.#flow.size);
    return hasRoom;
  }

  #dropOldest(limit: number): void {
    // It drops more than needed, so that it is not done for every piece.
    if (this.connected) this.acknowledged(this.written - Math.floor(0.75 * limit));
    else this.abort('too-slow');
  }
}
