/**
 * Tests both ways to use sockets by what the interface promises, and that private parts of Node are used in one file
 * only.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ParserStream } from '../../server/http/parser-stream.ts';
import { internalAccess } from '../../server/transport/socket/internal-access.ts';
import { publicAccess } from '../../server/transport/socket/public-access.ts';
import { expire } from '../../server/transport/socket/shared-read-buffer.ts';
import type { SocketAccess } from '../../server/transport/socket/socket-access.ts';
import { breaksTls } from '../../server/transport/socket/tls-input.ts';
import { makeCertificate } from '../support/certificate.ts';

const WAYS: ReadonlyArray<readonly [name: string, access: SocketAccess]> = [
  ['private parts', internalAccess],
  ['public interfaces only', publicAccess],
];

const pem = makeCertificate('sockets.example');
const TERMS = { context: createSecureContext(pem), options: pem, protocols: ['http/1.1'] };

let server: Server;
const ends: Socket[] = [];

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const end of ends.splice(0)) end.destroy();
  server.close();
});

async function connection(): Promise<{ readonly peer: Socket; readonly accepted: Socket }> {
  const coming = once(server, 'connection') as Promise<[Socket]>;
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = await coming;
  for (const end of [peer, accepted]) ends.push(end.on('error', () => {}));
  return { peer, accepted };
}

describe.each(WAYS)('sockets by %s', (_name, access) => {
  it('tell one that was reset behind its end of writing, though nobody writes to it', async () => {
    const { peer, accepted } = await connection();
    peer.allowHalfOpen = true;
    peer.end();
    await once(accepted.resume(), 'end');
    expect(access.isReset(accepted)).toBe(false);
    peer.resetAndDestroy();
    await once(peer, 'close');
    // The public interfaces of Node have no way to know it.
    expect(access.isReset(accepted)).toBe(access === internalAccess);
  });

  it('read what comes, and end', async () => {
    const { peer, accepted } = await connection();
    let got = '';
    const socket = access.reader((_socket, bytes) => void (got += bytes.toString()))(accepted);
    ends.push(socket);
    socket.on('data', (bytes: Buffer) => void (got += bytes.toString())).resume();
    peer.end('one two');
    await once(socket, 'end');
    expect(got).toBe('one two');
    expect(access.bytesTaken(socket)).toBe(0);
    await new Promise((written) => socket.write('three', written));
    expect(access.bytesTaken(socket)).toBe(5);
    socket.end();
    expect(await text(peer)).toBe('three');
  });

  it('speak TLS, with what both sides want above it, and can be reset', async () => {
    const { peer, accepted } = await connection();
    const secured = new Promise<TLSSocket>((resolve, reject) =>
      access.handshake(accepted, TERMS, { onSecure: resolve, onFailure: reject }),
    );
    const client = connectTls({
      socket: peer,
      ca: pem.cert,
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
    });
    ends.push(client);
    await once(client, 'secureConnect');
    expect(client.alpnProtocol).toBe('http/1.1');
    const socket = await secured;
    client.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    const broken = once(client, 'error');
    socket.resetAndDestroy();
    expect(((await broken) as [NodeJS.ErrnoException])[0].code).toBe('ECONNRESET');
  });

  it('report a handshake that is none, and close its connection', async () => {
    const { peer, accepted } = await connection();
    const failed = new Promise<Error>((resolve) =>
      access.handshake(accepted, TERMS, { onSecure() {}, onFailure: resolve }),
    );
    peer.write('GET / HTTP/1.1\r\n\r\n');
    peer.resume();
    await once(peer, 'close');
    expect((await failed).message).toMatch(/http request|wrong version number/i);
  });

  it('report what breaks TLS after its handshake as a break of the connection', async () => {
    const { peer, accepted } = await connection();
    const secured = new Promise<TLSSocket>((onSecure) =>
      access.handshake(accepted, TERMS, { onSecure, onFailure() {} }),
    );
    const client = connectTls({ socket: peer, ca: pem.cert, servername: 'localhost' }).on('error', () => {});
    ends.push(client);
    await once(client, 'secureConnect');
    const socket = await secured;
    const error = once(socket.resume(), 'error');
    const closed = new Promise((resolve) => accepted.once('close', resolve));
    peer.write(Buffer.from('1703030005aaaaaaaaaa', 'hex'));
    expect(((await error) as [Error])[0]).toSatisfy(breaksTls);
    await closed;
  });
});

it('`ws` answers an upgrade, and gets nothing else', async () => {
  const { peer, accepted } = await connection();
  const upgrades = new WebSocketServer({ noServer: true, clientTracking: false });
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-version': '13',
  };
  const request = { method: 'GET', headers } as never;
  const answer = once(peer, 'data') as Promise<[Buffer]>;
  const stream = new ParserStream(
    { onWritten() {}, onWanted() {}, onLastAnswer() {}, onDestroyed() {} },
    accepted,
  );
  await new Promise<void>((resolve) =>
    upgrades.handleUpgrade(request, stream, Buffer.alloc(0), (socket) => {
      expect(socket).toBeInstanceOf(WebSocket);
      resolve();
    }),
  );
  expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 101 /);
  expect(accepted.listenerCount('data')).toBe(0);
  peer.write('frames');
  expect(String((await once(accepted.resume(), 'data'))[0])).toBe('frames');
});

it('what a read brought is overwritten in tests when the call that had it is over', () => {
  const bytes = Buffer.from('kept');
  expire(bytes);
  expect(bytes.toString('hex')).toBe('fefefefe');
});

it('private parts of Node are relied upon in internal-access.ts, and nowhere else', () => {
  const top = fileURLToPath(new URL('../..', import.meta.url));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'server'], {
    cwd: top,
    encoding: 'utf8',
  });
  const parts =
    /\b_handle\b|\b_parent\b|\breadSt(?:art|op)\b|\bsetSocket\b|_tlsError|emit\('data'|\.push = |\bonread\b|\b_(?:readable|writable)State\b|\._socket\b|\b_controlReleased\b|once\('secure'/;
  const users = files
    .split('\n')
    .filter((file) => file.endsWith('.ts') && parts.test(readFileSync(top + file, 'utf8')));
  expect(users).toEqual(['server/transport/socket/internal-access.ts']);
});
