/** The interfaces around a resumable stream: its owner, its flow control, and the ends that may be resumed (D28). */
import type { CloseKind } from '../protocol/reasons.ts';
import type { ByteStream, Closed } from './byte-stream.ts';
import type { HeldInput } from './held-input.ts';
import type { ByteQueue, RetransmitBuffer } from './retransmit-buffer.ts';

/** Close code with which a page drops a WebSocket that it takes for dead, and means to resume. */
export const ABANDONED = 4006;
/** Close code that a WebSocket reports when the connection under it broke. */
const BROKEN = 1006;

/** True for the close of a transport that broke, so that another may follow it. */
export function isBroken({ code }: Closed): boolean {
  return code === undefined || code === BROKEN || code === ABANDONED;
}

/** Owner of a `ResumableStream`: finds it transports, and exchanges counts with the other side's owner. */
export interface ResumableOwner {
  /** Sends an acknowledgement over the present transport: how much came. */
  sendReceived(received: number): void;
  /** Runs a function after `ms`. */
  later(run: () => void, ms: number): void;
  /** The transport broke. Answers whether `adopt` or `lose` will follow; if not, the stream ends. */
  onDropped(): boolean;
  /** The stream cannot be resumed any more, by a fault or its end; why, if this side closed it. Before its close; may be twice. */
  onOver(kind?: CloseKind): void;
}

/** The retransmit buffer, as flow control sees it. */
export interface Kept extends Pick<RetransmitBuffer, 'base' | 'sent'> {
  readonly queue: { readonly copied: number };
}

/** Flow control of a stream that keeps what is written: bounds, and who is told of what is kept. */
export interface Flow {
  /** Bytes under way in a window, or bytes kept without one. */
  readonly size: number;
  /** Low-water mark: bytes that are not acknowledged, up to which there is room again in a window. */
  readonly lowWater: number;
  /** Queue for what is written; a `PieceQueue` unless given. */
  readonly queue?: ByteQueue | undefined;
  /** Input that waits for a handler that holds, in a window. Without it the handler may not hold. */
  readonly input?: HeldInput | undefined;
  /** True when so much waits there that the transport must not be read. */
  readonly holdsTooMuch?: boolean;
  /** Longest delay, in ms, of the acknowledgement of so many received bytes; 0 for at once. In a window. */
  ackDelay(due: number): number;
  /** Notes what has changed, `input` included. */
  update(kept: Kept, transport: ByteStream | null): void;
}
