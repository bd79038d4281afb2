/** Gateway with TLS beside the plain listeners, and connections to it. */
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import type { Clock } from '../../server/chat/environment/clock.ts';
import type { Limits } from '../../server/chat/limits/limits.ts';
import { makeCertificate } from './certificate.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';

const { cert, key } = makeCertificate('gateway.example');
const folder = mkdtempSync(join(tmpdir(), 'chaton-secure-'));
const files = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') };
writeFileSync(files.tlsCert, cert);
writeFileSync(files.tlsKey, key);

/** Starts a gateway with all listeners, with TLS and without. */
export function startSecureGateway(limits: Partial<Limits> = {}, clock?: Clock): Promise<TestGateway> {
  return startTestGateway({ ...files, tlsTcpPort: 0, httpsPort: 0 }, limits, clock);
}

/** Opens a native connection over TLS; gives the TCP connection under it, too. */
export async function connectSecure({
  addresses,
}: TestGateway): Promise<{ readonly socket: TLSSocket; readonly under: Socket }> {
  const under = connectTcp({ ...addresses.tcpTls!, allowHalfOpen: true });
  await once(under, 'connect');
  // The options are a variable, since the types of `connect` lack `allowHalfOpen`.
  const options = { socket: under, ca: cert, servername: 'localhost', allowHalfOpen: true };
  const socket = connect(options);
  await once(socket, 'secureConnect');
  return { socket, under };
}

/** Opens a WebSocket; gives the connection under it, too, for frames that no library would send. */
export async function connectUnder(
  { addresses }: TestGateway,
  scheme: 'ws' | 'wss',
  protocol: string,
): Promise<{ readonly socket: WebSocket; readonly under: Socket }> {
  const { port } = scheme === 'ws' ? addresses.http : addresses.https!;
  const origin = scheme === 'ws' ? `http://localhost:${port}` : `https://localhost:${port}`;
  const socket = new WebSocket(`${scheme}://localhost:${port}/ws`, [protocol], {
    ca: cert,
    family: 4,
    origin,
  });
  await once(socket, 'open');
  return { socket, under: (socket as unknown as { readonly _socket: Socket })._socket };
}
