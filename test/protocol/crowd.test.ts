import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { queryObjects } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../server/chat/delivery/outbox.ts';
import { Session } from '../../server/chat/session.ts';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { bytes, int, login, message, privateMessage, rawStr } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import {
  type RawConnection,
  TRANSPORTS,
  type TestGateway,
  type Transport,
} from '../support/raw-connection.ts';
import { leave, useRoom, type Room } from '../support/raw-room.ts';
import { upgradeByHand, upgradeRequest } from '../support/raw-upgrade.ts';

/** Number of connections of one wave; each wave goes through every kind of misbehaviour below, over both transports. */
const WAVE = 100;
const WARM_UP_WAVES = 2;
const WAVES = 4;

const HALF_A_COMMAND = message('alice', 'x'.repeat(1024)).slice(0, -2);

type Misdeed = (gateway: TestGateway, transport: Transport) => Promise<void>;

/** Sends these bytes and waits until the gateway has closed. */
const says =
  (hex: string): Misdeed =>
  async (gateway, transport) => {
    const peer = await connectRaw(gateway, transport);
    peer.send(hex);
    await peer.readToEnd();
    await peer.expectClose();
  };

/** Sends these bytes, if any, and breaks the connection. */
const breaksAfter =
  (hex: string): Misdeed =>
  async (gateway, transport) => {
    const peer = await connectRaw(gateway, transport);
    if (hex !== '') peer.send(hex);
    peer.reset();
    if (transport === 'websocket') await peer.expectClose();
  };

/** Writes these bytes on a bare socket to the HTTP port, and breaks the connection. */
const breaksHttpAfter =
  (text: string): Misdeed =>
  async (gateway) => {
    const socket = connect(gateway.addresses.http.port, gateway.addresses.http.host);
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(text);
    socket.resetAndDestroy();
  };

/** Upgrades by hand, writes bytes that are no WebSocket frame, and waits for the gateway to close. */
const saysInFrames =
  (hex: string): Misdeed =>
  async (gateway) => {
    const socket = await upgradeByHand(gateway);
    socket.resume();
    socket.write(bytes(hex));
    await once(socket, 'end');
    socket.destroy();
  };

const MISDEEDS: readonly Misdeed[] = [
  says('ff'),
  says('00' + int(-1)),
  says('00' + int(2 ** 31 - 1)),
  says('03' + int(31)),
  says('00' + rawStr('eda080')),
  says(login('').repeat(10)),
  says(message('alice', 'spoofed').repeat(101)),
  breaksAfter(''),
  breaksAfter('ff'),
  breaksAfter(HALF_A_COMMAND),
  breaksAfter(login('mallory')),
  breaksAfter(login('mallory') + message('alice', 'spoofed') + HALF_A_COMMAND),
  breaksHttpAfter('GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'),
  breaksHttpAfter(upgradeRequest('x')),
  breaksHttpAfter('\x16\x03\x01\x02'),
  saysInFrames('820100'),
  saysInFrames('82ff0000000040000000' + '00000000'),
];

/** Opens many connections at once, none alike; resolves when every one of them is over. */
async function wave(gateway: TestGateway): Promise<void> {
  const crowd = Array.from({ length: WAVE }, async (_, i) => {
    const misdeed = MISDEEDS[Math.floor(i / TRANSPORTS.length) % MISDEEDS.length];
    await misdeed?.(gateway, TRANSPORTS[i % TRANSPORTS.length] ?? 'tcp');
  });
  await Promise.all(crowd);
}

/**
 * Lets two bystanders chat until the promise settles, each seeing exactly their own traffic; gives the number of rounds.
 */
async function chatDuring(work: Promise<void>, alice: RawConnection, bob: RawConnection): Promise<number> {
  const state = { over: false };
  const watched = work.finally(() => (state.over = true));
  let rounds = 0;
  for (; !state.over; rounds++) {
    alice.send(message('alice', `round ${rounds}`) + privateMessage('alice', 'bob', 'psst'));
    await alice.expect(message('alice', `round ${rounds}`));
    await bob.expect(message('alice', `round ${rounds}`) + privateMessage('alice', 'bob', 'psst'));
    bob.send(message('bob', `answer ${rounds}`));
    await bob.expect(message('bob', `answer ${rounds}`));
    await alice.expect(message('bob', `answer ${rounds}`));
  }
  await watched;
  return rounds;
}

/** Number of open sockets of this process, on the gateway's side and on this one. */
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;

/** Resolves when only so many sockets are open: the broken ones reach the gateway with no answer to wait for. */
async function untilOnly(count: number): Promise<void> {
  while (openSockets() > count) await new Promise(setImmediate);
}

/** Classes of which a connection is made: sockets and streams, requests, the rules' records, and bytes. */
const PARTS = { EventEmitter, Session, Decoder, Outbox, Uint8Array, Map, Set };

/** Counts the reachable objects of each class, to the last one; garbage is collected first. */
function counted(): Readonly<Record<string, number>> {
  const counts = Object.entries(PARTS).map(
    ([name, made]) => [name, queryObjects(made, { format: 'count' })] as const,
  );
  return Object.fromEntries(counts);
}

/** Lists the classes of which there are more objects than before. */
function grownSince(before: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counted())
    .filter(([name, count]) => count > before[name]!)
    .map(([name, count]) => `${count} of ${name}, ${before[name]} before`);
}

async function waves(count: number, room: Room): Promise<void> {
  for (let i = 0; i < count; i++) await wave(room.gateway);
}

describe('a crowd of bad connections', () => {
  const room = useRoom();

  it('D5: leaves two bystanders undisturbed, and nothing behind', async () => {
    const alice = await room.join('alice', 'tcp');
    const bob = await room.join('bob', 'websocket');
    const sockets = openSockets();
    await chatDuring(waves(WARM_UP_WAVES, room), alice, bob);
    await untilOnly(sockets);
    const before = counted();

    const rounds = await chatDuring(waves(WAVES, room), alice, bob);
    await untilOnly(sockets);
    expect(rounds).toBeGreaterThan(WAVES);
    expect(grownSince(before)).toEqual([]);

    await room.join('mallory');
    await leave(alice, bob);
  }, 120_000);
});
