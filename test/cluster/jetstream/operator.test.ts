/** An operator's actions at one of two gateways, at both: real gateways, a real engine, and the operator's listener of each. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { connectPage } from '../../support/raw-page.ts';
import { connectRawTcp } from '../../support/raw-tcp.ts';
import { ACCEPTED, login, message, REFUSED } from '../../support/raw-hex.ts';
import type { RawConnection } from '../../support/raw-connection.ts';
import { Engine, pause } from '../support/engine.ts';
import { Taken } from '../support/taken.ts';

const folder = mkdtempSync(join(tmpdir(), 'chaton-operators-'));
const until = Date.now() + 3_600_000;
const BANS = ['mallory', 'trudy'].map((value) => ({ kind: 'login', value, until }));
const taken = new Taken();
let engine: Engine;
let gateways: TestGateway[] = [];
const peers: RawConnection[] = [];

const clusterSecretFile = join(folder, 'secret');

/** Starts a gateway with its state file: one of the room, or a room by itself. */
async function start(index: number, isAlone = false): Promise<TestGateway> {
  const starting = startTestGateway(
    {
      ...(!isAlone && { cluster: engine.addresses, clusterNode: `g${index + 1}`, clusterReplicas: 1 }),
      clusterSecretFile,
      meshPort: 0,
      adminPort: 0,
      stateFile: join(folder, `state-${index}.json`),
    },
    { history: 10 },
  );
  const gateway = await taken.take(starting, (started) => started.stop());
  await gateway.joined;
  return gateway;
}

beforeAll(async () => {
  engine = await taken.take(Engine.start({ size: 1 }), (started) => started.stop());
  writeFileSync(clusterSecretFile, 'a secret of all gateways');
  for (const index of [0, 1])
    writeFileSync(join(folder, `state-${index}.json`), JSON.stringify([BANS[index]]));
  // Each with a ban in its file that the other has not.
  gateways = [await start(0), await start(1)];
});

afterAll(async () => {
  for (const peer of peers) peer.reset();
  await taken.giveBack();
  rmSync(folder, { recursive: true });
});

