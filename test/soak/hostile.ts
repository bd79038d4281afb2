/**
 * Hostile clients. Each keeps to an address of its own, as far as that is possible, and none may be noticed by others.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Grammar } from '../fuzz/grammar.ts';
import { pick, type Roll } from '../support/random.ts';
import { bytes, int, login, message, privateMessage, str } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { Addressed, RawConnection } from '../support/raw-connection.ts';
import { upgradeRequest } from '../support/raw-upgrade.ts';
import { SECRET } from './chatter.ts';

/** Surroundings of a hostile client. */
export interface Ground {
  readonly gateway: Addressed;
  readonly roll: Roll;
  /** Makes a login that nobody has. */
  readonly name: () => string;
  readonly isOver: () => boolean;
  /** Counts an act, or an effect of one. */
  readonly count: (what: string) => void;
  readonly onWrong: (what: string) => void;
}

type Hostile = (ground: Ground, address: string) => Promise<void>;

/** Longest time, in ms, until the gateway closes a connection that it has to cut. */
const CUT = 90_000;

const KINDS = ['tcp', 'websocket'] as const;

async function open({ gateway, roll }: Ground, address: string): Promise<RawConnection> {
  const endpoint = await connectRaw(gateway, pick(roll, KINDS), address);
  endpoint.inbox.divert(
    () => {},
    () => endpoint.kind === 'tcp' && endpoint.end(),
  );
  return endpoint;
}

/** True when the connection ends within this time, in ms. */
function overWithin(endpoint: RawConnection, milliseconds: number): Promise<boolean> {
  return Promise.race([endpoint.over.then(() => true), sleep(milliseconds, false)]);
}

async function garbage(ground: Ground, address: string): Promise<void> {
  const endpoint = await open(ground, address);
  const grammar = new Grammar(ground.roll);
  for (let left = 1 + ground.roll(20); left > 0; left--) {
    const piece = Buffer.from(grammar.input('client', 4));
    if (piece.length > 0 && !(await endpoint.write(piece))) break;
    if (ground.roll(3) === 0) await sleep(ground.roll(100));
  }
  ground.count((await overWithin(endpoint, 500)) ? 'garbage refused' : 'garbage left');
  endpoint.reset();
}

/** Slow sender, one byte a second: of a login, or of a message once it is in the room. */
async function drip(ground: Ground, address: string): Promise<void> {
  const endpoint = await open(ground, address);
  const name = ground.name();
  const isIn = ground.roll(2) === 0;
  if (isIn) await endpoint.write(bytes(login(name)));
  const drops = isIn
    ? '03' + str(name) + int(1000) + 'aa'.repeat(1000)
    : '00' + int(1000) + 'aa'.repeat(1000);
  const start = performance.now();
  for (const drop of bytes(drops)) {
    if (ground.isOver() || !(await endpoint.write(Uint8Array.of(drop))) || endpoint.inbox.ended) break;
    if (await overWithin(endpoint, 1000)) break;
    if (performance.now() - start > CUT) {
      ground.onWrong(`a client that sends a byte a second was not cut in ${CUT / 1000} s (${address})`);
      break;
    }
  }
  ground.count('drips');
  endpoint.reset();
}

/** Flooder: as much as the gateway takes, to an accomplice that reads, or to a login that nobody has. */
async function flood(ground: Ground, address: string): Promise<void> {
  const [flooder, accomplice] = [await open(ground, address), await open(ground, address)];
  const [name, friend] = [ground.name(), ground.name()];
  await accomplice.write(bytes(login(friend)));
  await flooder.write(bytes(login(name)));
  const target = ground.roll(4) === 0 ? 'nobody' : friend;
  const volley = bytes(privateMessage(name, target, 'f'.repeat(1024)).repeat(40));
  const until = performance.now() + 500 + ground.roll(1500);
  while (performance.now() < until && !ground.isOver()) {
    if (!(await Promise.race([flooder.write(volley), sleep(1000, false)]))) break;
    ground.count('flood volleys');
  }
  flooder.reset();
  accomplice.reset();
}

/** Slow consumer: joins, and reads nothing. It leaves when the gateway cuts it, or after a while. */
async function stall(ground: Ground, address: string): Promise<void> {
  const endpoint = await open(ground, address);
  await endpoint.write(bytes(login(ground.name())));
  await sleep(100);
  endpoint.pause();
  const until = performance.now() + 20_000 + ground.roll(200_000);
  while (performance.now() < until && !ground.isOver()) await sleep(500);
  endpoint.resume();
  ground.count((await overWithin(endpoint, 1000)) ? 'stalled readers cut' : 'stalled readers spared');
  endpoint.reset();
}

