/** Connections between nodes, over TLS with a key that all nodes of the room have: one for each relay or question. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { DEAF, type ByteStream } from '../../../shared/stream/byte-stream.ts';
import type { LivenessMonitor } from '../../transport/socket/liveness.ts';
import { readTlsIntoSharedBuffer } from '../../transport/socket/owned-socket.ts';
import { sockets } from '../../transport/socket/sockets.ts';
import { TcpStream } from '../../transport/tcp/tcp-stream.ts';
import type { Hop, Mesh } from '../mesh.ts';
import { FramedStream } from './framed-stream.ts';
import { decodeHop, encodeHop } from './hop-header.ts';

/** Deadline, in ms, of a hop: from the first packet until both nodes know what it is for. */
const DEADLINE = 5_000;
/** Connections that have not shown what they are for, at a time. */
const MAX_PENDING = 256;
/** Silence, in ms, after which the system asks whether the other machine is still there. */
const KEEP_ALIVE = 10_000;
const IDENTITY = 'chaton';
/** The only suites of TLS 1.3 by which a key of both sides can be used here; each makes keys of its own for a connection. */
const TLS: SecureContextOptions = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' };
/** Answer of the node that was dialled: the hop stands. */
const STANDS = Uint8Array.of(1);

/** Outcomes of hops, for the count of them. */
export type HopOutcome = 'dialled' | 'accepted' | 'wrong secret' | 'unwanted' | 'failed';

export interface MeshOptions {
  readonly host: string;
  readonly port: number;
  /** Address at which others reach it; null for what it listens on. */
  readonly advertise: string | null;
  /** Name or address of this machine, for one that listens on all addresses. */
  readonly hostname: string;
  /** Key that all nodes of the room have. */
  readonly key: Buffer;
  readonly monitor: LivenessMonitor;
  /** Reports what became of a connection to another node, or from one. */
  readonly report: (outcome: HopOutcome, address: string, words: string) => void;
}

export class TcpMesh implements Mesh {
  readonly address: string;
  onHop: ((hop: Hop, stream: ByteStream) => boolean) | null = null;
  readonly #options: MeshOptions;
  readonly #server: Server;
  readonly #context = createSecureContext(TLS);
  readonly #pending = new Set<Socket>();

  private constructor(server: Server, options: MeshOptions) {
    this.#server = server;
    this.#options = options;
    const { port } = server.address() as AddressInfo;
    const { host, advertise, hostname } = options;
    const isEverywhere = host === '0.0.0.0' || host === '::';
    const own = isEverywhere ? hostname : host;
    this.address = advertise ?? `${own.includes(':') ? `[${own}]` : own}:${port}`;
    server.on('connection', (socket) => this.#accept(socket));
    // The system could not hand over a connection: that is one relay's loss.
    server.on('error', (error) => options.report('failed', '', error.message));
  }

  /** Listens; rejects when the port cannot be had. */
  static async listen(options: MeshOptions): Promise<TcpMesh> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: options.host, port: options.port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new TcpMesh(server, options);
  }

  /** @param onStands called once when the other node has taken the hop */
  dial(address: string, hop: Hop, onStands: () => void = () => {}): ByteStream {
    const { host, port } = parseAddress(address);
    const below = connect({ host, port, allowHalfOpen: true, noDelay: true });
    below.setKeepAlive(true, KEEP_ALIVE).on('error', ignore);
    // Like the other side's, it can be reset under TLS, which Node's own refuses.
    const socket: TLSSocket = connectTls({
      ...TLS,
      socket: below,
      pskCallback: () => ({ psk: this.#options.key, identity: IDENTITY }),
      checkServerIdentity: () => undefined,
    });
    socket.resetAndDestroy = () => {
      below.resetAndDestroy();
      return socket.destroy();
    };
    let failure = 'no answer in time';
    socket.on('error', ({ message }: Error) => (failure = message));
    const framed = new FramedStream(this.#monitored(socket));
    framed.attach(DEAF);
    const timer = setTimeout(() => framed.abort(), DEADLINE).unref();
    let stands = false;
    framed.onFirst = () => {
      stands = true;
      clearTimeout(timer);
      this.#options.report('dialled', address, 'hop to another node');
      onStands();
    };
    socket.once('close', () => {
      clearTimeout(timer);
      if (!stands) this.#options.report('failed', address, failure);
    });
    framed.write(encodeHop(hop));
    return framed;
  }

  /** Accepts no more; hops that stand go on. */
  close(): Promise<void> {
    this.onHop = null;
    this.#server.close();
    for (const socket of this.#pending) socket.destroy();
    return Promise.resolve();
  }

  #accept(accepted: Socket): void {
    const { key, report } = this.#options;
    const address = accepted.remoteAddress ?? '';
    accepted.on('error', ignore);
    if (this.#pending.size >= MAX_PENDING || accepted.remoteAddress === undefined) {
      report('unwanted', address, 'too many connections that have not shown what they are for');
      accepted.destroy();
      return;
    }
    accepted.setKeepAlive(true, KEEP_ALIVE);
    this.#pending.add(accepted);
    const timer = setTimeout(() => accepted.destroy(), DEADLINE).unref();
    const settle = () => {
      clearTimeout(timer);
      this.#pending.delete(accepted);
    };
    accepted.once('close', settle);
    const pskCallback = (_socket: TLSSocket, identity: string) => (identity === IDENTITY ? key : null);
    const terms = { context: this.#context, options: TLS, protocols: undefined, pskCallback };
    sockets.handshake(accepted, terms, {
      onSecure: (socket) => this.#receive(socket, address, settle),
      onFailure: ({ message }) => {
        if (!this.#pending.has(accepted)) return;
        settle();
        report('wrong secret', address, `the other side has another secret, or none: ${message}`);
        accepted.destroy();
      },
    });
  }

  /** Waits for the first frame of a hop, which says what it is for. */
  #receive(socket: TLSSocket, address: string, settle: () => void): void {
    const { report } = this.#options;
    const framed = new FramedStream(this.#monitored(socket));
    framed.attach(DEAF);
    framed.onFirst = (header) => {
      settle();
      const hop = decodeHop(header);
      // Bytes that the owner writes come behind the answer that it decides on.
      framed.waitForFirst();
      if (hop !== null && this.onHop?.(hop, framed) === true) {
        framed.begin(STANDS);
        report('accepted', address, 'hop from another node');
        return;
      }
      report('unwanted', address, 'nobody here waits for this hop');
      framed.abort();
    };
  }

  #monitored(socket: TLSSocket): TcpStream {
    const { monitor } = this.#options;
    readTlsIntoSharedBuffer(socket);
    const stream = new TcpStream(socket, (gone) => monitor.delete(gone));
    monitor.add(stream);
    return stream;
  }
}

function ignore(): void {
  // 'close' follows, and is handled.
}

/** Where a node says that it is. Nobody is at port 0, nor at a port that is none: such a hop fails like any other. */
function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: Number(port) > 65_535 ? 0 : Number(port) };
}
