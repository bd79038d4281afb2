import { request, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { TestGateway } from './raw-connection.ts';

/** Headers of a handshake with a key as RFC 6455 asks for one: any 16 bytes in base64. */
const HANDSHAKE: OutgoingHttpHeaders = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

/** Request for an upgrade on /ws, as it goes over the wire. @param host what it names as the server */
export function upgradeRequest(host: string): string {
  const lines = Object.entries(HANDSHAKE).map(([name, value]) => `${name}: ${String(value)}`);
  return ['GET /ws HTTP/1.1', `Host: ${host}`, ...lines, '', ''].join('\r\n');
}

export interface UpgradeAnswer {
  readonly status: number;
  /** Socket after a 101, for frames that no WebSocket library would send. */
  readonly socket: Socket | undefined;
}

/** Requests an upgrade by hand, and gives the gateway's answer, whatever it is. */
export function askUpgrade(
  gateway: TestGateway,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<UpgradeAnswer> {
  const { host, port } = gateway.addresses.http;
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, agent: false, headers: { ...HANDSHAKE, ...headers } });
    asked.on('upgrade', (response, socket, head) => {
      socket.on('error', () => {});
      if (head.length > 0) socket.unshift(head);
      resolve({ status: response.statusCode ?? 0, socket });
    });
    asked.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, socket: undefined }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Upgrades by hand on /ws, and gives the socket. */
export async function upgradeByHand(gateway: TestGateway): Promise<Socket> {
  const { status, socket } = await askUpgrade(gateway, '/ws', { 'Sec-WebSocket-Protocol': 'chaton.v1' });
  if (!socket) throw new Error(`no upgrade: ${status}`);
  return socket;
}

/** Reads the code in the first frame that comes, which must be a close frame: 0x88, its length, the code. */
export async function readCloseCode(socket: Socket): Promise<number> {
  let received = Buffer.alloc(0);
  for await (const data of socket) {
    received = Buffer.concat([received, data as Buffer]);
    if (received.length < 4) continue;
    if (received[0] !== 0x88) throw new Error(`not a close frame: ${received.toString('hex')}`);
    return received.readUInt16BE(2);
  }
  throw new Error(`the socket ended before a close frame: ${received.toString('hex')}`);
}
