/** Two real gateways on a real engine are one room (D8, D9, D11, D13, D14, D17–D22). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectRaw } from '../../support/connect-raw.ts';
import { GatewayProcess } from '../../support/gateway-process.ts';
import { connectPage } from '../../support/raw-page.ts';
import type { RawConnection, Transport } from '../../support/raw-connection.ts';
import { ACCEPTED, REFUSED, login, message, privateMessage } from '../../support/raw-hex.ts';
import { leave } from '../../support/raw-room.ts';
import { digestOf, MIB, noise, receiveAll, sendAll } from '../../support/relay-bulk.ts';
import { expectCleanEnd, RelayRoom } from '../../support/relay-room.ts';
import { alternating } from '../support/alternating.ts';
import { freePorts, pause } from '../support/engine.ts';
import { Cluster } from '../support/gateways.ts';

describe('two gateways', () => {
  let cluster: Cluster;
  const peers: RawConnection[] = [];
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(() => cluster.stop());
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.reset();
  });

  const connect = async (node: number, transport: Transport = 'tcp') => {
    const peer = await connectRaw(cluster.nodes[node]!, transport);
    peers.push(peer);
    return peer;
  };
  const join = async (name: string, node: number, transport?: Transport) => {
    const peer = await connect(node, transport);
    peer.send(login(name));
    await peer.expect(ACCEPTED);
    return peer;
  };
  /** Asks for a login until it is free; returns how long that took, in ms. */
  const untilFree = async (name: string, node: number) => {
    const started = performance.now();
    for (;;) {
      const peer = await connect(node);
      peer.send(login(name));
      if ((await peer.read(1)) === ACCEPTED) return performance.now() - started;
      peer.end();
      await pause();
    }
  };

  it('are the same server to a page, which so repeats nothing by itself that the other gateway may have had heard', async () => {
    const names = [];
    for (const [node, name] of ['pat', 'quin'].entries()) {
      const page = await connectPage(cluster.nodes[node]!);
      peers.push(page);
      page.send(login(name));
      names.push((await page.told('online'))['server']);
    }
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), names[0]]);
  });

  it('let one login in once, at whichever of them, and free it for both when its owner ends', async () => {
    const alice = await join('alice', 0);
    const thief = await connect(1);
    thief.send(login('alice'));
    await thief.expect(REFUSED);
    thief.send(login('bob'));
    await thief.expect(ACCEPTED);
    alice.end();
    await alice.expectEnd();
    // The end is heard in its turn, so that the login is free when its owner has heard it.
    await join('alice', 1);
  });

  it('have one winner when one login is asked for at both at once', async () => {
    for (let race = 0; race < 10; race++) {
      const racers = [await connect(0), await connect(1)];
      for (const racer of racers) racer.send(login(`prize ${race}`));
      const answers = await Promise.all(racers.map((racer) => racer.read(1)));
      expect(answers.toSorted()).toEqual([ACCEPTED, REFUSED]);
    }
  });

  it.each(['tcp', 'websocket'] as const)(
    'give everyone one order, with the echo in it, over %s',
    async (transport) => {
      const names = ['ann', 'ben', 'cat', 'dan'];
      const members: RawConnection[] = [];
      for (const [index, name] of names.entries()) members.push(await join(name, index % 2, transport));
      const COUNT = 25;
      for (let count = 0; count < COUNT; count++)
        for (const [index, member] of members.entries())
          member.send(message(names[index]!, `message ${count}`));
      const bytes = names.reduce((sum, name) => sum + digits(name, COUNT), 0);
      const heard = await Promise.all(members.map((member) => member.read(bytes)));
      expect(new Set(heard).size).toBe(1);
      for (const name of names) {
        const order = Array.from({ length: COUNT }, (_, count) =>
          heard[0]!.indexOf(message(name, `message ${count}`)),
        );
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        expect(order[0]).toBeGreaterThanOrEqual(0);
      }
      await leave(...members);
    },
  );

  it('hand on private messages, and nothing of them to others', async () => {
    const [alice, bob, carol] = [await join('alice', 0), await join('bob', 1), await join('carol', 1)];
    alice.send(privateMessage('alice', 'bob', 'psst'));
    await bob.expect(privateMessage('alice', 'bob', 'psst'));
    bob.send(message('bob', 'to all'));
    for (const peer of [alice, bob, carol]) await peer.expect(message('bob', 'to all'));
    await leave(alice, bob, carol);
  });

  it('relay between them: both ways at once, one end after the other, and nothing is left behind', async () => {
    const room = new RelayRoom(alternating(cluster.nodes));
    try {
      const [alice, bob] = [await room.join('alice', 'tcp'), await room.join('bob', 'tcp-long64')];
      const [a, b] = await room.establish(alice, bob);
      const size = 8 * MIB;
      const [atA, atB] = [receiveAll(a), receiveAll(b)];
      await Promise.all([
        sendAll(a, noise(1, size)).then(() => a.end()),
        atB.then(() => sendAll(b, noise(2, size))).then(() => b.end()),
      ]);
      expect(await atB).toEqual(digestOf(noise(1, size)));
      expect(await atA).toEqual(digestOf(noise(2, size)));
      await expectCleanEnd(a);
      await expectCleanEnd(b);
    } finally {
      room.dropEveryone();
    }
  });

  it('reset the other side of a relay when one side breaks', async () => {
    const room = new RelayRoom(alternating(cluster.nodes));
    try {
      const [alice, bob] = [await room.join('alice', 'tcp'), await room.join('bob', 'tcp')];
      const [a, b] = await room.establish(alice, bob);
      a.reset();
      expect((await b.over).reset).toBe(true);
    } finally {
      room.dropEveryone();
    }
  });

  it('say why they are not ready while there is no engine, and end when they are told to', async () => {
    const [httpPort] = await freePorts(1);
    const gateway = new GatewayProcess([
      '--cluster=nats://127.0.0.1:1',
      `--cluster-secret-file=${cluster.secretFile}`,
      '--tcp-port=0',
      '--mesh-port=0',
      `--http-port=${httpPort}`,
      '--tcp-long64-port=off',
    ]);
    await gateway.says('engine: not there yet');
    const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status: 'not ready', reason: 'joining the cluster' });
    gateway.kill('SIGTERM');
    const { code } = await gateway.exit;
    expect(code).toBe(0);
  });

  it('do not take a gateway whose limits are others, and say which', async () => {
    const gateway = new GatewayProcess([
      `--cluster=${cluster.engine.addresses.join(',')}`,
      `--cluster-secret-file=${cluster.secretFile}`,
      ...['tcp', 'http', 'mesh'].map((one) => `--${one}-port=0`),
      '--tcp-long64-port=off',
      '--max-misses=7',
    ]);
    const { code, stderr } = await gateway.exit;
    expect(code).toBe(75);
    expect(stderr).toMatch(
      /^chaton: the room main does not take this gateway: .*--max-misses 7 \(room: \d+\)\n$/,
    );
  });

  it('free the logins of one that is drained: when its clients see the end, the log has it', async () => {
    const drained = await cluster.add();
    const carol = await join('carol', cluster.nodes.indexOf(drained));
    const stopped = drained.stop();
    await carol.expectEnd();
    await join('carol', 0);
    carol.end();
    expect(await stopped).toBe(0);
  });

  it('free the logins of one that is killed within 5 s', async () => {
    const killed = await cluster.add();
    const dave = await join('dave', cluster.nodes.indexOf(killed));
    killed.kill('SIGKILL');
    await dave.expectEnd();
    dave.end();
    const took = await untilFree('dave', 0);
    console.info(`login free ${Math.round(took)} ms after its gateway was killed`);
    expect(took).toBeLessThan(15_000);
  });
});

/** Bytes of all messages of a member. */
function digits(name: string, count: number): number {
  return Array.from({ length: count }, (_, one) => message(name, `message ${one}`).length / 2).reduce(
    (a, b) => a + b,
  );
}