async function ask(index: number, method: string, path: string, body?: object) {
  const { host, port } = gateways[index]!.addresses.admin!;
  const response = await fetch(`http://${host}:${port}${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

/** Logins that are banned at each of these gateways. */
const bannedAt = (...indexes: number[]) =>
  Promise.all(
    indexes.map(async (index) =>
      ((await ask(index, 'GET', '/bans')).body as typeof BANS).map(({ value }) => value).toSorted(),
    ),
  );

async function enter(index: number, name: string, isPage = false): Promise<RawConnection> {
  const { tcp } = gateways[index]!.addresses;
  const peer = isPage ? await connectPage(gateways[index]!) : await connectRawTcp(tcp.host, tcp.port);
  peers.push(peer);
  peer.send(login(name));
  await peer.expect(ACCEPTED);
  return peer;
}

describe('an operator of one of two gateways', () => {
  it('finds the bans of both files in force at both', async () => {
    while ((await bannedAt(0, 1)).some((names) => names.length < 2)) await pause();
    expect(await bannedAt(0, 1)).toEqual([
      ['mallory', 'trudy'],
      ['mallory', 'trudy'],
    ]);
    const { tcp } = gateways[1]!.addresses;
    const refused = await connectRawTcp(tcp.host, tcp.port);
    peers.push(refused);
    refused.send(login('Mallory'));
    await refused.expect(REFUSED);
  });

  it('sees all clients, and disconnects one of the other gateway, if that is there', async () => {
    const [, bob] = [await enter(0, 'alice'), await enter(1, 'bob')];
    const { body } = await ask(0, 'GET', '/clients');
    const named = (body as { connection: string; login: string }[]).filter(({ login: name }) => name);
    expect(named.map(({ connection, login: name }) => [connection.split(':')[0], name])).toEqual([
      ['g1', 'alice'],
      ['g2', 'bob'],
    ]);
    const none = { status: 404, body: { error: 'no such connection' } };
    expect(await ask(0, 'DELETE', '/clients/g2:99999')).toEqual(none);
    expect(await ask(0, 'DELETE', '/clients/g9:1')).toEqual(none);
    const done = await ask(0, 'DELETE', `/clients/${named[1]!.connection}`);
    expect(done).toEqual({ status: 200, body: { disconnected: 1 } });
    await bob.expectEnd();
  });

  it('is told by how many pages a notice is read, of all gateways', async () => {
    await Promise.all([enter(0, 'page 1', true), enter(1, 'page 2', true), enter(1, 'page 3', true)]);
    const { body } = await ask(0, 'POST', '/notice', { text: 'hear ye' });
    expect(body).toEqual({ pages: 3, gateways: { g1: 1, g2: 2 } });
  });

  it('bans whom the other gateway has: it is disconnected there, and what it said is shown nowhere', async () => {
    const [carol, dave] = [await enter(0, 'carol'), await enter(1, 'dave')];
    dave.send(message('dave', 'spam'));
    for (const peer of [carol, dave]) await peer.expect(message('dave', 'spam'));
    const texts = () => gateways.map(({ chat }) => chat.history.messages().map(({ text }) => text));
    while (texts().join() !== 'spam,spam') await pause();
    const ban = { kind: 'login', value: 'dave', until };
    // Whom it would disconnect is asked everywhere.
    const refused = { error: '1 would be disconnected', wouldDisconnect: ['dave'], looksLike: [] };
    const connections = [expect.stringMatching(/^g2:\d+$/)];
    expect(await ask(0, 'POST', '/bans?atMost=0', ban)).toEqual({
      status: 409,
      body: { ...refused, connections },
    });
    const { body } = await ask(0, 'POST', '/bans?atMost=1', ban);
    // Of its own clients, which it says.
    expect(body).toEqual({ disconnected: 0, logins: [], gateway: 'g1' });
    await dave.expectEnd();
    while (texts().join() !== ',') await pause();
    expect(texts()).toEqual([[], []]);
  });
});

describe('a gateway that was stopped while the other was told', () => {
  const ban = (index: number, value: string) => ask(index, 'POST', '/bans', { kind: 'login', value, until });
  const unban = (index: number, value: string) => ask(index, 'DELETE', '/bans', { kind: 'login', value });
  const restart = async (index: number, isAlone?: boolean) => {
    await gateways[index]!.stop();
    gateways[index] = await start(index, isAlone);
  };

  it('lets in whom that has let in, and refuses whom that has banned', async () => {
    await ban(0, 'oscar');
    while (!(await bannedAt(1))[0]!.includes('oscar')) await pause();
    await gateways[1]!.stop();
    await unban(0, 'oscar');
    await ban(0, 'peggy');
    gateways[1] = await start(1);
    expect(await bannedAt(0, 1)).toEqual([
      ['dave', 'mallory', 'peggy', 'trudy'],
      ['dave', 'mallory', 'peggy', 'trudy'],
    ]);
  });

  it('does so when that was a room by itself meanwhile, and whichever of them founds the next one', async () => {
    await gateways[1]!.stop();
    await restart(0, true);
    await unban(0, 'peggy');
    await ban(0, 'sybil');
    await gateways[0]!.stop();
    gateways[1] = await start(1);
    expect(await bannedAt(1)).toEqual([['dave', 'mallory', 'peggy', 'trudy']]);
    gateways[0] = await start(0);
    while (!(await bannedAt(1))[0]!.includes('sybil')) await pause();
    expect(await bannedAt(0, 1)).toEqual([
      ['dave', 'mallory', 'sybil', 'trudy'],
      ['dave', 'mallory', 'sybil', 'trudy'],
    ]);
  });
});
