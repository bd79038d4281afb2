/** Writes over TLS without a copy: what a slow client gets is what was written, whatever becomes of the memory meanwhile. */
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { connect, createSecureContext, TLSSocket, type SecureVersion } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { sockets } from '../../server/transport/socket/sockets.ts';
import { SocketWriter } from '../../server/transport/socket/socket-writer.ts';
import { makeCertificate } from '../support/certificate.ts';
import { dice } from '../support/random.ts';

const pem = makeCertificate('writer.example');
const context = createSecureContext(pem);
const ended: Array<() => void> = [];

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** Opens a connection over TLS to a listener of this test; the other end is there when the handshake is over. */
async function open(maxVersion: SecureVersion): Promise<{ client: TLSSocket; accepted: Promise<TLSSocket> }> {
  const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const accepted = new Promise<TLSSocket>((onSecure, onFailure) => {
    listener.on('connection', (socket) =>
      sockets.handshake(socket, { context, options: pem, protocols: undefined }, { onSecure, onFailure }),
    );
  });
  const under = connectTcp((listener.address() as AddressInfo).port, '127.0.0.1');
  const client = connect({ socket: under, ca: pem.cert, servername: 'localhost', maxVersion });
  client.on('error', () => {});
  ended.push(
    () => [client, under].forEach((socket) => socket.destroy()),
    () => listener.close(),
  );
  return { client, accepted };
}

/** Lets the event loop turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Reads so many bytes, or all that come before the connection is over. */
async function received(client: TLSSocket, total: number): Promise<Buffer> {
  const got: Buffer[] = [];
  let count = 0;
  await new Promise<void>((resolve) => {
    client.on('close', resolve).on('data', (bytes: Buffer) => {
      got.push(bytes);
      count += bytes.length;
      if (count >= total) resolve();
    });
    client.resume();
  });
  return Buffer.concat(got);
}

const SIZES = [1, 2, 5, 125, 126, 1_023, 16_383, 16_384, 16_385, 65_535, 65_536, 262_144, 1_048_576];

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('writes over %s from memory that is used again', (version) => {
  it.each(SIZES)('reach a client that reads nothing at first: %i bytes', async (size) => {
    const { client, accepted } = await open(version);
    client.pause();
    const server = await accepted;
    const random = dice(size);
    const writer = new SocketWriter(server, { onWritable: () => {} });
    const sent: Buffer[] = [];
    const memory = Buffer.alloc(size);
    const rounds = size > 100_000 ? 6 : 40;
    for (let round = 0; round < rounds; round++) {
      const length = round === 0 ? size : 1 + random(size);
      sent.push(Buffer.from(randomFillSync(memory).subarray(0, length)));
      if (random(4) === 0) writer.cork();
      writer.write(memory.subarray(0, length), false);
      memory.fill(0xfe);
      if (random(2) === 0) writer.uncork();
      if (random(3) === 0) await turn();
    }
    writer.uncork();
    const whole = Buffer.concat(sent);
    expect((await received(client, whole.length)).equals(whole)).toBe(true);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'are kept until the handshake is over, from %i turns of the event loop on',
    async (turns) => {
      const { client, accepted } = await open(version);
      const writer = new SocketWriter(client, { onWritable: () => {} });
      for (let i = 0; i < turns; i++) await turn();
      const memory = Buffer.alloc(50_000, 'a');
      writer.write(memory, false);
      memory.fill(0xfe);
      expect((await received(await accepted, 50_000)).equals(Buffer.alloc(50_000, 'a'))).toBe(true);
    },
  );
});
