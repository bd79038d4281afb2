import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { DEAF } from '../../shared/stream/byte-stream.ts';
import { readIntoSharedBuffer } from '../../server/transport/socket/owned-socket.ts';
import { TcpStream } from '../../server/transport/tcp/tcp-stream.ts';
import { internalAccess } from '../../server/transport/socket/internal-access.ts';

/** Connections that all end in the same moment, and how many of them may be closed in a turn of the event loop. */
const MANY = 400;
const MOST = 200;

const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
const peers: Socket[] = [];

afterEach(() => {
  for (const peer of peers.splice(0)) peer.destroy();
  server.removeAllListeners('connection').close();
});

/** Runs a function in each turn of the event loop, until told to stop. */
function eachTurn(run: () => void): () => void {
  let isOver = false;
  const turn = (): void => {
    run();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return () => (isOver = true);
}

async function connections(count: number): Promise<Socket[]> {
  const accepted: Socket[] = [];
  server.on('connection', (socket: Socket) => accepted.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < count; i++) peers.push(connect(port, '127.0.0.1').on('error', () => {}));
  while (accepted.length < count) await once(server, 'connection');
  return accepted;
}

it('closes connections that leave all at once in slices, with a turn of the event loop between them', async () => {
  const readEach = internalAccess.reader(() => true);
  const sockets = (await connections(MANY)).map(readEach);
  let closed = 0;
  let inTurn = 0;
  let most = 0;
  const allClosed = Promise.all(
    sockets.map((socket) =>
      once(
        socket.on('error', () => {}),
        'close',
      ),
    ),
  );
  for (const socket of sockets) {
    socket.on('close', () => {
      closed++;
      most = Math.max(most, ++inTurn);
    });
    socket.on('end', () => socket.destroy()).resume();
  }
  const stop = eachTurn(() => (inTurn = 0));
  for (const peer of peers) peer.destroy();
  await allClosed;
  stop();
  expect(closed).toBe(MANY);
  expect(most).toBeLessThanOrEqual(MOST);
});

it('reads a share in each turn of what comes on connections that it has closed, and all of it in the end', async () => {
  const accepted = await connections(16);
  const share = 8 * 1024 * 1024;
  const sent = Buffer.alloc(6 * 1024 * 1024);
  for (const peer of peers) peer.write(sent);
  // What the system takes of it is there before anything is read.
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  const streams = accepted.map((socket) => new TcpStream(readIntoSharedBuffer(socket)));
  let read = 0;
  let most = 0;
  const stop = eachTurn(() => {
    const all = accepted.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    most = Math.max(most, all - read);
    read = all;
  });
  for (const stream of streams) {
    stream.attach(DEAF);
    stream.close('unreadable', '');
  }
  await expect.poll(() => read).toBe(accepted.length * sent.length);
  stop();
  expect(most).toBeLessThan(share);
});
