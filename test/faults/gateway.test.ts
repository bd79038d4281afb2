import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LivenessMonitor } from '../../server/transport/socket/liveness.ts';
import { WebSocketStream } from '../../server/transport/websocket/websocket-stream.ts';
import { behindFaults, type FaultyGateway } from '../support/faulty-gateway.ts';
import { ACCEPTED, login, message, privateMessage } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { type RawConnection, TRANSPORTS, type TestGateway } from '../support/raw-connection.ts';
import { startTestGateway } from '../support/gateway.ts';
import { leave, useRoom } from '../support/raw-room.ts';
import { MIB, noise } from '../support/relay-bulk.ts';
import { ESTABLISHED, loginPrivate } from '../support/relay-hex.ts';
import { expectBroken, held, untilHeld, useRelayRoom, watchStreams } from '../support/relay-room.ts';
import { upgradeRequest } from '../support/raw-upgrade.ts';

const networks: FaultyGateway[] = [];
afterEach(async () => {
  for (const network of networks.splice(0)) await network.stop();
});

async function bad(...of: Parameters<typeof behindFaults>): Promise<FaultyGateway> {
  const network = await behindFaults(...of);
  networks.push(network);
  return network;
}

describe('a network that hands everything on in other pieces, late and unevenly', () => {
  const room = useRoom();

  it('D24: changes nothing of what is said, over either transport', async () => {
    const network = await bad(room.gateway, () => ({
      up: { pieces: [1, 40], jitter: 2 },
      down: { pieces: [1, 300], delay: 1 },
    }));
    const alice = await network.connect('tcp');
    const bob = await network.connect('websocket');
    alice.send(login('alice'));
    await alice.expect(ACCEPTED);
    bob.send(login('bob'));
    await bob.expect(ACCEPTED);
    const said = Array.from({ length: 20 }, (_, i) => message('alice', `${i} ${'é'.repeat(i * 25)}`)).join(
      '',
    );
    alice.send(said + privateMessage('alice', 'bob', 'psst'));
    await bob.expect(said + privateMessage('alice', 'bob', 'psst'));
    bob.send(message('bob', 'purr'));
    await bob.expect(message('bob', 'purr'));
    await alice.expect(said + message('bob', 'purr'));
    await leave(alice, bob);
  });
});

describe('a private connection that breaks at any byte', () => {
  const on = useRelayRoom();

  it.each(TRANSPORTS)(
    'D21: the other side has what came before, unchanged, and sees a break, over %s',
    async (kind) => {
      const alice = await on.room.join('alice', 'tcp');
      const bob = await on.room.join('bob', kind);
      const network = await bad(on.gateway, (_index, roll) => ({
        // The cut comes behind LOGIN_PRIVATE and, on a WebSocket, its upgrade.
        up: { pieces: [1, 9000], cut: { after: 1000 + roll(400_000), how: 'reset' } },
      }));
      for (let round = 0; round < 4; round++) {
        const id = await on.room.negotiate(alice, bob);
        const broken = await connectRaw(network, kind);
        await broken.write(loginPrivate(id, 4));
        const whole = await on.room.present(id, kind);
        await whole.inbox.expect(ESTABLISHED);
        const parts: Uint8Array[] = [];
        whole.inbox.divert((data) => parts.push(data));
        const content = Buffer.concat([...noise(round, 500_000)]);
        const sent = sendUntilBroken(broken, content);
        await expectBroken(whole);
        const came = Buffer.concat(parts);
        expect(came.length).toBeLessThan(content.length);
        expect(came.equals(content.subarray(0, came.length))).toBe(true);
        await sent;
      }
      await untilHeld(on.gateway, { connections: 2, clients: 2 });
    },
  );
});

