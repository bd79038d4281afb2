/** TLS connection of the server: it can be reset, and bounds what its input may cost (see {@link TlsInput}). */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { HandshakeOutcome, TlsTerms } from './socket-access.ts';
import { TlsFlood, TlsInput, type Reading } from './tls-input.ts';

/** Bytes of the blocks in which is kept what is not read at once. */
const BLOCK = 4 * 1024;

/**
 * Node decrypts each record into memory of its own, of which a stream that is not read would keep 64 KiB: forty megabytes of
 * objects, when a client sends a byte in each. Here all records but the first wait in blocks.
 */
export class ServerTlsSocket extends TLSSocket implements Reading {
  readonly #below: Socket;
  readonly #input: TlsInput;
  /** Block that is being filled, behind all that the stream keeps. */
  #block: Buffer | null = null;
  #filled = 0;
  /** True once a handshake of TLS 1.3 is done: of older versions it is not known how much of a record is content. */
  #isCounted = false;

  /** @param outcome hears of what is no content */
  constructor(
    below: Socket,
    { context, protocols, pskCallback }: TlsTerms,
    outcome: Pick<HandshakeOutcome, 'onWaste'>,
  ) {
    super(below, {
      isServer: true,
      secureContext: context,
      ...(protocols && { ALPNProtocols: protocols }),
      ...(pskCallback && { pskCallback }),
    });
    this.#below = below;
    this.#input = new TlsInput(below, outcome);
    // Another gateway has proven that it is one, and is read past this class: what it brings is not counted.
    if (pskCallback) return;
    TlsInput.watch(this);
    this.once('close', () => {
      TlsInput.unwatch(this);
      this.#input.lookAtLast();
      this.#endIfWasteful();
    });
  }

  /** Counts from now on what is no content, where that can be told: the handshake is done. */
  startCounting(): void {
    this.#isCounted = this.getProtocol() === 'TLSv1.3';
  }

  /** Takes what a record holds; false stops reading until `_read`. */
  override push(bytes: Buffer | null, encoding?: BufferEncoding): boolean {
    if (bytes === null) {
      this.#keepBlock();
      return super.push(null);
    }
    const goesOn = this.#keep(bytes, encoding);
    this.#input.count(bytes.length);
    this.#endIfWasteful();
    return goesOn && !this.#input.isSpent;
  }

  override read(size?: number): Buffer | null {
    // Only Node itself reads nothing, to have the stream filled.
    if (size !== 0) this.#keepBlock();
    return super.read(size) as Buffer | null;
  }

  override _read(size: number): void {
    if (this.#input.isSpent) TlsInput.wait(this);
    else super._read(size);
  }

  readAgain(): void {
    if (!this.destroyed) super._read(0);
  }

  endIfWasteful(): void {
    this.#input.look();
    this.#endIfWasteful();
  }

  override resetAndDestroy(): this {
    this.#below.resetAndDestroy();
    return this.destroy();
  }

  #endIfWasteful(): void {
    if (this.#isCounted && this.#input.chargeWaste()) this.destroy(new TlsFlood());
  }

  #keep(bytes: Buffer, encoding?: BufferEncoding): boolean {
    if (this.readableLength === 0 || bytes.length >= BLOCK) {
      this.#keepBlock();
      return super.push(bytes, encoding);
    }
    if (this.#filled + bytes.length > BLOCK) this.#keepBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK);
    this.#filled += bytes.copy(this.#block, this.#filled);
    return this.readableLength + this.#filled < this.readableHighWaterMark;
  }

  #keepBlock(): void {
    const block = this.#block;
    if (block === null) return;
    this.#block = null;
    super.push(block.subarray(0, this.#filled));
    this.#filled = 0;
  }
}
