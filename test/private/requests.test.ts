import { beforeEach, describe, it } from 'vitest';
import { koPrivate, login, message, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import { KINDS, type Kind, type RawConnection } from '../support/raw-connection.ts';
import { leave } from '../support/raw-room.ts';
import { idPrivate, LONG_BYTES } from '../support/relay-hex.ts';
import { untilHeld, useRelayRoom, type Member } from '../support/relay-room.ts';

/** Listeners of the three parts: each part is played over each listener. */
const CASTS: ReadonlyArray<readonly [alice: Kind, bob: Kind, carol: Kind]> = [
  ['tcp', 'websocket', 'tcp-long64'],
  ['websocket', 'tcp-long64', 'tcp'],
  ['tcp-long64', 'tcp', 'websocket'],
];

describe.each(CASTS)('a request, alice over %s, bob over %s, carol over %s', (...cast) => {
  const running = useRelayRoom();
  let members: Record<'alice' | 'bob' | 'carol', Member>;
  let alice: RawConnection;
  let bob: RawConnection;
  let carol: RawConnection;

  beforeEach(async () => {
    const { room } = running;
    members = {
      alice: await room.join('alice', cast[0]),
      bob: await room.join('bob', cast[1]),
      carol: await room.join('carol', cast[2]),
    };
    ({ peer: alice } = members.alice);
    ({ peer: bob } = members.bob);
    ({ peer: carol } = members.carol);
  });

  /** Sends alice's request to bob, who reads it. */
  async function ask(): Promise<void> {
    alice.send(requestPrivate('alice', 'bob'));
    await bob.expect(requestPrivate('alice', 'bob'));
  }

  /** Proves that everything these clients sent before was read, and was answered by nothing but this echo. */
  async function settle(...peers: readonly RawConnection[]): Promise<void> {
    for (const peer of peers) {
      const name = peer === alice ? 'alice' : peer === bob ? 'bob' : 'carol';
      peer.send(message(name, 'settled'));
      for (const each of [alice, bob, carol]) await each.expect(message(name, 'settled'));
    }
  }

  /** Proves that nobody was sent anything but what the test has expected. */
  const expectNothingMore = (): Promise<void> => leave(alice, bob, carol);

  it('D15: is forwarded to its target alone, each time it is made', async () => {
    for (let i = 0; i < 3; i++) await ask();
    await expectNothingMore();
  });

  it('D16: OK gives the same id to both and to nobody else, once; a second OK is ignored', async () => {
    for (let i = 0; i < 3; i++) await ask();
    bob.send(okPrivate('alice', 'bob').repeat(2) + koPrivate('alice', 'bob'));
    const size = LONG_BYTES[members.alice.kind];
    await alice.expect(idPrivate('alice', 'bob', 0, size).slice(0, -2 * size));
    const id = Number(BigInt.asIntN(32, BigInt(`0x${await alice.read(size)}`)));
    await bob.expect(idPrivate('alice', 'bob', id, LONG_BYTES[members.bob.kind]));
    await expectNothingMore();
    await untilHeld(running.gateway, { ids: 1 });
  });

  it('D16: KO goes to the requester alone, and uses the request up', async () => {
    await ask();
    bob.send(koPrivate('alice', 'bob') + okPrivate('alice', 'bob') + koPrivate('alice', 'bob'));
    await alice.expect(koPrivate('alice', 'bob'));
    await expectNothingMore();
    await untilHeld(running.gateway);
  });

  it('D16: an OK or a KO that answers no request is ignored, whoever sends it', async () => {
    bob.send(okPrivate('alice', 'bob') + koPrivate('alice', 'bob') + okPrivate('nobody', 'bob'));
    bob.send(okPrivate('bob', 'bob') + koPrivate('bob', 'bob') + koPrivate('', 'bob'));
    await settle(bob);
    await ask();
    // The answers come from the requester itself, from a third party in the target's name, in its own, or the wrong way
    // round.
    alice.send(okPrivate('alice', 'bob') + koPrivate('alice', 'bob') + okPrivate('bob', 'alice'));
    carol.send(okPrivate('alice', 'bob') + koPrivate('alice', 'bob'));
    carol.send(okPrivate('alice', 'carol') + koPrivate('alice', 'carol') + okPrivate('carol', 'bob'));
    bob.send(okPrivate('bob', 'alice') + koPrivate('bob', 'alice') + okPrivate('carol', 'bob'));
    await settle(alice, carol, bob);
    // The request is still there.
    await untilHeld(running.gateway, { connections: 3, clients: 3, requests: 1 });
    bob.send(koPrivate('alice', 'bob'));
    await alice.expect(koPrivate('alice', 'bob'));
    await expectNothingMore();
  });

  it('D12, D13: one in the name of another, to nobody, or to oneself is ignored', async () => {
    alice.send(requestPrivate('bob', 'carol') + requestPrivate('carol', 'bob') + requestPrivate('', 'bob'));
    alice.send(requestPrivate('alice', 'nobody') + requestPrivate('alice', 'alice'));
    alice.send(requestPrivate('Alice', 'bob') + requestPrivate('alice', ''));
    await settle(alice);
    await untilHeld(running.gateway, { connections: 3, clients: 3 });
    carol.send(okPrivate('bob', 'carol'));
    bob.send(okPrivate('carol', 'bob'));
    await settle(bob, carol);
    await expectNothingMore();
  });

  it('D15, D16: two that cross are two, each with an id of its own', async () => {
    await ask();
    bob.send(requestPrivate('bob', 'alice'));
    await alice.expect(requestPrivate('bob', 'alice'));
    const first = await running.room.negotiate(members.alice, members.bob);
    alice.send(okPrivate('bob', 'alice'));
    const size = LONG_BYTES[members.bob.kind];
    await bob.expect(idPrivate('bob', 'alice', 0, size).slice(0, -2 * size));
    const second = Number(BigInt.asIntN(32, BigInt(`0x${await bob.read(size)}`)));
    await alice.expect(idPrivate('bob', 'alice', second, LONG_BYTES[members.alice.kind]));
    if (first === second) throw new Error('one id for two requests');
    await untilHeld(running.gateway, { connections: 3, clients: 3, ids: 2 });
    await expectNothingMore();
  });

  it.each(['ends its writing', 'resets'] as const)(
    'D15: lapses when the requester %s, also for who takes the login next',
    async (how) => {
      await ask();
      if (how === 'resets') alice.reset();
      else await leave(alice);
      await untilHeld(running.gateway, { connections: 2, clients: 2 });
      const next = await running.room.join('alice', cast[0]);
      bob.send(okPrivate('alice', 'bob') + koPrivate('alice', 'bob'));
      await leave(bob, carol, next.peer);
      await untilHeld(running.gateway);
    },
  );

  it.each(['ends its writing', 'resets'] as const)(
    'D15: lapses when the target %s, also for who takes the login next',
    async (how) => {
      await ask();
      if (how === 'resets') bob.reset();
      else await leave(bob);
      await untilHeld(running.gateway, { connections: 2, clients: 2 });
      const next = await running.room.join('bob', cast[1]);
      next.peer.send(okPrivate('alice', 'bob') + koPrivate('alice', 'bob'));
      await leave(next.peer, alice, carol);
      await untilHeld(running.gateway);
    },
  );
});

describe.each(KINDS)('requests of one client over %s', (kind) => {
  const running = useRelayRoom();

  it('D15: 32 may be pending; one more is ignored, until one is answered', async () => {
    const { peer: asker } = await running.room.join('asker', kind);
    const targets: RawConnection[] = [];
    for (let i = 0; i < 33; i++) targets.push((await running.room.join(`t${i}`, kind)).peer);
    const ask = (i: number): string => requestPrivate('asker', `t${i}`);
    for (let i = 0; i < 33; i++) asker.send(ask(i));
    for (let i = 0; i < 32; i++) await targets[i]?.expect(ask(i));
    // A repeated request that is pending is no new one.
    asker.send(ask(0) + ask(32) + ask(31));
    await targets[0]?.expect(ask(0));
    await targets[31]?.expect(ask(31));
    targets[32]?.send(okPrivate('asker', 't32'));
    targets[7]?.send(koPrivate('asker', 't7'));
    await asker.expect(koPrivate('asker', 't7'));
    asker.send(ask(32));
    await targets[32]?.expect(ask(32));
    await untilHeld(running.gateway, { connections: 34, clients: 34, requests: 32 });
    await leave(asker, ...targets);
    await untilHeld(running.gateway);
  });

  it('§3, D10: REQUEST, OK and KO are ignored before identification', async () => {
    const alice = await running.room.join('alice', kind);
    const stranger = await running.room.connect(kind);
    await stranger.write(
      requestPrivate('', 'alice') + requestPrivate('bob', 'alice') + okPrivate('alice', 'bob') + login(''),
    );
    await stranger.inbox.expect('02');
    stranger.end();
    await stranger.inbox.expectEnd();
    await leave(alice.peer);
  });
});
