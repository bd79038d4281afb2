/**
 * Truncation of TLS: a FIN without close_notify (RFC 8446 §6.1) is a break, never passed on as an end (D21). Node's
 * public interfaces alone do not show it: there it is an end, and these tests fail on the day on which that changes.
 */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACCEPTED, bytes, login, loginPrivate, message } from '../support/raw-hex.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { sockets } from '../../server/transport/socket/sockets.ts';
import { expectBroken, expectCleanEnd, RelayRoom, untilHeld } from '../support/relay-room.ts';
import { connectSecure, connectUnder, startSecureGateway } from '../support/secure-gateway.ts';

const ESTABLISHED = '0a';

/** Expects that the other side of a private connection sees the cut. */
async function expectCut(other: RawConnection): Promise<void> {
  if (sockets.detectsTruncation) return expectBroken(other);
  await other.inbox.expectEnd();
  other.end();
  await expectCleanEnd(other);
}

describe('a connection over TLS that is cut without close_notify', () => {
  let gateway: TestGateway;
  let room: RelayRoom;
  const secure: Awaited<ReturnType<typeof connectSecure>>[] = [];
  beforeEach(async () => {
    gateway = await startSecureGateway();
    room = new RelayRoom(gateway);
  });
  afterEach(async () => {
    for (const { socket, under } of secure.splice(0)) [socket, under].forEach((one) => one.destroy());
    room.dropEveryone();
    await gateway.stop();
  });

  async function connect(): Promise<(typeof secure)[number]> {
    const connection = await connectSecure(gateway);
    for (const one of [connection.socket, connection.under]) one.on('error', () => {});
    secure.push(connection);
    return connection;
  }

  /** Establishes a private connection of which one side is over TLS. */
  async function establish(kind: 'tcp' | 'websocket') {
    const [ann, bob] = [await room.join('ann', 'tcp'), await room.join('bob', kind)];
    const id = await room.negotiate(ann, bob);
    const one = await connect();
    one.socket.write(bytes(loginPrivate(id) + 'aa'));
    const other = await room.present(id, kind);
    await other.inbox.expect(ESTABLISHED + 'aa');
    return { ...one, other };
  }

  it.each(['tcp', 'websocket'] as const)(
    'D21: breaks the other side of its private connection, which is %s',
    async (kind) => {
      const { socket, under, other } = await establish(kind);
      await new Promise<void>((written) => void socket.write('last', () => written()));
      under.end();
      await other.inbox.expect(Buffer.from('last').toString('hex'));
      await expectCut(other);
      await untilHeld(gateway, { connections: 2, clients: 2 });
    },
  );

  it('D21: breaks it, too, in the middle of a TLS record', async () => {
    const { under, other } = await establish('tcp');
    under.write(Buffer.from('170303001000', 'hex'));
    under.end();
    await expectCut(other);
  });

  it('D21: breaks it, too, when what came before had to wait', async () => {
    const { socket, under, other } = await establish('tcp');
    other.pause();
    const piece = Buffer.alloc(256 * 1024, 'x');
    // The loop ends when nothing more is taken: the gateway applies backpressure to this side.
    while (socket.write(piece) || (await moreRoom(socket)));
    other.resume();
    let got = 0;
    other.inbox.divert((data) => void (got += data.length));
    while (socket.writableLength > 0) await once(socket, 'drain');
    under.end();
    if (!sockets.detectsTruncation) {
      await expect.poll(() => other.inbox.ended).toBe(true);
      other.end();
    }
    expect((await other.over).reset).toBe(sockets.detectsTruncation);
    expect([other.inbox.ended, got > 0]).toEqual([!sockets.detectsTruncation, true]);
  });

  it.each(['tcp', 'websocket'] as const)(
    'D21: with close_notify it is an end, and the other direction stays open (%s)',
    async (kind) => {
      const { socket, other } = await establish(kind);
      const got: Buffer[] = [];
      socket.on('data', (data: Buffer) => got.push(data));
      socket.end('last');
      await other.inbox.expect(Buffer.from('last').toString('hex'));
      await other.inbox.expectEnd();
      await other.write('bb');
      other.end();
      await once(socket, 'end');
      expect(Buffer.concat(got).toString('hex')).toBe(`${ESTABLISHED}bb`);
      await expectCleanEnd(other);
    },
  );

  it('D9: on a main connection it is a departure, and every answer is still delivered', async () => {
    const { socket, under } = await connect();
    const got: Buffer[] = [];
    socket.on('data', (data: Buffer) => got.push(data));
    const said = message('ann', 'hello').repeat(100);
    await new Promise<void>((written) => void socket.write(bytes(login('ann') + said), () => written()));
    under.end();
    await once(socket, 'end');
    expect(Buffer.concat(got).toString('hex')).toBe(ACCEPTED + said);
    await untilHeld(gateway);
  });

  it('D21, D25: a wss connection that has not ended its writing breaks the other, close_notify or not', async () => {
    for (const isNotified of [true, false]) {
      const [ann, bob] = [
        await room.join(`ann ${isNotified}`, 'tcp'),
        await room.join(`bob ${isNotified}`, 'tcp'),
      ];
      const id = await room.negotiate(ann, bob);
      const { socket, under } = await connectUnder(gateway, 'wss', 'chaton.v1');
      socket.on('error', () => {});
      socket.send(bytes(loginPrivate(id)));
      const other = await room.present(id, 'tcp');
      await other.inbox.expect(ESTABLISHED);
      if (isNotified) under.end();
      else under.destroy();
      await expectBroken(other);
    }
  });
});

/** True when a socket takes more again within a few turns of the event loop, in which everything else stands still. */
async function moreRoom(socket: import('node:tls').TLSSocket): Promise<boolean> {
  for (let turns = 0; turns < 200; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (!socket.writableNeedDrain) return true;
  }
  return false;
}
