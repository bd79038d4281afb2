import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Addressed, RawConnection, Way } from './raw-connection.ts';
import { RawTcpConnection } from './raw-tcp.ts';
import { connectRawWebSocket, type RawWebSocket } from './raw-websocket.ts';

/**
 * Opens a fresh connection to one of the listeners, not identified; from another address of this machine when one is
 * given. The certificate is not verified.
 * @param named client address that the connection names, as a proxy does
 */
export async function connectRaw(
  { addresses }: Addressed,
  way: Way,
  localAddress?: string,
  named?: string,
): Promise<RawConnection> {
  const from = localAddress === undefined ? {} : { localAddress };
  if (way === 'websocket' || way === 'wss') return connectOverHttp(addresses, way, from, named);
  const { tcp, tcpLong64, tcpTls } = addresses;
  const address = { tcp, 'tcp-long64': tcpLong64, tls: tcpTls }[way];
  if (!address) throw new Error(`this gateway has no listener for ${way}`);
  const below = connect({ ...address, ...from, allowHalfOpen: true, noDelay: true });
  await once(below, 'connect');
  if (named !== undefined) below.write(`PROXY TCP4 ${named} 192.0.2.1 5000 7777\r\n`);
  if (way !== 'tls') return new RawTcpConnection(below, way);
  // The options are a variable, since the types of `connect` lack `allowHalfOpen`.
  const options = { socket: below, rejectUnauthorized: false, allowHalfOpen: true };
  const socket = connectTls(options);
  below.on('error', () => {});
  await once(socket, 'secureConnect');
  return new RawTcpConnection(socket, 'tcp', below);
}

function connectOverHttp(
  { http, https }: Addressed['addresses'],
  way: 'websocket' | 'wss',
  from: { readonly localAddress?: string },
  named: string | undefined,
): Promise<RawWebSocket> {
  const base = way === 'wss' ? `wss://${https!.host}:${https!.port}` : `ws://${http.host}:${http.port}`;
  return connectRawWebSocket(`${base}/ws`, ['chaton.v1'], {
    ...from,
    rejectUnauthorized: false,
    ...(named !== undefined && { headers: { 'x-forwarded-for': named } }),
  });
}
