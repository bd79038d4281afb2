/** Private connections: two streams joined into one (§4, D19–D22). */
import type { ByteStream, Closed, StreamHandler } from '../../../shared/stream/byte-stream.ts';
import { BACKPRESSURE, UNPAIRED } from '../../../shared/stream/holds.ts';
import { PieceQueue } from '../../../shared/stream/piece-queue.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { Limits } from '../limits/limits.ts';
import type { TurnQuota } from '../../../shared/stream/turn-quota.ts';
import { type RelayEndReason, LOST } from '../../../shared/protocol/reasons.ts';
import { DISCONNECTED, type RelayClose } from '../../../shared/protocol/closes.ts';

const ESTABLISHED = Uint8Array.of(Opcode.ESTABLISHED);

type RelayLimits = Pick<Limits, 'maxHeldBytes' | 'relayStall'>;

/**
 * One of the two connections of a private connection. It waits for its peer and keeps what comes, up to a limit, after
 * which its reads are paused; connected to it, it passes on bytes, half-closes, and breaks.
 */
export class RelayEndpoint implements StreamHandler {
  /** Write deadline, in ms: longer than a chat's, since who reads slowly here holds up only the other side (D20). */
  readonly writeTimeout: number;
  readonly #stream: ByteStream;
  readonly #maxHeldBytes: number;
  readonly #onEnded: (endpoint: RelayEndpoint, end: RelayEndReason, rule?: string) => void;
  readonly #quota: TurnQuota | null;
  #peer: RelayEndpoint | null = null;
  /** Bytes that came before the peer; null when none did, as mostly, and from then on. */
  #kept: PieceQueue | null = null;
  #inputEnded = false;
  #gone = false;
  /** True for the stream to another node, where the other endpoint is: it is nobody's connection. */
  readonly isHop: boolean;
  /** Called when the transport is throttled for messages that are no data. */
  onThrottled?: () => void;
  /** Bytes passed on from here to the peer. */
  relayed = 0;

  /**
   * Takes a stream over.
   * @param rest bytes that came behind LOGIN_PRIVATE already (D19)
   * @param onEnded called once, when this connection is gone; with the rule of the transport that it broke, if it did
   * @param quota bounds what all endpoints relay in one turn
   * @param isHop whether it is the stream to another node
   */
  constructor(
    stream: ByteStream,
    rest: Uint8Array,
    { maxHeldBytes, relayStall }: RelayLimits,
    onEnded: (endpoint: RelayEndpoint, end: RelayEndReason, rule?: string) => void,
    quota: TurnQuota | null = null,
    isHop = false,
  ) {
    this.isHop = isHop;
    this.writeTimeout = relayStall;
    this.#stream = stream;
    this.#maxHeldBytes = maxHeldBytes;
    this.#onEnded = onEnded;
    this.#quota = quota;
    stream.attach(this);
    if (rest.length > 0) this.#keep(rest);
  }

  /** True when it has ended. */
  get isGone(): boolean {
    return this.#gone;
  }

  /** True when the other connection came. */
  get isConnected(): boolean {
    return this.#peer !== null;
  }

  /**
   * Establishes the private connection: ESTABLISHED to both, then what each had sent before, then the relay (D19).
   * @param isSaid false when another node says ESTABLISHED
   */
  connect(other: RelayEndpoint, isSaid = true): void {
    if (isSaid) {
      this.#stream.write(ESTABLISHED);
      other.#stream.write(ESTABLISHED);
    }
    this.#peer = other;
    other.#peer = this;
    this.#forwardKept();
    other.#forwardKept();
  }

  /** Ends the connection by the server, with the reason in words. */
  close([kind, end, words]: RelayClose): void {
    // Half of a stream must not be taken for the whole of it (D21).
    if (this.#peer) this.#stream.abort(kind, words);
    else this.#stream.close(kind, words);
    if (this.#peer?.isHop) this.#peer.breakOff();
    this.#ended(end);
  }

  /** Resets the connection, since the other one is lost (D21). */
  breakOff(): void {
    if (this.#gone) return;
    this.#stream.abort();
    this.#ended('other leg lost');
  }

  /** Ends the connection as its operator wants it, and so the other one (D21). */
  disconnect(): void {
    const other = this.#peer;
    this.close(DISCONNECTED);
    other?.breakOff();
  }

  onData(bytes: Uint8Array): void {
    if (!this.#peer) this.#keep(bytes);
    else this.#forward(bytes, this.#peer);
  }

  /** Passes the end of one side's writing on to the other, a half-close (D21); TLS that was cut short is no end. */
  onEnd(isCutShort = false): void {
    if (isCutShort) {
      this.#stream.abort();
      this.onClose({ clean: false });
      return;
    }
    this.#inputEnded = true;
    if (this.#peer) this.#peer.#stream.end();
  }

  onWritable(): void {
    const source = this.#peer;
    if (!source) return;
    this.#quota?.readAgain(source.#stream);
    source.#stream.release(BACKPRESSURE);
  }

  /** Breaks the peer at once: who broke the rules may never answer the close, and keep its connection open (D21). */
  onFault(reason: string): void {
    this.#stream.close('unreadable', reason);
    this.#break('transport rules broken', reason);
  }

  /** An error is never passed on as a clean end: the peer is reset (D21). */
  onClose(closed: Closed): void {
    if (this.#gone) return;
    if (closed.clean) this.#ended('relay finished');
    else this.#break(LOST[closed.givenUp ?? 'lost']);
  }

  #break(end: RelayEndReason, rule?: string): void {
    if (this.#gone) return;
    const other = this.#peer;
    this.#ended(end, rule);
    other?.breakOff();
  }

  #keep(bytes: Uint8Array): void {
    this.#kept ??= new PieceQueue();
    this.#kept.push(bytes);
    if (this.#kept.length >= this.#maxHeldBytes) this.#stream.hold(UNPAIRED);
  }

  /** Forwards what is kept: a few blocks at most, since that is bounded and coalesced. */
  #forwardKept(): void {
    const other = this.#peer!;
    const kept = this.#kept;
    this.#kept = null;
    for (let bytes = kept?.shift(); bytes; bytes = kept?.shift()) this.#forward(bytes, other);
    if (this.#inputEnded) other.#stream.end();
    this.#stream.release(UNPAIRED);
  }

  /** Backpressure: while the peer cannot take more, this endpoint is not read (D20). */
  #forward(bytes: Uint8Array, other: RelayEndpoint): void {
    this.relayed += bytes.length;
    if (!other.#stream.write(bytes)) this.#stream.hold(BACKPRESSURE);
    if (!this.#gone) this.#quota?.spend(this.#stream, bytes.length);
  }

  #ended(end: RelayEndReason, rule?: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#kept = null;
    this.#quota?.remove(this.#stream);
    this.#onEnded(this, end, rule);
  }
}
