/**
 * The mesh: for each private connection whose two endpoints are at different nodes, and for each question (see
 * `inquiries.ts`), one connection between two nodes. It is a stream of bytes like any other, with half-close, backpressure, and a reset that never looks like a clean end.
 */
import type { ByteStream } from '../../shared/stream/byte-stream.ts';

/** Purpose of a hop. That of a private connection both nodes know from the log; that of a question has no session (`inquiries.ts`). */
export interface Hop {
  readonly connectId: number;
  /** Sessions, as the log names them: incarnation of the node and number of the session there. */
  readonly first: SessionName;
  readonly second: SessionName;
}

export interface SessionName {
  readonly incarnation: string;
  readonly session: number;
}

/** The node's end of all hops. */
export interface Mesh {
  /** Address, `host:port`, by which other nodes reach this one's mesh port; it goes into the JOIN record. */
  readonly address: string;
  /** Dials the other endpoint's node. The stream fails (`onClose`, not clean) when the hop does not stand within 5 s. */
  dial(address: string, hop: Hop): ByteStream;
  /** Called when another node has dialled and proved that it has the secret. Hops are refused by false, and while this is null. */
  onHop: ((hop: Hop, stream: ByteStream) => boolean) | null;
}
