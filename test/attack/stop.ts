/**
 * Measures SIGTERM in a full room: pages are told, private connections that can finish do, and the process ends in time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { bytes, login, okPrivate, requestPrivate, str } from '../support/raw-hex.ts';
import { ESTABLISHED, loginPrivate } from '../support/relay-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { Addressed, RawConnection } from '../support/raw-connection.ts';
import { Attackers } from './attacker-process.ts';
import type { Finding } from './bounds.ts';
import { stopBounds, words, type Settings } from './siege.ts';
import { startQuiet } from './besieged.ts';

const PAGES = 1000;
const NATIVE = 1000;
const RELAYS = 20;
/** Remaining length, in seconds, of each private connection; the last ones take longer than the gateway waits. */
const SECONDS = [0.5, 1, 2, 3, 4, 5, 6, 7, 20, 20];
const CHUNK = Buffer.alloc(8000, 'r');

interface Relay {
  readonly endpoints: readonly [RawConnection, RawConnection];
  readonly seconds: number;
  received: number;
  sent: number;
  hasEnded: boolean;
}

export async function measureStop({ scale, flags }: Settings): Promise<Finding> {
  const gateway = await startQuiet(flags);
  const { addresses } = gateway;
  const hired: Attackers[] = [];
  const hire = async (attack: 'beTold' | 'stall', count: number): Promise<Attackers> => {
    const some = await Attackers.hire({ attack, count: Math.ceil(count / scale), addresses });
    hired.push(some);
    return some;
  };
  try {
    const pages = await hire('beTold', PAGES);
    const natives = await hire('stall', NATIVE);
    const relays: Relay[] = [];
    for (let index = 0; index < RELAYS; index++) relays.push(await makeRelay(gateway, index));
    for (const relay of relays) void run(relay);
    await sleep(500);
    const asked = gateway.stop();
    const endings = Promise.all(
      relays.map(({ endpoints }) => Promise.all(endpoints.map(({ over }) => over))),
    );
    const ended = await asked;
    const { code, signal, milliseconds } = ended;
    await Promise.race([endings, sleep(3000)]);
    await sleep(500);
    const finished = relays.filter(({ hasEnded, received, sent }) => hasEnded && received === sent);
    const able = relays.filter((relay) => relay.seconds < 7.5);
    const wrong = relays.filter(({ hasEnded, received, sent }) => hasEnded && received !== sent);
    const lines = [
      `exit code ${code ?? signal} ${Math.round(milliseconds)} ms after SIGTERM`,
      `private connections that could finish within 8 s: ${able.length}, that did: ${finished.length}; ` +
        `ended as if whole and were not: ${wrong.length}; ` +
        `of the ${relays.length - able.length} others broken: ${relays.filter(({ hasEnded }) => !hasEnded).length}`,
      `pages: ${words(await pages.outcome())}`,
      `native clients: ${words(await natives.outcome())}`,
    ];
    const bounds = [
      ...stopBounds(ended),
      { what: 'ended as if whole and were not', figure: wrong.length, most: 0 },
      { what: 'could finish and did not', figure: able.length - finished.length, most: 0 },
    ];
    return { lines, bounds };
  } finally {
    await Promise.all(hired.map((some) => some.dismiss()));
    if (!gateway.hasEnded) gateway.kill('SIGKILL');
  }
}

async function makeRelay(gateway: Addressed, index: number): Promise<Relay> {
  const kinds = ['tcp', 'websocket'] as const;
  const from = (endpoint: number) => `127.80.${endpoint}.${1 + index}`;
  const [a, b] = [`ra${index}`, `rb${index}`];
  const owners = await Promise.all([
    connectRaw(gateway, 'tcp', from(0)),
    connectRaw(gateway, 'tcp', from(1)),
  ]);
  for (const [i, owner] of owners.entries()) {
    await owner.write(bytes(login([a, b][i]!)));
    if ((await owner.inbox.read(1)) !== '01') throw new Error('refused');
  }
  await owners[0].write(bytes(requestPrivate(a, b)));
  await readUntil(owners[1], requestPrivate(a, b));
  await owners[1].write(bytes(okPrivate(a, b)));
  const head = '08' + str(a) + str(b);
  const id = await idIn(owners[0], head);
  for (const owner of owners)
    owner.inbox.divert(
      () => {},
      () => owner.end(),
    );
  const endpoints = (await Promise.all(
    [index % 2, (index >> 1) % 2].map(async (kind, i) => {
      const endpoint = await connectRaw(gateway, kinds[kind]!, from(2 + i));
      await endpoint.write(bytes(loginPrivate(id, 4)));
      return endpoint;
    }),
  )) as [RawConnection, RawConnection];
  await Promise.all(endpoints.map((endpoint) => endpoint.inbox.expect(ESTABLISHED)));
  return { endpoints, seconds: SECONDS[index % SECONDS.length]!, received: 0, sent: 0, hasEnded: false };
}

/** Reads the connect_id in the command that begins with `head`, whatever else was said in the room before it. */
async function idIn(owner: RawConnection, head: string): Promise<number> {
  await readUntil(owner, head);
  return Buffer.from(await owner.inbox.read(4), 'hex').readInt32BE();
}

async function readUntil(owner: RawConnection, hex: string): Promise<void> {
  let read = '';
  while (!read.endsWith(hex)) read += await owner.inbox.read(1);
}

/** Sends until its seconds are over, then ends its writing; the other side answers an end of writing with its own. */
async function run(relay: Relay): Promise<void> {
  const [from, to] = relay.endpoints;
  to.inbox.divert(
    (data) => (relay.received += data.length),
    () => {
      relay.hasEnded = true;
      to.end();
    },
  );
  from.inbox.divert(() => {});
  const until = performance.now() + relay.seconds * 1000;
  while (performance.now() < until) {
    if (!(await from.write(CHUNK))) return;
    relay.sent += CHUNK.length;
    await sleep(100);
  }
  from.end();
}
