/** A connection that has not passed yet: it owes a PROXY header, a TLS handshake, or both. */
import type { Socket } from 'node:net';
import { plainAddress } from '../net/address.ts';
import type { Idle } from './admission.ts';
import type { Certificate } from './certificate.ts';
import type { AcceptPolicy, ListenerOptions, AcceptedConnection, OnAccepted } from './accepted.ts';
import { NoProxyHeader, readProxyHeader } from './proxy-header.ts';
import { TICK_EVERY, type LivenessMonitor, type Monitored } from '../transport/socket/liveness.ts';
import type { EarlyEndReason } from '../../shared/protocol/reasons.ts';

/** How long, in ms from its arrival, a connection may take until it has passed. */
const DEADLINE = 5_000;

/** What a browser may speak above TLS (ALPN, RFC 7301). */
const HTTP_1 = ['http/1.1'];

const NOTHING = Buffer.alloc(0);

/** One such connection. Its deadline, and its place among those that make room for others, begin at its arrival. */
export class PendingConnection implements Monitored, Idle {
  readonly isClosing = false;
  readonly #accepted: Socket;
  readonly #about: Pick<AcceptedConnection, 'address' | 'lease'>;
  readonly #policy: AcceptPolicy;
  readonly #onLeft: () => void;
  /** In the watch's seconds, during which the process was awake: what it did not read is nobody's fault. */
  readonly #since: number;
  #owes: 'nothing' | 'header' | 'handshake' = 'nothing';
  #hasLeft = false;

  /** @param onLeft told when it has passed, or is gone */
  constructor(
    accepted: Socket,
    about: Pick<AcceptedConnection, 'address' | 'lease'>,
    policy: AcceptPolicy,
    onLeft: () => void,
  ) {
    this.#accepted = accepted;
    this.#about = about;
    this.#policy = policy;
    this.#onLeft = onLeft;
    this.#since = policy.watch.seconds;
    policy.watch.add(this);
    policy.admission.idle.add(this);
    accepted.on('error', ignore).on('close', this.#onClose);
  }

  /** Reads the header that a proxy begins with, and gives the address in it and what came behind it. */
  readHeader(done: (address: string, early: Buffer) => void): void {
    this.#owes = 'header';
    const socket = this.#accepted;
    let head = NOTHING;
    const onData = (bytes: Buffer) => {
      head = Buffer.concat([head, bytes]);
      try {
        const header = readProxyHeader(head);
        if (!header) return;
        socket.off('data', onData).pause();
        // Outside of the read that this is part of, which may have more to say.
        process.nextTick(() => {
          socket.off('end', onEnd);
          this.#owes = 'nothing';
          const early = [head.subarray(header.length), (socket.read() as Buffer | null) ?? NOTHING];
          const address = header.source === null ? this.#about.address : plainAddress(header.source);
          if (!socket.destroyed) done(address, Buffer.concat(early));
        });
      } catch (error) {
        if (!(error instanceof NoProxyHeader)) throw error;
        socket.off('data', onData);
        this.#refuse(error.message);
      }
    };
    const onEnd = () => {
      if (head.length === 0) this.#end('nothing came');
      else this.#refuse('the connection ended before its PROXY header did');
    };
    socket.on('data', onData).on('end', onEnd).resume();
  }

  /** Speaks TLS, and passes when that is agreed on. */
  handshake(
    certificate: Certificate,
    speaks: ListenerOptions['protocol'],
    passed: AcceptedConnection,
    take: OnAccepted,
  ): void {
    this.#owes = 'handshake';
    const { head: early, ...rest } = passed;
    if (early) this.#accepted.unshift(early);
    const socket = certificate.secure(this.#accepted, speaks === 'requests' ? HTTP_1 : undefined);
    const onError = ({ message }: Error) => {
      this.#policy.logger.debug(`TLS: ${message}`);
      this.#end(this.#accepted.bytesRead === 0 ? 'nothing came' : 'the TLS handshake failed');
      socket.destroy();
    };
    const onEnd = () => onError(new Error('the connection ended'));
    socket.on('error', onError).on('_tlsError', onError).on('end', onEnd);
    socket.once('secure', () => {
      socket.off('error', onError).off('_tlsError', onError).off('end', onEnd).on('_tlsError', breakOff);
      this.accept({ ...rest, socket }, take);
    });
  }

  /** It owes nothing any more. */
  accept(passed: AcceptedConnection, take: OnAccepted): void {
    if (this.#hasLeft) return;
    this.#leave();
    // Under TLS the connection stays where it is, and breaks as any other does.
    if (passed.socket === this.#accepted) this.#accepted.off('error', ignore);
    take(passed);
  }

  checkTimeouts({ seconds }: LivenessMonitor): void {
    if ((seconds - this.#since) * TICK_EVERY < DEADLINE) return;
    if (this.#owes === 'header') this.#refuse('no PROXY header in time');
    else this.#end('no TLS handshake in time');
  }

  makeRoom(): void {
    this.#policy.onEarlyEnd('made room for another');
    this.destroy();
    this.#about.lease.release();
  }

  destroy(): void {
    this.#leave();
    this.#accepted.destroy();
  }

  #refuse(why: string): void {
    if (this.#hasLeft) return;
    const { admission, logger } = this.#policy;
    admission.recordRejection('no PROXY header from a proxy');
    logger.debug({ address: this.#about.address }, `rejected: ${why}`);
    this.#leave();
    this.#accepted.resetAndDestroy();
  }

  #end(why: EarlyEndReason): void {
    if (this.#hasLeft) return;
    this.#policy.onEarlyEnd(why);
    this.destroy();
  }

  /** The client is gone, before it had passed. */
  readonly #onClose = (): void => {
    if (this.#accepted.bytesRead === 0 || this.#owes === 'nothing') this.#end('nothing came');
    else if (this.#owes === 'header') this.#refuse('the connection ended before its PROXY header did');
    else this.#end('the TLS handshake failed');
  };

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#accepted.off('close', this.#onClose);
    this.#policy.watch.delete(this);
    this.#policy.admission.idle.delete(this);
    this.#onLeft();
  }
}

function ignore(): void {
  // 'close' follows, and tells it.
}

/** What breaks TLS later on (a wrong record, one renegotiation after the other) ends the connection. */
function breakOff(this: Socket, error: Error): void {
  this.destroy(error);
}