const HANDSHAKE = upgradeRequest('127.0.0.1');

async function openHttp({ gateway }: Ground, address: string): Promise<Socket> {
  const socket = connect({ ...gateway.addresses.http, localAddress: address });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function resetUpgrades(ground: Ground, address: string): Promise<void> {
  for (let left = 40; left > 0 && !ground.isOver(); left--) {
    const socket = await openHttp(ground, address);
    socket.write(HANDSHAKE.slice(0, 1 + ground.roll(HANDSHAKE.length + 40)));
    if (ground.roll(2) === 0) await new Promise(setImmediate);
    socket.resetAndDestroy();
    ground.count('upgrades reset');
  }
}

/** Breaks the rules of WebSocket itself (unmasked, reserved, too long, cut off) and of HTTP. */
async function breakWebSocket(ground: Ground, address: string): Promise<void> {
  const { roll } = ground;
  const socket = await openHttp(ground, address);
  socket.resume();
  const after = [
    '82050000000000',
    'f2800000',
    '82ff00000001000000',
    '8382',
    '89ff',
    '01800000000000',
    '8182aabbccdd',
  ];
  const openings = [
    HANDSHAKE + Buffer.from(pick(roll, after), 'hex').toString('latin1'),
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n${'x'.repeat(roll(100_000))}`,
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(roll(30_000))}`,
    Array.from({ length: 200 }, () => String.fromCharCode(roll(256))).join(''),
  ];
  socket.write(pick(roll, openings), 'latin1');
  await Promise.race([once(socket, 'close'), sleep(1000 + roll(3000))]);
  socket.resetAndDestroy();
  ground.count('broken HTTP');
}

/** Guesses connect_ids: never one that exists, and after a few the address is refused (D18). */
async function guess(ground: Ground, address: string): Promise<void> {
  const endpoint = await open(ground, address);
  await endpoint.write(bytes('09' + int(ground.roll(2 ** 31))));
  if (!(await overWithin(endpoint, 20_000)))
    ground.onWrong('a guessed connect_id was not answered by a close (D18)');
  ground.count('ids guessed');
}

/** Sends under the names of others, and useless commands to everyone: none of it may be carried out. */
async function forge(ground: Ground, address: string): Promise<void> {
  const endpoint = await open(ground, address);
  await endpoint.write(bytes(login(ground.name())));
  const victim = 'c1-1';
  const forgeries = [
    message(victim, SECRET),
    privateMessage(victim, 'c2-1', SECRET),
    privateMessage('c2-1', victim, SECRET),
  ];
  for (let left = 150; left > 0; left--)
    if (!(await endpoint.write(bytes(pick(ground.roll, forgeries))))) break;
  if (!(await overWithin(endpoint, 20_000)))
    ground.onWrong('more than 100 ignored commands did not end a connection (D6)');
  ground.count('forgeries');
  endpoint.reset();
}

/** Joins and leaves under one name: a client that has ended is gone (D9). */
async function churn(ground: Ground, address: string): Promise<void> {
  const name = ground.name();
  for (let left = 5; left > 0; left--) {
    const endpoint = await connectRaw(ground.gateway, pick(ground.roll, KINDS), address);
    await endpoint.write(bytes(login(name)));
    const answer = await endpoint.inbox.read(1);
    if (answer !== '01')
      ground.onWrong(`a name was not free again once its connection had ended (D9): ${answer}`);
    endpoint.inbox.divert(() => {});
    endpoint.end();
    await endpoint.over;
    ground.count('names taken and left');
  }
}

/** Number of each that act at the same time, and the rest of each in between, in ms. */
const TROUPE: ReadonlyArray<readonly [act: Hostile, count: number, rest: number]> = [
  [garbage, 4, 400],
  [drip, 10, 3000],
  [flood, 2, 5000],
  [stall, 8, 5000],
  [resetUpgrades, 1, 8000],
  [breakWebSocket, 3, 700],
  [guess, 1, 3000],
  [forge, 1, 4000],
  [churn, 2, 2000],
];

/** Starts all of them; resolves when the last has ended. */
export async function letLoose(ground: Ground): Promise<void> {
  const works = TROUPE.flatMap(([act, count, rest], kind) =>
    Array.from({ length: count }, async (_, index) => {
      for (let turn = 0; !ground.isOver(); turn++) {
        // A guesser keeps the address that is refused after its misses.
        const address = `127.${100 + kind}.${index}.${act === guess ? 1 : 1 + (turn % 250)}`;
        // A rejected connection is allowed.
        await act(ground, address).catch(() => ground.count('rejected'));
        for (let rested = 0; rested < rest && !ground.isOver(); rested += 200) await sleep(200);
      }
    }),
  );
  await Promise.all(works);
}
