/** What a native connection has to pass before it is a stream of commands: who sent it, a PROXY header, TLS. */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { plainAddress } from './address.ts';
import type { Admission } from './admission.ts';
import type { Certificate } from './certificate.ts';
import type { Proxies } from './proxies.ts';
import { looksLikeProxyHeader, NoProxyHeader, readProxyHeader } from './proxy-header.ts';
import { lendReads } from './tcp.ts';

const NOTHING = Buffer.alloc(0);

/** How long, in ms, a PROXY header or a TLS handshake may take. */
const DEADLINE = 5_000;

export interface Entrance {
  readonly proxies: Proxies;
  /** How many are let in. */
  readonly admission: Admission;
  readonly logger: Logger;
  /** Whether connections from this address are refused. */
  readonly refuses: (address: string) => boolean;
  /** Whether a connection is one of this server to itself. */
  readonly isProbe: (socket: Socket) => boolean;
}

/** Who gets a connection that has passed. */
export type Take = (passed: Passed) => void;

export interface Passed {
  /** To be resumed when it is listened to. */
  readonly socket: Socket;
  /** The client's. */
  readonly address: string;
  /** What was read of it already. */
  readonly early?: Buffer;
  /** Wants to see what comes first. */
  readonly onFirst?: (bytes: Uint8Array) => void;
}

/** The way in of one listener. */
export class Door {
  readonly #entrance: Entrance;
  readonly #certificate: Certificate | null;
  readonly #take: Take;
  /** Connections that have not passed yet. */
  readonly #waiting = new Set<Socket>();

  /** @param certificate null for a listener without TLS */
  constructor(entrance: Entrance, certificate: Certificate | null, take: Take) {
    this.#entrance = entrance;
    this.#certificate = certificate;
    this.#take = take;
  }

  /**
   * Lets a connection pass, or ends it.
   * @param accepted paused since it was accepted (`pauseOnConnect`)
   */
  enter(accepted: Socket): void {
    const { proxies, admission } = this.#entrance;
    if (admission.enter()) {
      accepted.destroy();
      admission.leave();
      return;
    }
    // Undefined when the connection was reset between its arrival and now.
    const remote = plainAddress(accepted.remoteAddress ?? '');
    if (!proxies.any && !this.#certificate) {
      // The usual way is the shortest: nothing but the socket itself is kept for a client.
      if (this.#isRefused(accepted, remote)) admission.leave();
      else this.#take({ socket: lendReads(accepted), address: remote });
      return;
    }
    this.#waiting.add(accepted);
    accepted.once('close', () => {
      if (this.#waiting.delete(accepted)) admission.leave();
    });
    if (proxies.has(remote)) {
      afterHeader(accepted, this.#entrance, remote, (address, early) =>
        this.#pass(accepted, { address, early }),
      );
    } else {
      this.#pass(accepted, {
        address: remote,
        onFirst: (bytes) => reportForgery(bytes, remote, this.#entrance),
      });
    }
  }

  /** Ends what has not passed. */
  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }

  #pass(accepted: Socket, about: Omit<Passed, 'socket'>): void {
    const { address, early } = about;
    if (this.#isRefused(accepted, address)) return;
    if (this.#certificate) {
      if (early) accepted.unshift(early);
      handshake(this.#certificate.secure(accepted), this.#entrance, (socket) => {
        this.#waiting.delete(accepted);
        this.#take({ socket, address });
      });
    } else {
      this.#waiting.delete(accepted);
      this.#take({ ...about, socket: lendReads(accepted) });
    }
  }

  #isRefused(socket: Socket, address: string): boolean {
    if (!this.#entrance.refuses(address)) return false;
    this.#entrance.admission.turnedAway('refused by the operator');
    socket.resetAndDestroy();
    return true;
  }
}

/** Says that a stranger's connection begins with a PROXY header; the rules close it, since that is no command. */
function reportForgery(bytes: Uint8Array, address: string, { logger }: Entrance): void {
  if (looksLikeProxyHeader(bytes))
    logger.info({ address }, 'refused: a PROXY header from an address that is not in --proxies');
}

/** Reads the header that a proxy begins with, and lets the rest through. */
function afterHeader(
  socket: Socket,
  { logger, admission }: Entrance,
  remote: string,
  pass: (source: string, early: Buffer) => void,
): void {
  let head = Buffer.alloc(0);
  const refuse = (why: string) => {
    stop();
    admission.turnedAway('no PROXY header from a proxy');
    logger.debug({ address: remote }, `refused: ${why}`);
    socket.resetAndDestroy();
  };
  const onData = (bytes: Buffer) => {
    head = Buffer.concat([head, bytes]);
    try {
      const header = readProxyHeader(head);
      if (!header) return;
      socket.off('data', onData).pause();
      // Outside of the read that this is part of, which may have more to say.
      process.nextTick(() => {
        stop();
        const early = [head.subarray(header.length), (socket.read() as Buffer | null) ?? NOTHING];
        if (!socket.destroyed) pass(header.source ?? remote, Buffer.concat(early));
      });
    } catch (error) {
      if (!(error instanceof NoProxyHeader)) throw error;
      refuse(error.message);
    }
  };
  const onEnd = () => refuse('the connection ended before its PROXY header did');
  const onError = () => {
    // 'close' follows.
  };
  const timer = setTimeout(() => refuse('no PROXY header in time'), DEADLINE);
  const stop = () => {
    clearTimeout(timer);
    socket.off('data', onData).off('end', onEnd).off('close', stop).off('error', onError);
  };
  socket.on('data', onData).on('end', onEnd).on('close', stop).on('error', onError);
  socket.resume();
}

function handshake(socket: Socket, { logger }: Entrance, done: (socket: Socket) => void): void {
  const give = (why: string) => {
    logger.debug(`TLS: ${why}`);
    socket.destroy();
  };
  const timer = setTimeout(() => give('no handshake in time'), DEADLINE);
  const onError = (error: Error) => give(error.message);
  socket.on('error', onError).on('_tlsError', onError);
  socket.once('close', () => clearTimeout(timer));
  socket.once('secure', () => {
    clearTimeout(timer);
    socket.off('error', onError).off('_tlsError', onError);
    done(socket);
  });
}
