/** The native listeners. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Chat } from '../chat/chat.ts';
import type { LongSize } from '../../shared/protocol.ts';
import type { Address } from '../ports.ts';
import { networkOf } from './address.ts';
import type { Certificate } from './certificate.ts';
import { Door, type Entrance, type Passed } from './entrance.ts';
import { TcpStream } from './tcp.ts';
import type { Watch } from './watch.ts';

/** Seconds of silence after which the operating system asks whether the other side is still there. */
const KEEP_ALIVE = 30;

export interface Listener {
  readonly address: AddressInfo;
  /** Accepts no more; resolves when the last connection is gone. */
  close(): Promise<void>;
}

/** What native clients speak on a listener, and how they get in. */
export interface Manner {
  readonly longSize: LongSize;
  readonly entrance: Entrance;
  /** Null for a listener without TLS. */
  readonly certificate: Certificate | null;
}

/** Listens for native clients; each connection becomes a stream and goes the way of every other. */
export function listenTcp(
  { chat, watch }: { readonly chat: Chat; readonly watch: Watch },
  where: Address,
  manner: Manner,
): Promise<Listener> {
  const { longSize, entrance, certificate } = manner;
  const native = longSize === 4 ? 'tcp' : 'tcp-long64';
  const transport = certificate ? 'tcp-tls' : native;
  let open = 0;
  let onEmpty: (() => void) | null = null;
  const { admission, proxies, logger } = entrance;
  const forget = (stream: TcpStream) => {
    watch.delete(stream);
    admission.leave();
    if (stream.network !== null) admission.release(stream.network);
    if (--open === 0) onEmpty?.();
  };
  // Without allowHalfOpen what is queued for a client would be lost when it ends its writing (D9).
  const options = {
    allowHalfOpen: true,
    pauseOnConnect: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE * 1000,
  };
  const take = ({ socket, address, early, onFirst }: Passed) => {
    const network = networkOf(address);
    // A proxy that comes for itself is no crowd.
    const isCounted = !proxies.has(address);
    if (isCounted && admission.admit(network)) {
      socket.destroy();
      admission.leave();
      return;
    }
    const stream = new TcpStream(socket, forget, isCounted ? network : null);
    open++;
    watch.add(stream);
    stream.onFirst = onFirst ?? null;
    const isProbe = entrance.isProbe(socket);
    chat.accept(stream, { transport, address, network, longSize, isProbe });
    // Whatever it passed on the way here, it was held back until now.
    socket.resume();
    if (early && early.length > 0) stream.read(early);
  };
  const door = new Door(entrance, certificate, take);
  const server = createServer(options, (accepted) => door.enter(accepted));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where }, () => {
      server.off('error', reject);
      // The system could not hand over a connection: that is one client's loss, and not the end of all.
      server.on('error', (error) => logger.warn(error, 'a connection could not be accepted'));
      resolve({
        address: server.address() as AddressInfo,
        async close() {
          door.close();
          await closed(server);
          if (open > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
        },
      });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
