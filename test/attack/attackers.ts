/**
 * Process of the attackers, apart from the gateway's so that their cost is not taken for its own. The argument is the
 * {@link Order}; a line from the parent starts the attack, and each line it answers is an {@link Outcome}.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { bytes, int, login, loginPrivate, message, privateMessage, str } from '../support/raw-hex.ts';
import type { Addressed, RawConnection } from '../support/raw-connection.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { upgradeRequest } from '../support/raw-upgrade.ts';
import { addressOf, AT_ONCE, openAll, type Attack, type Field } from './field.ts';
import { comeAndGo } from './come-and-go.ts';
import { fragments, heldPieces, waitingPieces } from './small-pieces.ts';
import { noise, noTls, pattern, pipeline } from './greed.ts';

export interface Order {
  readonly attack: keyof typeof ATTACKS;
  readonly count: number;
  readonly addresses: Addressed['addresses'];
}

async function joinAll(field: Field): Promise<RawConnection[]> {
  const endpoints = await openAll(field);
  for (const [index, endpoint] of endpoints.entries()) await endpoint.write(bytes(login(`a${index}`)));
  await sleep(500);
  return endpoints;
}

/** Slow consumers in the room: they read everything until the attack starts, and then nothing. */
const stall: Attack = async (field) => {
  const endpoints = await joinAll(field);
  return () => endpoints.forEach((endpoint) => endpoint.pause());
};

/** Slow senders, one byte a second: half of them of a LOGIN, half of a MESSAGE. */
const drip: Attack = async (field) => {
  const endpoints = await openAll(field);
  return async () => {
    endpoints.forEach((endpoint, index) => index % 2 === 0 && void endpoint.write(bytes(login(`a${index}`))));
    for (let second = 0; ; second++) {
      endpoints.forEach((endpoint, index) => {
        const drops = index % 2 === 0 ? '03' + str(`a${index}`) + int(1000) : '00' + int(1000);
        void endpoint.write(Uint8Array.of(bytes(drops)[second] ?? 0x61));
      });
      await sleep(1000);
    }
  };
};

/** Flooders: as many commands as the gateway takes, to everyone, to an accomplice, and of what is not allowed. */
const flood: Attack = async (field) => {
  const endpoints = await joinAll(field);
  const flooder = async (endpoint: RawConnection, index: number): Promise<void> => {
    const name = `a${index}`;
    const volleys = [
      message(name, 'f'.repeat(500)).repeat(100),
      privateMessage(name, `a${(index + 1) % endpoints.length}`, 'f'.repeat(1024)).repeat(60),
      message(name, '').repeat(2000),
    ];
    const volley = bytes(volleys[index % volleys.length]!);
    // The gateway answers a flood with backpressure, so that a send waits.
    while (await endpoint.write(volley)) field.note('flooded KB', volley.length / 1000);
  };
  return async () => void (await Promise.all(endpoints.map(flooder)));
};

/** Upgrades that are reset at each of their bytes, and just behind the last. */
const resets: Attack = ({ gateway, count, note }) => {
  const { http } = gateway.addresses;
  const request = upgradeRequest(`${http.host}:${http.port}`);
  const one = async (index: number): Promise<void> => {
    const socket: Socket = connect({ ...http, localAddress: addressOf(index) });
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(request.slice(0, 1 + ((index * 7) % (request.length + 60))));
    if (index % 3 === 0) await new Promise(setImmediate);
    if (index % 5 === 0) await sleep(2);
    socket.resetAndDestroy();
    note('reset');
  };
  return Promise.resolve(async () => {
    let next = 0;
    const work = async () => {
      while (next < count) await one(next++).catch(() => note('rejected'));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  });
};

/** Silent connections, until the gateway gives no more; all are closed when the parent says so. */
const crowdOut: Attack = (field) => {
  const { gateway, count, note } = field;
  return Promise.resolve(async () => {
    const sockets: Socket[] = [];
    for (let index = 0; index < count; index++) {
      const at = index % 2 === 0 ? gateway.addresses.tcp : gateway.addresses.http;
      const socket = connect({ ...at, localAddress: addressOf(index) });
      socket
        .on('error', () => {})
        .on('close', () => note('refused or cut'))
        .resume();
      socket.on('connect', () => note('connected'));
      sockets.push(socket);
      await sleep(3);
    }
    await sleep(4000);
    for (const socket of sockets) socket.destroy();
    note('let go');
  });
};

/** Pages in the room that count the codes with which they are closed. */
const beTold: Attack = async ({ gateway, count, note }) => {
  const { http } = gateway.addresses;
  const pages = Array.from({ length: count }, (_, index) => {
    const page = new WebSocket(`ws://${http.host}:${http.port}/ws`, ['chaton.web.v1'], {
      localAddress: addressOf(index),
    });
    page.on('error', () => {}).on('close', (code) => note(`closed with ${code}`));
    return once(page, 'open').then(() => {
      page.send(bytes(login(`p${index}`)));
      note('connected');
    });
  });
  await Promise.all(pages);
  await sleep(500);
  return () => {};
};

/** Guesses of connect_ids, each on a connection of its own (D18). */
const guess: Attack = ({ gateway, count, note }) =>
  Promise.resolve(() => {
    const forever = async (index: number): Promise<void> => {
      for (let turn = 0; ; turn++)
        try {
          const kind = (index + turn) % 2 === 0 ? 'tcp' : 'websocket';
          const client = await connectRaw(gateway, kind, addressOf(index));
          client.inbox.divert(
            () => {},
            () => client.end(),
          );
          client.send(bytes(loginPrivate((Math.random() * 2 ** 32) | 0)));
          await client.over;
          note('guessed');
        } catch {
          note('rejected');
          await sleep(20);
        }
    };
    for (let index = 0; index < count; index++) void forever(index);
  });

const ATTACKS = {
  stall,
  drip,
  flood,
  guess,
  resets,
  crowdOut,
  beTold,
  heldPieces,
  waitingPieces,
  fragments,
  pipeline,
  noTls,
  pattern,
  noise,
  comeAndGo,
} as const;

if (process.send) {
  const { attack, count, addresses } = JSON.parse(process.argv[2]!) as Order;
  const outcome: Record<string, number> = {};
  const note = (what: string, by = 1): void => {
    outcome[what] = (outcome[what] ?? 0) + by;
  };
  const start = await ATTACKS[attack]({ gateway: { addresses }, count, note });
  process.on('message', (word) => {
    if (word === 'attack') void start();
    process.send!(outcome);
  });
  process.on('disconnect', () => process.exit());
  process.send('ready');
}
