/** A connection on its way through admission: it has yet to send a PROXY header, a TLS handshake, or both. */
import type { Socket } from 'node:net';
import { plainAddress } from '../addresses/address.ts';
import type { Evictable } from './admission.ts';
import type { Certificate } from './certificate.ts';
import type { AcceptPolicy, ListenerOptions, AcceptedConnection, OnAccepted } from './accepted-connection.ts';
import { NoProxyHeader, readProxyHeader } from './proxy-header.ts';
import { TICK_EVERY, type LivenessMonitor, type Monitored } from '../transport/socket/liveness.ts';
import type { EarlyEndReason } from '../../shared/protocol/reasons.ts';

/** Timeout of admission, in ms from a connection's arrival until it has passed. */
const DEADLINE = 5_000;

/** Protocols that a browser may speak above TLS (ALPN, RFC 7301). */
const HTTP_1 = ['http/1.1'];

const NOTHING = Buffer.alloc(0);

/**
 * A pending connection. Its deadline begins when it is accepted, and so does its place among those that may be evicted.
 */
export class PendingConnection implements Monitored, Evictable {
  readonly isClosing = false;
  readonly #accepted: Socket;
  readonly #coming: AcceptedConnection;
  readonly #policy: AcceptPolicy;
  readonly #onAccepted: OnAccepted;
  readonly #onSettled: () => void;
  /** Arrival, in awake seconds: unread input is not the client's fault. */
  readonly #since: number;
  #awaits: 'nothing' | 'header' | 'handshake' = 'nothing';
  #isSettled = false;

  /**
   * @param onAccepted called when it has passed
   * @param onSettled called once, before that, or when it is closed
   */
  constructor(
    coming: AcceptedConnection,
    policy: AcceptPolicy,
    onAccepted: OnAccepted,
    onSettled: () => void,
  ) {
    this.#accepted = coming.socket;
    this.#coming = coming;
    this.#policy = policy;
    this.#onAccepted = onAccepted;
    this.#onSettled = onSettled;
    this.#since = policy.monitor.awakeSeconds;
    policy.monitor.add(this);
    policy.admission.idle.add(this);
    this.#accepted.on('error', ignore).on('close', this.#onClose);
  }

  /** Reads the PROXY header, and calls back with the address in it and what came behind it. */
  readHeader(done: (address: string, rest: Buffer) => void): void {
    this.#awaits = 'header';
    const socket = this.#accepted;
    let head = NOTHING;
    const onData = (bytes: Buffer) => {
      head = Buffer.concat([head, bytes]);
      try {
        const header = readProxyHeader(head);
        if (!header) return;
        socket.off('data', onData).pause();
        // The rest runs outside of the read that this is part of, which may bring more.
        process.nextTick(() => {
          socket.off('end', onEnd);
          this.#awaits = 'nothing';
          const rest = [head.subarray(header.length), (socket.read() as Buffer | null) ?? NOTHING];
          const address = header.source === null ? this.#coming.address : plainAddress(header.source);
          if (!socket.destroyed) done(address, Buffer.concat(rest));
        });
      } catch (error) {
        if (!(error instanceof NoProxyHeader)) throw error;
        socket.off('data', onData);
        this.#reject(error.message);
      }
    };
    const onEnd = () => {
      if (head.length === 0) this.#end('nothing came');
      else this.#reject('the connection ended before its PROXY header did');
    };
    socket.on('data', onData).on('end', onEnd).resume();
  }

  /** Begins the TLS handshake; the connection passes when that is done. */
  handshake(
    certificate: Certificate,
    protocol: ListenerOptions['protocol'],
    passed: AcceptedConnection,
  ): void {
    this.#awaits = 'handshake';
    const { head, ...rest } = passed;
    if (head) this.#accepted.unshift(head);
    certificate.handshake(this.#accepted, protocol === 'requests' ? HTTP_1 : undefined, {
      onSecure: (socket) => this.accept({ ...rest, socket }),
      onWaste: (bytes) => passed.slot.mayWaste(bytes),
      onFailure: ({ message }) => {
        this.#policy.logger.debug(`TLS: ${message}`);
        this.#end(this.#accepted.bytesRead === 0 ? 'nothing came' : 'the TLS handshake failed');
      },
    });
  }

  /** Passes the connection on: nothing more is awaited. */
  accept(passed: AcceptedConnection): void {
    if (this.#isSettled) return;
    this.#settle();
    // Under TLS the accepted socket stays in use, and an error on it must have a listener.
    if (passed.socket === this.#accepted) this.#accepted.off('error', ignore);
    this.#onAccepted(passed);
  }

  checkTimeouts({ awakeSeconds }: LivenessMonitor): void {
    if ((awakeSeconds - this.#since) * TICK_EVERY < DEADLINE) return;
    if (this.#awaits === 'header') this.#reject('no PROXY header in time');
    else this.#end('no TLS handshake in time');
  }

  evict(): void {
    this.#policy.onEarlyEnd('made room for another');
    this.destroy();
    this.#coming.slot.release();
  }

  destroy(): void {
    this.#settle();
    this.#accepted.destroy();
  }

  #reject(why: string): void {
    if (this.#isSettled) return;
    const { admission, logger } = this.#policy;
    admission.recordRejection('no PROXY header from a proxy');
    logger.debug({ address: this.#coming.address }, `rejected: ${why}`);
    this.#settle();
    this.#accepted.resetAndDestroy();
  }

  #end(why: EarlyEndReason): void {
    if (this.#isSettled) return;
    this.#policy.onEarlyEnd(why);
    this.destroy();
  }

  /** The client has closed the connection before it passed. */
  readonly #onClose = (): void => {
    if (this.#accepted.bytesRead === 0 || this.#awaits === 'nothing') this.#end('nothing came');
    else if (this.#awaits === 'header') this.#reject('the connection ended before its PROXY header did');
    else this.#end('the TLS handshake failed');
  };

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#accepted.off('close', this.#onClose);
    this.#policy.monitor.delete(this);
    this.#policy.admission.idle.delete(this);
    this.#onSettled();
  }
}

function ignore(): void {
  // 'close' follows, and is handled.
}
