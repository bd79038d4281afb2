/** Probes whether a client could come in now: a real LOGIN over TCP and over WebSocket, against the own listeners. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../shared/protocol/control.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { ownInterfaces } from '../addresses/own-addresses.ts';

/** Path at which whoever asks is told the verdict. */
export const READYZ = '/readyz';

/** Timeout of the answer, in ms. */
const DEADLINE = 2_000;
/** Time, in ms, that a verdict is cached. */
const FRESH = 1_000;

/** A LOGIN with an empty login: always refused (D7), so the answer takes the whole way, and no client joins. */
const EMPTY_LOGIN = Uint8Array.of(Opcode.LOGIN, 0, 0, 0, 0);

/** A listener of this process. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** The probes under way, by their address and port: they are not counted or logged as clients. */
export class Probes {
  readonly #ends = new Set<string>();

  /** Tells whether an accepted connection is a probe. */
  has(socket: Socket): boolean {
    return this.#ends.size > 0 && this.#ends.has(`${socket.remoteAddress} ${socket.remotePort}`);
  }

  /** @param preamble sent before all else, TLS included */
  connect({ host, port, secure }: Target, preamble?: Uint8Array | null): Socket {
    const socket = connect({ host: addressToProbe(host), port });
    if (preamble) socket.write(preamble);
    // Node asks the system for the connection, which names the port, in the tick that it has queued just now; the
    // listener accepts it in a later iteration of the event loop.
    process.nextTick(() => {
      const end = `${socket.localAddress} ${socket.localPort}`;
      this.#ends.add(end);
      socket.once('close', () => this.#ends.delete(end));
    });
    // The check is about the listener, not about its certificate.
    return secure ? connectTls({ socket, rejectUnauthorized: false }) : socket;
  }
}

/** Verdict: null when ready, else the reason why not. */
export type Verdict = string | null;

interface ReadinessOptions {
  readonly tcp: Target;
  readonly http: Target;
  readonly probes?: Probes;
  /** Returns what the TCP listener expects first from this address (a PROXY header), or null. */
  readonly preambleFor?: (address: string) => Uint8Array | null;
  /** Tells why no client should come, whatever the listeners do; null for no such reason. */
  readonly verdictOfRoom?: () => Verdict;
  /** Called when a verdict is not that of the check before it; with the first one, when that is a reason. */
  readonly onChange?: (verdict: Verdict) => void;
}

export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #probes: Probes;
  #draining = false;
  #verdict: Promise<Verdict> | null = null;
  #lastTold: Verdict = null;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    this.#probes = options.probes ?? new Probes();
  }

  /** Makes every later check answer not ready, so that load balancers send no new clients. */
  answerDraining(): void {
    this.#draining = true;
  }

  async check(): Promise<Verdict> {
    const probed = this.#known === null ? await (this.#verdict ??= this.#probe()) : null;
    // The listeners may have been closed meanwhile.
    const verdict = this.#known ?? probed;
    if (verdict !== this.#lastTold) {
      this.#lastTold = verdict;
      this.#options.onChange?.(verdict);
    }
    return verdict;
  }

  /** Reason that holds whatever the listeners answer. */
  get #known(): Verdict {
    return this.#draining ? 'draining' : (this.#options.verdictOfRoom?.() ?? null);
  }

  async #probe(): Promise<Verdict> {
    const verdicts = await Promise.all([
      answered('TCP', (done) => this.#overTcp(done)),
      answered('WebSocket', (done) => this.#overWebSocket(done)),
    ]);
    setTimeout(() => (this.#verdict = null), FRESH).unref();
    return verdicts.filter((verdict) => verdict !== null).join('; ') || null;
  }

  #overTcp(done: Done): () => void {
    const { tcp, preambleFor } = this.#options;
    const socket = this.#probes.connect(tcp, preambleFor?.(addressToProbe(tcp.host)));
    socket.on('error', (error) => done(inWords(error)));
    socket.on('close', () => done('the connection was closed'));
    socket.once('data', (answer) => done(explainAnswer(answer)));
    socket.write(EMPTY_LOGIN);
    return () => socket.destroy();
  }

  #overWebSocket(done: Done): () => void {
    const { http } = this.#options;
    const url = `${http.secure ? 'wss' : 'ws'}://${urlHost(http.host)}:${http.port}/ws`;
    const socket = new WebSocket(url, SUBPROTOCOL, {
      createConnection: () => this.#probes.connect(http),
    });
    socket.on('error', (error) => done(inWords(error)));
    socket.on('close', () => done('the connection was closed'));
    socket.once('message', (answer: Buffer) => done(explainAnswer(answer)));
    socket.once('open', () => socket.send(EMPTY_LOGIN));
    return () => socket.terminate();
  }
}

type Done = (verdict: Verdict) => void;

/** First verdict of an attempt, which is then stopped; a timeout is a verdict, too. */
function answered(name: string, attempt: (done: Done) => () => void): Promise<Verdict> {
  return new Promise((resolve) => {
    const finish = (verdict: Verdict) => {
      clearTimeout(timer);
      resolve(verdict && `${name}: ${verdict}`);
      setImmediate(stop);
    };
    const timer = setTimeout(() => finish(`no answer within ${DEADLINE} ms`), DEADLINE);
    const stop = attempt(finish);
  });
}

/** Describes an error without addresses, since anybody may ask. */
function inWords({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message;
}

function explainAnswer(answer: Uint8Array): Verdict {
  return answer[0] === Opcode.LOGIN_REFUSED ? null : 'not the answer of a Chaton server';
}

/**
 * Address at which a listener of this machine is reached, even one that listens on all addresses. One on `::` is on those
 * of IPv4 as well, and on those alone where the kernel has no IPv6.
 */
function addressToProbe(host: string): string {
  if (host === '0.0.0.0' || host === '::ffff:0.0.0.0') return '127.0.0.1';
  if (host !== '::') return host;
  const own = Object.values(ownInterfaces()).flatMap((infos) => infos ?? []);
  const hasIPv4 = own.some(({ address }) => address === '127.0.0.1');
  return hasIPv4 || !own.some(({ address }) => address === '::1') ? '127.0.0.1' : '::1';
}

function urlHost(host: string): string {
  const address = addressToProbe(host);
  return address.includes(':') ? `[${address}]` : address;
}
