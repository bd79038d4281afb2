/** The listeners of native clients, each with TLS or without. */
import type { LongSize } from '../../shared/protocol/commands.ts';
import type { AcceptedConnection } from '../admission/accepted-connection.ts';
import { ConnectionAcceptor } from '../admission/acceptor.ts';
import type { Certificate } from '../admission/certificate.ts';
import { ConfigError, LONG64_PORT } from '../config/config.ts';
import { readIntoSharedBuffer } from '../transport/socket/owned-socket.ts';
import { sockets } from '../transport/socket/sockets.ts';
import { TcpStream } from '../transport/tcp/tcp-stream.ts';
import type { ListenerContext } from './listener-context.ts';
import { listen, type Address, type Listener } from './listener.ts';
import { listenOn, type PortSetting } from './ports.ts';

/** Dialect that native clients speak on a listener. */
interface Dialect {
  readonly longSize: LongSize;
  /** Certificate; null for a listener without TLS. */
  readonly certificate: Certificate | null;
}

/** Opens the listener of 4-byte clients; null when it is off. Throws a ConfigError when the port cannot be had. */
export function openTcp(context: ListenerContext): Promise<Listener | null> {
  return open('tcpPort', context, { longSize: 4, certificate: null });
}

/** Opens the same listener over TLS. */
export function openTcpTls(
  context: ListenerContext,
  certificate: Certificate | null,
): Promise<Listener | null> {
  return open('tlsTcpPort', context, { longSize: 4, certificate });
}

/**
 * Opens the listener of 8-byte clients (D2). It is there by default, and then not worth a start that fails: it is left
 * out, with a warning, where its port is taken.
 */
export async function openTcpLong64(context: ListenerContext): Promise<Listener | null> {
  const { tcpLong64Port, insistsOnLong64 } = context.config;
  try {
    return await open('tcpLong64Port', context, { longSize: 8, certificate: null });
  } catch (error) {
    if (!(error instanceof ConfigError) || tcpLong64Port !== LONG64_PORT || insistsOnLong64) throw error;
    for (const problem of error.problems)
      context.logger.warn(
        `${problem}, or off; until then clients that write LONG on 8 bytes have no port of their own`,
      );
    return null;
  }
}

function open(setting: PortSetting, context: ListenerContext, dialect: Dialect): Promise<Listener | null> {
  return listenOn(setting, context.config, (where) => listenNative(where, context, dialect));
}

/** Listens for native clients; each connection becomes a stream and goes the way of every other. */
function listenNative(
  where: Address,
  { chat, liveness, policy, logger }: ListenerContext,
  { longSize, certificate }: Dialect,
): Promise<Listener> {
  const native = longSize === 4 ? 'tcp' : 'tcp-long64';
  const transport = certificate ? 'tcp-tls' : native;
  const release = (stream: TcpStream) => liveness.delete(stream);
  const accept = ({ socket, address, head, onFirst, isProbe }: AcceptedConnection) => {
    readIntoSharedBuffer(socket);
    const stream = new TcpStream(socket, release);
    liveness.add(stream);
    stream.onFirst = onFirst ?? null;
    chat.accept(stream, { transport, address, network: policy.networkOf(address), longSize, isProbe });
    // Its reads were paused since it was accepted.
    sockets.resume(socket);
    if (head && head.length > 0) stream.onRead(head);
  };
  const acceptor = new ConnectionAcceptor(policy, { certificate, protocol: 'commands' }, accept);
  return listen(acceptor, where, logger);
}
