import { beforeEach, describe, it } from 'vitest';
import { login, message, REFUSED } from '../support/raw-hex.ts';
import { expectClosed, leave } from '../support/raw-room.ts';
import { ESTABLISHED, long, LONG_BYTES, loginPrivate } from '../support/relay-hex.ts';
import { KINDS, type Kind, type RawConnection } from '../support/raw-connection.ts';
import { expectRefused, untilHeld, useRelayRoom, type Member } from '../support/relay-room.ts';

/** Ids beside this one that the gateway has not given out. */
const others = (id: number): number[] => [id ^ 1, ~id, id === 0 ? 1 : 0, (id + 0x01000000) | 0];

describe.each(KINDS)('a connect_id that %s presents', (kind) => {
  // All misses come from one address here; the limit on their number has tests of its own.
  const running = useRelayRoom({ maxMisses: 1000, idLifetime: 60_000 });
  let alice: Member;
  let bob: Member;

  beforeEach(async () => {
    alice = await running.room.join('alice', 'tcp');
    bob = await running.room.join('bob', 'websocket');
  });

  async function establish(id: number): Promise<[RawConnection, RawConnection]> {
    const endpoints = [await running.room.present(id, kind), await running.room.present(id, 'tcp')] as const;
    for (const endpoint of endpoints) await endpoint.inbox.expect(ESTABLISHED);
    return [...endpoints];
  }

  async function expectRelaying(a: RawConnection, b: RawConnection): Promise<void> {
    await a.write('c0ffee');
    await b.inbox.expect('c0ffee');
    await b.write('decaf0');
    await a.inbox.expect('decaf0');
  }

  it('D18: closes that connection when it is unknown, and touches no other', async () => {
    await expectRefused(await running.room.present(7, kind));
    const id = await running.room.negotiate(alice, bob);
    for (const wrong of others(id)) await expectRefused(await running.room.present(wrong, kind));
    const first = await running.room.present(id, kind);
    await untilHeld(running.gateway, { connections: 2, clients: 2, endpoints: 1, ids: 1 });
    for (const wrong of others(id)) await expectRefused(await running.room.present(wrong, kind));
    const second = await running.room.present(id, 'tcp');
    for (const endpoint of [first, second]) await endpoint.inbox.expect(ESTABLISHED);
    await expectRelaying(first, second);
    await leave(alice.peer, bob.peer);
  });

  it('D17: is valid for exactly two connections: a third is closed, and the two never notice', async () => {
    const id = await running.room.negotiate(alice, bob);
    const [first, second] = await establish(id);
    for (let i = 0; i < 3; i++) await expectRefused(await running.room.present(id, kind));
    await expectRelaying(first, second);
    first.end();
    await second.inbox.expectEnd();
    await expectRefused(await running.room.present(id, kind));
    second.end();
    await first.inbox.expectEnd();
    await Promise.all([first.over, second.over]);
    await expectRefused(await running.room.present(id, kind));
    await leave(alice.peer, bob.peer);
    await untilHeld(running.gateway);
  });

  it('D17: is void once the first connection broke', async () => {
    const id = await running.room.negotiate(alice, bob);
    const first = await running.room.present(id, kind);
    await untilHeld(running.gateway, { connections: 2, clients: 2, endpoints: 1, ids: 1 });
    first.reset();
    await untilHeld(running.gateway, { connections: 2, clients: 2 });
    await expectRefused(await running.room.present(id, kind));
    await leave(alice.peer, bob.peer);
  });

  it('D17, D22: outlives the clients it was given to, and so does what was opened with it', async () => {
    const id = await running.room.negotiate(alice, bob);
    await leave(alice.peer, bob.peer);
    const [first, second] = await establish(id);
    await untilHeld(running.gateway, { endpoints: 2 });
    // The logins are free again, and their next owner is somebody else.
    const next = await running.room.join('alice', kind);
    await expectRelaying(first, second);
    next.peer.send(message('alice', 'hello'));
    await next.peer.expect(message('alice', 'hello'));
    await leave(next.peer);
    await expectRelaying(first, second);
  });

  it('D22: a relay outlives main connections that break', async () => {
    const [first, second] = await establish(await running.room.negotiate(alice, bob));
    alice.peer.reset();
    bob.peer.reset();
    await untilHeld(running.gateway, { endpoints: 2 });
    await expectRelaying(first, second);
  });

  it('D10: closes an identified connection, which leaves the room; the id stays good', async () => {
    const id = await running.room.negotiate(alice, bob);
    const carol = await running.room.join('carol', kind);
    carol.peer.send(
      message('carol', 'before') + loginPrivate(id, LONG_BYTES[kind]) + message('carol', 'after'),
    );
    for (const { peer } of [alice, bob, carol]) await peer.expect(message('carol', 'before'));
    await expectClosed(carol.peer, 1008);
    await untilHeld(running.gateway, { connections: 2, clients: 2, ids: 1 });
    await expectRelaying(...(await establish(id)));
    await leave((await running.room.join('carol', kind)).peer, alice.peer, bob.peer);
  });

  it('D10: may come after a refused LOGIN and after commands that are ignored', async () => {
    const id = await running.room.negotiate(alice, bob);
    const hello = login('alice') + message('alice', 'spoofed') + loginPrivate(id, LONG_BYTES[kind]);
    const first = await running.room.connect(kind);
    await first.write(hello + login('carol'));
    await first.inbox.expect(REFUSED);
    const second = await running.room.connect(kind);
    await second.write(hello);
    await second.inbox.expect(REFUSED + ESTABLISHED + login('carol'));
    await first.inbox.expect(ESTABLISHED);
    await expectRelaying(first, second);
    await leave(alice.peer, bob.peer);
  });

  it('D11: opens a connection that hears nothing of the room, neither waiting nor established', async () => {
    const id = await running.room.negotiate(alice, bob);
    const first = await running.room.present(id, kind);
    await untilHeld(running.gateway, { connections: 2, clients: 2, endpoints: 1, ids: 1 });
    const say = async (text: string): Promise<void> => {
      alice.peer.send(message('alice', text));
      for (const { peer } of [alice, bob]) await peer.expect(message('alice', text));
    };
    await say('while it waits');
    const second = await running.room.present(id, kind);
    for (const endpoint of [first, second]) await endpoint.inbox.expect(ESTABLISHED);
    await say('while it relays');
    await expectRelaying(first, second);
    await leave(alice.peer, bob.peer);
  });

  it('§4, D20: relays what looks like commands, and is not, unchanged', async () => {
    const id = await running.room.negotiate(alice, bob);
    const [first, second] = await establish(id);
    const everything = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join('');
    const said = login('alice') + loginPrivate(id, 4) + '00ffffffff' + ESTABLISHED + everything;
    await first.write(said);
    await second.inbox.expect(said);
    await second.write(said);
    await first.inbox.expect(said);
    await leave(alice.peer, bob.peer);
  });
});

