/**
 * Connections between nodes that all have the key of the room, one for each relay or question: over TLS, and within a machine
 * as `loopback.ts` says.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import type { HopOutcome } from '../../../shared/protocol/reasons.ts';
import { DEAF, type ByteStream } from '../../../shared/stream/byte-stream.ts';
import type { LivenessMonitor } from '../../transport/socket/liveness.ts';
import { readHopIntoSharedBuffer, readTlsIntoSharedBuffer } from '../../transport/socket/owned-socket.ts';
import { sockets } from '../../transport/socket/sockets.ts';
import { TcpStream } from '../../transport/tcp/tcp-stream.ts';
import { isLoopback } from '../../addresses/address.ts';
import type { Hop, Mesh } from '../mesh.ts';
import { FramedStream } from './framed-stream.ts';
import { decodeHop, encodeHop } from './hop-header.ts';
import { proveAsDialled, proveAsDialler } from './loopback.ts';
import { deriveKey } from './secret.ts';

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
const NO_ANSWER = 'no answer in time';
const OTHER_SECRET =
  'that gateway and this one have different secrets: give both the same --cluster-secret-file and --cluster-room, and start anew ' +
  'whichever of them is changed';
const NO_HOP = 'the other side is no gateway of this room';
/** Failures of TLS that a different key causes, where it is checked, and at the side that is told so. */
const OTHER_KEY = /binder does not verify|alert decrypt error/;

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

/** Encrypted, or within a machine. */
type Way = 'TLS' | 'loopback';

/** A hop that is being opened. */
interface Dialling {
  readonly host: string;
  readonly port: number;
  readonly hop: Hop;
  readonly framed: FramedStream;
  /** Called when it is known how it is opened. */
  readonly onOpened: (way: Way) => void;
  /** Called once, when its connection is closed, with why that may be. */
  readonly onClosed: (failure: string) => void;
}

/** A connection that has not shown what it is for. */
interface Pending {
  readonly address: string;
  /** Ends its deadline; false when that was done already. */
  readonly settle: () => boolean;
  readonly fail: (outcome: HopOutcome, words: string) => void;
}

export class TcpMesh implements Mesh {
  readonly address: string;
  onHop: ((hop: Hop, stream: ByteStream) => boolean) | null = null;
  readonly #options: MeshOptions;
  readonly #server: Server;
  readonly #context = createSecureContext(TLS);
  readonly #loopbackKey: Buffer;
  readonly #pending = new Set<Socket>();

  private constructor(server: Server, options: MeshOptions) {
    this.#server = server;
    this.#options = options;
    this.#loopbackKey = deriveKey(options.key, '', 'hops over loopback');
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
    server.listen({ host: options.host, port: options.port });
    await once(server, 'listening');
    return new TcpMesh(server, options);
  }

  dial(address: string, hop: Hop): ByteStream {
    const { report } = this.#options;
    const framed = new FramedStream();
    framed.waitForFirst();
    framed.attach(DEAF);
    const timer = setTimeout(() => framed.abort(), DEADLINE).unref();
    let stands = false;
    const onOpened = (way: Way) => {
      framed.onFirst = () => {
        stands = true;
        clearTimeout(timer);
        report('dialled', address, `hop to another node, over ${way}`);
      };
    };
    const onClosed = (failure: string) => {
      clearTimeout(timer);
      if (stands) return;
      if (OTHER_KEY.test(failure)) report('wrong secret', address, OTHER_SECRET);
      else report('failed', address, reasonOf(failure));
    };
    const dialling: Dialling = { ...parseAddress(address), hop, framed, onOpened, onClosed };
    if (isLoopback(dialling.host)) void this.#dialPlain(dialling);
    else this.#dialTls(dialling);
    return framed;
  }

  /** Opens a hop within this machine; over TLS after all where the other side is not here, or does not know of this. */
  async #dialPlain(dialling: Dialling): Promise<void> {
    const { hop, framed, onOpened, onClosed } = dialling;
    const socket = this.#connect(dialling);
    framed.onGivenUp = () => socket.destroy();
    if (await proveAsDialler(socket, this.#loopbackKey, hop)) {
      socket.once('close', () => onClosed('the other side does not wait for it'));
      onOpened('loopback');
      this.#open(framed, socket, 'loopback');
      framed.begin(null);
      return;
    }
    socket.destroy();
    if (framed.isClosing) {
      onClosed(NO_ANSWER);
      framed.onClose({ clean: false });
    } else this.#dialTls(dialling);
  }