describe('a WebSocket endpoint that is held back', () => {
  const on = useRelayRoom();
  afterEach(() => void vi.restoreAllMocks());

  it('D20, D21: is let go of, with what had come and was not passed on, when the other endpoint breaks', async () => {
    const watch = vi.spyOn(LivenessMonitor.prototype, 'add');
    const streams = watchStreams(on.gateway);
    const [reader, writer] = await on.room.establish(
      await on.room.join('alice', 'tcp'),
      await on.room.join('bob', 'websocket'),
    );
    const back = streams.find((stream, i) => i >= 2 && stream instanceof WebSocketStream);
    reader.pause();
    for (const chunk of noise(1, 200 * MIB)) {
      void writer.write(chunk);
      if (writer.waiting > 4 * MIB) await new Promise(setImmediate);
      if ((back as WebSocketStream).isPaused && writer.waiting > 4 * MIB) break;
    }
    expect(back).toMatchObject({ isPaused: true });
    reader.reset();
    await writer.over;
    await untilHeld(on.gateway, { connections: 2, clients: 2 });
    // The liveness monitor keeps only the two members.
    await expect.poll(() => (watch.mock.contexts[0] as LivenessMonitor).size).toBe(2);
  });
});

async function sendUntilBroken(endpoint: RawConnection, content: Buffer): Promise<void> {
  for (let at = 0; at < content.length; at += 50_000)
    if (!(await endpoint.write(content.subarray(at, at + 50_000)))) return;
}

describe('a storm of resets', () => {
  const room = useRoom();

  it('D9, D24: an upgrade that is reset at any of its bytes leaves nothing behind, and nobody notices', async () => {
    const bystander = await room.join('bystander', 'websocket');
    const { http } = room.gateway.addresses;
    const request = upgradeRequest(`${http.host}:${http.port}`);
    // The last connections are reset within the first frame: a masked binary LOGIN.
    const bytes = Buffer.concat([
      Buffer.from(request),
      Buffer.from('828c000000000000000007616c69636521', 'hex'),
    ]);
    const network = await bad(room.gateway, (index) => ({
      up: { cut: { after: 1 + index, how: 'reset' } },
    }));
    await Promise.all(
      Array.from(bytes, () => {
        const { host, port } = network.proxies.http;
        const socket = connect({ host, port });
        socket.on('error', () => {}).write(bytes);
        return new Promise((resolve) => socket.on('close', resolve).resume());
      }),
    );
    await untilHeld(room.gateway, { connections: 1, clients: 1 });
    bystander.send(message('bystander', 'purr'));
    await bystander.expect(message('bystander', 'purr'));
    expect(held(room.gateway)['connections']).toBe(1);
    await leave(bystander);
  });
});

describe('a network that swallows everything', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    // The heartbeat takes seconds here, by default tens of seconds.
    gateway = await startTestGateway({}, { pingInterval: 1000, maxMissedPings: 2 });
  });
  afterEach(() => gateway.stop());

  it('D9: a WebSocket client that is no longer there is let go, its login with it; one that comes back in time loses nothing', async () => {
    const network = await bad(gateway);
    const [gone, back] = [await network.connect('websocket'), await network.connect('websocket')];
    const bystander = await connectRaw(gateway, 'websocket');
    for (const [peer, name] of [
      [gone, 'gone'],
      [back, 'back'],
      [bystander, 'bystander'],
    ] as const) {
      peer.send(login(name));
      await peer.expect(ACCEPTED);
    }
    const [first, second] = [...network.proxies.http.links];
    first!.swallow();
    second!.swallow();
    const said = message('bystander', 'is anybody there?');
    bystander.send(said);
    await bystander.expect(said);
    second!.restore();
    await back.expect(said);
    await untilHeld(gateway, { connections: 2, clients: 2 });
    const successor = await connectRaw(gateway, 'tcp');
    successor.send(login('gone'));
    await successor.expect(ACCEPTED);
    successor.send(message('gone', 'here again'));
    for (const peer of [successor, bystander, back]) await peer.expect(message('gone', 'here again'));
    first!.restore();
    gone.reset();
    await leave(successor, bystander, back);
  });
});
