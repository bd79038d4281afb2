/** What a client sees of a gateway that runs elsewhere on this machine. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { ACCEPTED, bytes, login } from '../support/raw-hex.ts';

const HOST = '127.0.0.1';
/** Time, in ms, for an answer, also on a machine that has much else to do. */
const PATIENCE = 60_000;

/** Has an error of a socket, after the check that it was for, end that socket and not this program. */
function quiet<Kind extends Socket | WebSocket>(socket: Kind): Kind {
  socket.on('error', () => {});
  return socket;
}

/** Connects a native client and identifies it; throws when that is not accepted. */
export async function enter(port: number, name: string): Promise<Socket> {
  const socket = quiet(connect({ port, host: HOST }));
  socket.write(bytes(login(name)));
  const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE) })) as [Buffer];
  if (answer.toString('hex') !== ACCEPTED) throw new Error(`${name} was answered ${answer.toString('hex')}`);
  return socket;
}

/** The same by a WebSocket. */
export async function enterByWebSocket(port: number, name: string): Promise<WebSocket> {
  const socket = quiet(new WebSocket(`ws://${HOST}:${port}/ws`, 'chaton.v1'));
  await once(socket, 'open', { signal: AbortSignal.timeout(PATIENCE) });
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE) });
  socket.send(bytes(login(name)));
  const [answer] = (await answered) as [Buffer];
  if (answer.toString('hex') !== ACCEPTED) throw new Error(`${name} was answered ${answer.toString('hex')}`);
  return socket;
}

/** Status and text of a page; null when nothing answers. */
export async function get(port: number, path: string): Promise<{ status: number; text: string } | null> {
  try {
    const response = await fetch(`http://${HOST}:${port}${path}`, { signal: AbortSignal.timeout(PATIENCE) });
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}

/** The name that the certificate on this port is for. */
export async function certificateOn(port: number): Promise<string> {
  const socket = quiet(connectTls({ port, host: HOST, rejectUnauthorized: false }));
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE) });
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}