  #dialTls(dialling: Dialling): void {
    const { hop, framed, onOpened, onClosed } = dialling;
    const below = this.#connect(dialling);
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
    let failure = NO_ANSWER;
    socket.on('error', ({ message }: Error) => (failure = message)).once('close', () => onClosed(failure));
    onOpened('TLS');
    this.#open(framed, socket, 'TLS');
    framed.begin(encodeHop(hop));
  }

  #connect({ host, port }: Dialling): Socket {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    return socket.setKeepAlive(true, KEEP_ALIVE).on('error', ignore);
  }

  /** Accepts no more; hops that stand go on. */
  close(): void {
    this.onHop = null;
    this.#server.close();
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const socket of pending) socket.destroy();
  }

  #accept(accepted: Socket): void {
    const { report } = this.#options;
    const address = accepted.remoteAddress ?? '';
    accepted.on('error', ignore);
    if (this.#pending.size >= MAX_PENDING || accepted.remoteAddress === undefined) {
      report('unwanted', address, 'too many connections that have not shown what they are for');
      accepted.destroy();
      return;
    }
    accepted.setKeepAlive(true, KEEP_ALIVE);
    this.#pending.add(accepted);
    const settle = () => {
      clearTimeout(timer);
      return this.#pending.delete(accepted);
    };
    const fail = (outcome: HopOutcome, words: string) => {
      if (settle()) report(outcome, address, words);
      accepted.destroy();
    };
    const timer = setTimeout(
      () => fail('unwanted', 'it has not shown in time what it is for'),
      DEADLINE,
    ).unref();
    void proveAsDialled(accepted, this.#loopbackKey).then((proven) => {
      if (proven === 'TLS') this.#secure(accepted, { address, settle, fail });
      else if (proven === 'wrong secret') fail(proven, OTHER_SECRET);
      else if (proven === 'unwanted') fail(proven, NO_HOP);
      else if (proven === 'not local') fail(proven, 'the other side is elsewhere, and has to speak TLS');
      else if (settle()) this.#take(proven, this.#framed(accepted, 'loopback'), address, 'loopback');
    });
  }

  #secure(accepted: Socket, { address, settle, fail }: Pending): void {
    const { key } = this.#options;
    const pskCallback = (_socket: TLSSocket, identity: string) => (identity === IDENTITY ? key : null);
    const terms = { context: this.#context, options: TLS, protocols: undefined, pskCallback };
    accepted.once('close', settle);
    sockets.handshake(accepted, terms, {
      onSecure: (socket) => {
        const framed = this.#framed(socket, 'TLS');
        framed.onFirst = (header) => {
          settle();
          this.#take(decodeHop(header), framed, address, 'TLS');
        };
      },
      onFailure: ({ message }) => {
        if (OTHER_KEY.test(message)) fail('wrong secret', OTHER_SECRET);
        else fail('unwanted', `${NO_HOP}: ${reasonOf(message)}`);
      },
    });
  }

  /** Gives a hop to the one here whom it is for, if there is one. */
  #take(hop: Hop | null, framed: FramedStream, address: string, way: Way): void {
    const { report } = this.#options;
    // Bytes that the owner writes come behind the answer that it decides on.
    framed.waitForFirst();
    if (hop !== null && this.onHop?.(hop, framed) === true) {
      framed.begin(STANDS);
      report('accepted', address, `hop from another node, over ${way}`);
      return;
    }
    report('unwanted', address, 'nobody here waits for this hop');
    framed.abort();
  }

  #framed(socket: Socket, way: Way): FramedStream {
    const framed = new FramedStream();
    this.#open(framed, socket, way);
    framed.attach(DEAF);
    return framed;
  }

  #open(framed: FramedStream, socket: Socket, way: Way): void {
    const { monitor } = this.#options;
    if (socket instanceof TLSSocket) readTlsIntoSharedBuffer(socket);
    else readHopIntoSharedBuffer(socket);
    framed.open(new TcpStream(socket, () => monitor.delete(framed)), way === 'TLS');
    monitor.add(framed);
  }
}

function ignore(): void {
  // 'close' follows, and is handled.
}

/** Reason in a message of OpenSSL, which is a line of numbers and places of its source beside; any other message as it is. */
function reasonOf(message: string): string {
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}

/**
 * Parses the address that a node gives of itself. Nobody is at port 0, which stands for a port that is none: such a hop fails
 * like any other.
 */
function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: Number(port) > 65_535 ? 0 : Number(port) };
}
