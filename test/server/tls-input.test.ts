/** What the input of one TLS connection may cost: how many records in a turn of the event loop, and how many KeyUpdates. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { internalAccess } from '../../server/transport/socket/internal-access.ts';
import { publicAccess } from '../../server/transport/socket/public-access.ts';
import type { HandshakeOutcome, SocketAccess } from '../../server/transport/socket/socket-access.ts';
import { makeCertificate } from '../support/certificate.ts';
import { TlsRecords } from '../support/tls-records.ts';

const pem = makeCertificate('input.example');
const context = createSecureContext(pem);
const ended: Array<() => void> = [];

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** Opens a connection over TLS 1.3 to a listener of this test. */
async function open(
  access: SocketAccess = internalAccess,
  onWaste?: HandshakeOutcome['onWaste'],
): Promise<{ client: TlsRecords; accepted: TLSSocket; below: Socket }> {
  const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  let below: Socket | null = null;
  const secured = new Promise<TLSSocket>((onSecure, onFailure) => {
    listener.on('connection', (socket) => {
      below = socket;
      const terms = { context, options: pem, protocols: undefined };
      access.handshake(socket, terms, { onSecure, onFailure, ...(onWaste && { onWaste }) });
    });
  });
  const client = await TlsRecords.connect((listener.address() as AddressInfo).port);
  const accepted = await secured;
  accepted.on('error', () => {});
  ended.push(
    () => client.under.destroy(),
    () => accepted.destroy(),
    () => listener.close(),
  );
  return { client, accepted, below: below! };
}

/** Writes bytes; resolves when the operating system has taken them. */
async function written({ under }: TlsRecords, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    under.write(bytes, () => resolve());
  });
}

it('a flood of tiny records does not keep the event loop to itself', async () => {
  const { client, accepted } = await open();
  const count = 8_000;
  const flood = Buffer.concat(Array.from({ length: count }, () => client.record(Buffer.of(1))));
  await written(client, flood);
  let received = 0;
  let inTurn = 0;
  let most = 0;
  accepted.on('data', (bytes: Buffer) => {
    received += bytes.length;
    if (inTurn++ === 0) setImmediate(() => (inTurn = 0));
    most = Math.max(most, inTurn);
    if (received === count) accepted.emit('all');
  });
  await once(accepted, 'all');
  // The records of one read of 64 KiB, which Node hands over whatever it is told.
  expect(most).toBeLessThanOrEqual(2 * Math.ceil((64 * 1024) / 23));
});

it('what is not read at once is kept in blocks, and read in its order', async () => {
  const { client, accepted, below } = await open();
  const count = 200;
  const content = Buffer.from(Array.from({ length: count }, (_, index) => index));
  const records = Buffer.concat(Array.from(content, (byte) => client.record(Buffer.of(byte))));
  const before = below.bytesRead;
  await written(client, records);
  while (below.bytesRead < before + records.length) await new Promise((resolve) => setImmediate(resolve));
  const received: Buffer[] = [];
  await new Promise<void>((resolve) => {
    accepted.on('data', (bytes: Buffer) => {
      received.push(Buffer.from(bytes));
      if (Buffer.concat(received).length === count) resolve();
    });
  });
  expect(Buffer.concat(received)).toEqual(content);
  expect(received.length).toBeLessThan(10);
});

it('full records are all taken, at whatever pace they come', async () => {
  const { client, accepted } = await open();
  const content = Buffer.alloc(16 * 1024, 7);
  const flood = Buffer.concat(Array.from({ length: 100 }, () => client.record(content)));
  void written(client, flood);
  let received = 0;
  for await (const bytes of accepted) {
    received += (bytes as Buffer).length;
    if (received === 100 * content.length) break;
  }
  expect(received).toBe(100 * content.length);
});

it('a client that changes its keys now and then is served', async () => {
  const { client, accepted } = await open();
  const pieces = Array.from({ length: 200 }, () => [client.keyUpdate(), client.record(Buffer.of(1))]).flat();
  void written(client, Buffer.concat(pieces));
  let received = 0;
  for await (const bytes of accepted) if ((received += (bytes as Buffer).length) === 200) break;
  expect(received).toBe(200);
});

it.each([
  ['private parts', internalAccess],
  ['public interfaces only', publicAccess],
])(
  'a flood of nothing but KeyUpdates, of which no content tells, ends the connection: %s',
  async (_how, access) => {
    const { client, accepted } = await open(access);
    const closed = new Promise((resolve) => accepted.resume().on('close', resolve));
    void written(client, Buffer.concat(Array.from({ length: 4_000 }, () => client.keyUpdate())));
    await closed;
  },
);

describe.each([
  ['private parts', internalAccess],
  ['public interfaces only', publicAccess],
])('KeyUpdates too few to end one connection: %s', (_how, access) => {
  const updates = (client: TlsRecords) =>
    Buffer.concat(Array.from({ length: 1_500 }, () => client.keyUpdate()));

  it('are told of when it closes, and so can be counted for its address', async () => {
    let waste = 0;
    const { client, accepted } = await open(access, (bytes) => (waste += bytes) > 0);
    const closed = new Promise((resolve) => accepted.resume().on('close', resolve));
    const flood = updates(client);
    await written(client, flood);
    client.under.end();
    await closed;
    expect(waste).toBeGreaterThan(flood.length - 5 * 1024);
    expect(waste).toBeLessThanOrEqual(flood.length);
  });

  it('end it when its address has caused as much as it may', async () => {
    const { client, accepted } = await open(access, () => false);
    const closed = new Promise((resolve) => accepted.resume().on('close', resolve));
    await written(client, updates(client));
    await closed;
    expect(accepted.errored?.message).toBe('too many KeyUpdates');
  });

  it('are nothing that content, a KeyUpdate now and then, and a close are taken for', async () => {
    let waste = 0;
    const { client, accepted } = await open(access, (bytes) => (waste += bytes) > 0);
    const closed = new Promise((resolve) => accepted.resume().on('close', resolve));
    const content = Buffer.alloc(1000, 7);
    for (let piece = 0; piece < 50; piece++) {
      if (piece % 10 === 0) await written(client, client.keyUpdate());
      await written(client, client.record(content));
    }
    client.under.end();
    await closed;
    expect(waste).toBe(0);
  });
});

it('a flood of KeyUpdates ends the connection, most of it unread', async () => {
  const { client, accepted } = await open();
  const pieces: Buffer[] = [];
  for (let round = 0; round < 200; round++) {
    for (let update = 0; update < 30; update++) pieces.push(client.keyUpdate());
    pieces.push(client.record(Buffer.of(1)));
  }
  void written(client, Buffer.concat(pieces));
  let received = 0;
  await new Promise<void>((resolve) => {
    accepted.on('close', resolve).on('data', (bytes: Buffer) => {
      if ((received += bytes.length) === 200) resolve();
    });
  });
  expect(received).toBeLessThan(200);
});