describe('a connect_id that nobody comes for', () => {
  const running = useRelayRoom({ idLifetime: 200 });

  it.each(KINDS)(
    'D17: lapses; %s that waits is closed and told so, and it is unknown then',
    async (kind: Kind) => {
      const alice = await running.room.join('alice', kind);
      const bob = await running.room.join('bob', 'tcp');
      const id = await running.room.negotiate(alice, bob);
      const waiting = await running.room.present(id, kind);
      for (let i = 0; i < 4; i++) waiting.send('5a'.repeat(30_000));
      await expectRefused(waiting);
      await untilHeld(running.gateway, { connections: 2, clients: 2 });
      await expectRefused(await running.room.present(id, kind));
      await leave(alice.peer, bob.peer);
      await untilHeld(running.gateway);
    },
  );
});

describe('a LONG of 8 bytes', () => {
  const running = useRelayRoom({ maxMisses: 1000 });

  it('D2: that does not fit 32 bits is an unknown id, whatever its low half', async () => {
    const alice = await running.room.join('alice', 'tcp-long64');
    const bob = await running.room.join('bob', 'tcp');
    // The loop runs until ids of both signs were seen.
    const seen = new Set<boolean>();
    while (seen.size < 2) {
      const id = await running.room.negotiate(alice, bob);
      seen.add(id < 0);
      const low = BigInt.asUintN(32, BigInt(id));
      const sign = id < 0 ? 0xffffffffn : 0n;
      for (const high of [0n, 1n, 0x7fffffffn, 0x80000000n, 0xfffffffen, 0xffffffffn, low]) {
        if (high === sign) continue;
        const wrong = await running.room.connect('tcp-long64');
        await wrong.write('09' + long(BigInt.asIntN(64, (high << 32n) | low), 8));
        await expectRefused(wrong);
      }
      const endpoints = [
        await running.room.present(id, 'tcp-long64'),
        await running.room.present(id, 'websocket'),
      ];
      for (const endpoint of endpoints) await endpoint.inbox.expect(ESTABLISHED);
    }
  });

  it('D2: is what the long64 listener waits for: 4 bytes of an id are half of it', async () => {
    const alice = await running.room.join('alice', 'tcp-long64');
    const bob = await running.room.join('bob', 'tcp');
    const id = await running.room.negotiate(alice, bob);
    const first = await running.room.connect('tcp-long64');
    const hello = loginPrivate(id, 8);
    await first.write(hello.slice(0, 10));
    await first.write(hello.slice(10) + '42');
    const second = await running.room.present(id, 'tcp');
    // The standard listener reads 4 bytes, and the rest is relayed.
    await second.write(long(id, 8));
    await second.inbox.expect(ESTABLISHED + '42');
    await first.inbox.expect(ESTABLISHED + long(id, 8));
  });
});
