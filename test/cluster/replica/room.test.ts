import { describe, expect, it } from 'vitest';
import {
  ACCEPTED,
  idPrivate,
  koPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
} from '../../support/raw-hex.ts';
import type { MemoryStream } from '../../support/memory-stream.ts';
import { RecordType, RULES } from '../../../server/cluster/records.ts';
import { MemoryCluster, type MemoryNode } from './memory-cluster.ts';

const ESTABLISHED = '0a';

/** Two nodes that are live, with one client each. */
async function twoNodes(seed = 1) {
  const cluster = new MemoryCluster(seed);
  const [one, other] = (await cluster.startAll(2)) as [MemoryNode, MemoryNode];
  const alice = one.connect();
  const bob = other.connect();
  alice.send(login('alice'));
  bob.send(login('bob'));
  await cluster.flow();
  expect([alice.taken(), bob.taken()]).toEqual([ACCEPTED, ACCEPTED]);
  return { cluster, one, other, alice, bob };
}

/** Negotiates a private connection between alice and bob; gives the connect_id. */
async function negotiate(cluster: MemoryCluster, alice: MemoryStream, bob: MemoryStream): Promise<number> {
  alice.send(requestPrivate('alice', 'bob'));
  await cluster.flow();
  expect(bob.taken()).toBe(requestPrivate('alice', 'bob'));
  bob.send(okPrivate('alice', 'bob'));
  await cluster.flow();
  const [toAlice, toBob] = [alice.taken(), bob.taken()];
  expect(toAlice).toBe(toBob);
  const id = Buffer.from(toAlice, 'hex').readInt32BE(toAlice.length / 2 - 4);
  expect(toAlice).toBe(idPrivate('alice', 'bob', id));
  return id;
}

describe('a room on two nodes', () => {
  it('D11, D14: what is said at either is heard at both, the echo included, in one order', async () => {
    const { cluster, alice, bob } = await twoNodes();
    for (let i = 0; i < 5; i++) {
      alice.send(message('alice', `a${i}`));
      bob.send(message('bob', `b${i}`));
    }
    await cluster.flow();
    const heard = alice.taken();
    expect(bob.taken()).toBe(heard);
    expect(heard.length).toBe(10 * message('bob', 'b0').length + 5 * 4);
  });

  it('D8, D9: a login is taken once, by whoever is first in the log, in whichever spelling', async () => {
    const { cluster, one, other } = await twoNodes();
    const first = one.connect();
    const second = other.connect();
    first.send(login('zo\u00e9'));
    await cluster.flow();
    second.send(login('zoe\u0301'));
    await cluster.flow();
    expect([first.taken(), second.taken()]).toEqual([ACCEPTED, REFUSED]);
    first.sendEnd();
    await cluster.flow();
    expect(first.ended).toBe(true);
    second.send(login('zoe\u0301'));
    await cluster.flow();
    expect(second.taken()).toBe(ACCEPTED);
  });

  it('D9: a client that ends its writing hears every echo, and its login is free at once', async () => {
    const { cluster, one, other, bob } = await twoNodes();
    const quick = one.connect();
    quick.send(login('quick') + message('quick', 'bye'));
    quick.sendEnd();
    await cluster.flow();
    expect(quick.taken()).toBe(ACCEPTED + message('quick', 'bye'));
    expect(quick.ended).toBe(true);
    expect(bob.taken()).toBe(message('quick', 'bye'));
    const again = other.connect();
    again.send(login('quick'));
    await cluster.flow();
    expect(again.taken()).toBe(ACCEPTED);
  });

  it('D5: what comes before an unreadable command counts, and is answered before the end', async () => {
    const { cluster, one, bob } = await twoNodes();
    const broken = one.connect();
    broken.send(login('broken') + message('broken', 'so far') + '7f');
    await cluster.flow();
    expect(broken.taken()).toBe(ACCEPTED + message('broken', 'so far'));
    expect(broken.closed?.kind).toBe('unreadable');
    expect(bob.taken()).toBe(message('broken', 'so far'));
  });

  it.each([
    ['at once', () => {}],
    ['behind its end of writing', (stream: MemoryStream) => stream.sendEnd()],
  ])(
    'D5, D24, D25: what comes before a fault of the transport counts, and is answered before the close: %s',
    async (_when, before) => {
      const { cluster, one, other, bob } = await twoNodes();
      const broken = one.connect();
      broken.send(login('broken') + message('broken', 'so far'));
      before(broken);
      broken.breakRules('no such frame');
      broken.send(message('broken', 'too late'));
      expect(broken.closed).toBeNull();
      await cluster.flow();
      expect(broken.taken()).toBe(ACCEPTED + message('broken', 'so far'));
      expect(broken.closed).toEqual({ kind: 'unreadable', reason: 'no such frame' });
      expect(broken.ended).toBe(false);
      expect(bob.taken()).toBe(message('broken', 'so far'));
      const again = other.connect();
      again.send(login('broken'));
      await cluster.flow();
      expect(again.taken()).toBe(ACCEPTED);
    },
  );

  it.each([
    ['a fault of the transport', (stream: MemoryStream) => stream.breakRules('no such frame')],
    ['an unreadable command', (stream: MemoryStream) => stream.send('7f')],
    ['its end of writing', (stream: MemoryStream) => stream.sendEnd()],
  ])('D5, D6: an end by what it did comes before that by %s behind it', async (_what, end) => {
    const { cluster, alice } = await twoNodes();
    alice.send(message('mallory', 'x').repeat(101));
    end(alice);
    await cluster.flow();
    expect(alice.closed?.kind).toBe('not-allowed');
    expect(alice.ended).toBe(false);
  });

  it('D7: the tenth refusal closes the connection, and nothing that came behind it counts', async () => {
    const { cluster, other } = await twoNodes();
    const stubborn = other.connect();
    stubborn.send(login('alice').repeat(10) + login('free') + message('free', 'no'));
    await cluster.flow();
    expect(stubborn.taken()).toBe(REFUSED.repeat(10));
    expect(stubborn.closed?.reason).toBe('too many refused logins');
    expect(cluster.said).toEqual([]);
  });

  it('§2, §3: private messages, requests and refusals reach their one target', async () => {
    const { cluster, alice, bob } = await twoNodes();
    alice.send(privateMessage('alice', 'bob', 'psst'));
    alice.send(requestPrivate('alice', 'bob'));
    await cluster.flow();
    expect(bob.taken()).toBe(privateMessage('alice', 'bob', 'psst') + requestPrivate('alice', 'bob'));
    bob.send(koPrivate('alice', 'bob'));
    await cluster.flow();
    expect(alice.taken()).toBe(koPrivate('alice', 'bob'));
    // Consumed by the first (D16).
    bob.send(okPrivate('alice', 'bob'));
    await cluster.flow();
    expect(alice.taken() + bob.taken()).toBe('');
  });

  it('D15, D17: a request lapses, and a connect_id, by the time of the log', async () => {
    const { cluster, alice, bob, one } = await twoNodes();
    const id = await negotiate(cluster, alice, bob);
    const waiting = one.connect();
    waiting.send(loginPrivate(id));
    await cluster.run(3 * 60_000 + 2_000);
    expect(waiting.closed?.reason).toBe('the connect_id lapsed');
    expect(one.chat.negotiation.liveIds).toBe(0);
    alice.send(requestPrivate('alice', 'bob'));
    await cluster.run(5 * 60_000 + 2_000);
    bob.taken();
    bob.send(okPrivate('alice', 'bob'));
    await cluster.flow();
    expect(bob.taken()).toBe('');
  });

  it('D18: wrong connect_ids of one network are counted over all nodes', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    for (let i = 0; i < 10; i++) {
      const guess = (i % 2 === 0 ? one : other).connect();
      guess.send(loginPrivate(i));
      await cluster.flow();
      expect(guess.closed?.reason).toBe('the connect_id is unknown, lapsed or used');
    }
    const id = await negotiate(cluster, alice, bob);
    const refused = one.connect();
    refused.send(loginPrivate(id));
    const elsewhere = one.connect({ network: '192.0.2.2' });
    elsewhere.send(loginPrivate(id));
    await cluster.flow();
    expect(refused.closed?.reason).toContain('too many wrong connect_ids');
    expect(elsewhere.closed).toBeNull();
  });

  it('D3: a burst of commands from both nodes is carried out in the same way at both', async () => {
    const { cluster, one, other } = await twoNodes();
    const all = [one, other].flatMap((node, i) =>
      Array.from({ length: 20 }, (_, k) => {
        const stream = node.connect();
        stream.send(login(`u${(7 * k + i) % 25}`) + message(`u${(7 * k + i) % 25}`, 'hi'));
        return stream;
      }),
    );
    await cluster.flow();
    const answers = all.map((stream) => stream.taken().slice(0, 2));
    expect(answers.filter((answer) => answer === ACCEPTED)).toHaveLength(25);
    expect(answers.filter((answer) => answer === REFUSED)).toHaveLength(15);
  });
});

describe('a private connection whose two endpoints are at different nodes', () => {
  async function established() {
    const world = await twoNodes();
    const { cluster, one, other, alice, bob } = world;
    const id = await negotiate(cluster, alice, bob);
    const first = one.connect();
    first.send(loginPrivate(id) + 'aaaa');
    await cluster.flow();
    expect(first.taken()).toBe('');
    const second = other.connect();
    second.send(loginPrivate(id) + 'bbbb');
    await cluster.flow();
    expect(first.taken()).toBe(ESTABLISHED + 'bbbb');
    expect(second.taken()).toBe(ESTABLISHED + 'aaaa');
    return { ...world, first, second, id };
  }

  it('D19: has ESTABLISHED first at both, then what was sent before, then what is sent', async () => {
    const { cluster, first, second } = await established();
    first.send('01020304');
    second.send('05');
    await cluster.flow();
    expect([first.taken(), second.taken()]).toEqual(['05', '01020304']);
  });

  it('D21: half-closes, and goes on in the other direction until that ends', async () => {
    const { cluster, first, second } = await established();
    first.sendEnd();
    await cluster.flow();
    expect([second.ended, first.ended, second.aborted]).toEqual([true, false, null]);
    second.send('77');
    second.sendEnd();
    await cluster.flow();
    expect(first.taken()).toBe('77');
    expect([first.ended, first.aborted]).toEqual([true, null]);
  });

  it.each(['first', 'second'] as const)('D21: a break of the %s resets the other', async (which) => {
    const { cluster, first, second } = await established();
    const [broken, kept] = which === 'first' ? [first, second] : [second, first];
    broken.lose();
    await cluster.flow();
    expect(kept.aborted).not.toBeNull();
    expect(kept.ended).toBe(false);
  });

  it.each([0, 1])('D21: the death of either node resets the other’s end, never a clean end', async (dead) => {
    const { cluster, one, other, first, second } = await established();
    (dead === 0 ? one : other).kill();
    await cluster.run(200);
    const kept = dead === 0 ? second : first;
    expect(kept.aborted).not.toBeNull();
    expect(kept.ended).toBe(false);
  });

  it('D22: outlives the owners and the leaving of a node’s clients', async () => {
    const { cluster, one, alice, bob, first, second } = await established();
    alice.sendEnd();
    bob.sendEnd();
    one.chat.drain();
    await cluster.run(1_000);
    first.send('99');
    await cluster.flow();
    expect(second.taken()).toBe('99');
  });

  it('D18, D19: a first connection that breaks makes the connect_id void at every node', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    const id = await negotiate(cluster, alice, bob);
    const first = one.connect();
    first.send(loginPrivate(id));
    await cluster.flow();
    first.lose();
    await cluster.flow();
    const second = other.connect();
    second.send(loginPrivate(id));
    await cluster.flow();
    expect(second.closed?.reason).toBe('the connect_id is unknown, lapsed or used');
  });

  it('D21: a first connection that is lost in the very moment resets the second', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    const id = await negotiate(cluster, alice, bob);
    const first = one.connect();
    first.send(loginPrivate(id));
    await cluster.flow();
    const second = other.connect();
    second.send(loginPrivate(id));
    first.lose();
    other.turn();
    await cluster.run(6_000);
    expect(second.aborted !== null || second.closed !== null).toBe(true);
    expect(second.ended).toBe(false);
  });
});

describe('the life of a node', () => {
  it('frees its logins when it is dead, by the progress of the log, within 5 s', async () => {
    const { cluster, one, other } = await twoNodes();
    one.kill();
    const next = other.connect();
    next.send(login('alice'));
    await cluster.flow();
    expect(next.taken()).toBe(REFUSED);
    await cluster.run(4_500);
    next.send(login('alice'));
    await cluster.flow();
    expect(next.taken()).toBe(ACCEPTED);
    expect(other.cluster.replica.nodes.size).toBe(1);
  });

  it('stopped for 15 s: nothing that it says afterwards is heard, its clients are sent away, it joins anew', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    one.pause(true);
    await cluster.run(15_000);
    const next = other.connect();
    next.send(login('alice'));
    await cluster.flow();
    expect(next.taken()).toBe(ACCEPTED);
    one.pause(false);
    alice.send(message('alice', 'from the grave'));
    await cluster.run(5_000);
    expect(bob.taken()).toBe('');
    expect(alice.closed?.kind).toBe('going-away');
    expect(one.losses).toEqual(['fenced']);
    expect(one.cluster.member.state).toBe('live');
  });

  it('cut for less than 3 s: nobody is cut, nothing is lost, and nothing comes twice', async () => {
    const { cluster, one, alice, bob } = await twoNodes();
    one.cut(true);
    alice.send(message('alice', '1'));
    await cluster.run(1_500);
    expect(alice.paused).toBe(true);
    one.cut(false);
    await cluster.run(1_500);
    expect(alice.paused).toBe(false);
    expect(bob.taken()).toBe(message('alice', '1'));
    expect(alice.taken()).toBe(message('alice', '1'));
    expect(one.losses).toEqual([]);
  });

  it('engine down for 20 s: nobody is taken for dead, nothing is lost', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    cluster.engine.isDown = true;
    alice.send(message('alice', '1'));
    await cluster.run(20_000);
    expect(one.cluster.member.verdict).toBe('the log of the cluster stands still');
    cluster.engine.isDown = false;
    await cluster.run(5_000);
    expect(bob.taken()).toBe(message('alice', '1'));
    expect([...one.losses, ...other.losses]).toEqual([]);
    expect(one.cluster.member.verdict).toBeNull();
  });

  it('engine never back: it gives up after 25 s, and its clients are sent away', async () => {
    const { cluster, one, alice } = await twoNodes();
    cluster.engine.isDown = true;
    alice.send(message('alice', '1'));
    await cluster.run(27_000);
    expect(one.losses).toEqual(['given up']);
    expect(alice.closed?.kind).toBe('going-away');
  });

  it('drained: each login is free in the log before its client sees the end', async () => {
    const { cluster, one, other, alice } = await twoNodes();
    const draining = one.stop();
    const next = other.connect();
    for (let i = 0; i < 200 && alice.closed === null; i++) {
      cluster.engine.store();
      for (const node of cluster.nodes) node.log?.deliver();
      for (const node of cluster.nodes) node.turn();
    }
    expect(alice.closed).not.toBeNull();
    next.send(login('alice'));
    await draining;
    await cluster.flow();
    expect(next.taken()).toBe(ACCEPTED);
    expect(other.cluster.replica.nodes.size).toBe(1);
    expect(other.cluster.replica.seats.all().map(({ login: name }) => name)).toEqual(['bob', 'alice']);
  });

  it('joining late: a third node knows who is there, negotiations included', async () => {
    const { cluster, alice, bob } = await twoNodes();
    const id = await negotiate(cluster, alice, bob);
    alice.send(requestPrivate('alice', 'bob'));
    await cluster.flow();
    const third = cluster.start();
    await cluster.run(3_000);
    expect(third.cluster.member.state).toBe('live');
    const taken = third.connect();
    taken.send(login('alice') + login('carol'));
    const endpoint = third.connect();
    endpoint.send(loginPrivate(id));
    await cluster.flow();
    expect(taken.taken()).toBe(REFUSED + ACCEPTED);
    expect(endpoint.closed).toBeNull();
    bob.taken();
    bob.send(okPrivate('alice', 'bob'));
    await cluster.flow();
    expect(bob.taken()).toMatch(/^08/);
  });

  it('joining while the last one leaves: it goes on with the state that this one gave', async () => {
    const cluster = new MemoryCluster();
    const [last] = (await cluster.startAll(1)) as [MemoryNode];
    const next = cluster.start();
    // It has the state, and its JOIN comes behind LEFT.
    next.advance(100);
    for (let i = 0; i < 4; i++) await Promise.resolve();
    await last.cluster.member.stop();
    await cluster.run(2_000);
    expect(await next.started).toBe('live');
    expect(next.cluster.replica.nodes.size).toBe(1);
  });

  it('joining while another is lost, whose log is not closed yet: it waits for one that has the state', async () => {
    const { cluster, one, other } = await twoNodes();
    const late = one.log!;
    const close = late.close.bind(late);
    late.close = () => Promise.resolve();
    one.pause(true);
    await cluster.run(15_000);
    one.pause(false);
    await cluster.flow();
    expect(one.losses).toEqual(['fenced']);
    const third = cluster.start();
    await cluster.run(500);
    expect(third.cluster.member.state).not.toBe('live');
    await close();
    await cluster.run(5_000);
    expect(cluster.live).toEqual([one, other, third]);
    const taken = third.connect();
    taken.send(login('bob'));
    await cluster.flow();
    expect(taken.taken()).toBe(REFUSED);
  });

  it('with other limits of the rules: it is refused with one line that names them', async () => {
    const { cluster } = await twoNodes();
    const third = cluster.start({ maxRequests: 5 });
    await cluster.run(3_000);
    expect(await third.started).toBe('its limits are not those of the room: --max-requests 5 (room: 32)');
    expect(cluster.live).toHaveLength(2);
  });

  it('of another version: an older one is not taken, a newer one is, and what nobody here knows is passed over', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    const joins = async (rules: number, limits: object) => {
      const late = cluster.start();
      const { replica } = late.cluster;
      const propose = replica.propose.bind(replica);
      replica.propose = (record) =>
        propose(
          record.type === RecordType.JOIN
            ? { ...record, body: { ...record.body, rules, limits: { ...record.body.limits, ...limits } } }
            : record,
        );
      await cluster.run(3_000);
      return late;
    };
    const older = await joins(RULES - 1, {});
    expect(await older.started).toBe(
      `its rules are of version ${RULES - 1}, and the room's of ${RULES}: update it`,
    );
    const newer = await joins(RULES + 1, { limitOfTheFuture: 7 });
    expect(await newer.started).toBe('live');
    // A kind of record that is yet to come, and then words in the same turn.
    newer.log!.propose(Uint8Array.of(200, 1, 2, 3));
    const carol = newer.connect();
    carol.send(login('carol') + message('carol', 'from the future'));
    await cluster.flow();
    expect([alice, bob].map((stream) => stream.taken())).toEqual(
      Array(2).fill(message('carol', 'from the future')),
    );
    expect([one, other].map(({ losses }) => losses)).toEqual([[], []]);
  });

  it('two that start together, where nobody is: one room', async () => {
    const cluster = new MemoryCluster();
    const nodes = [cluster.start(), cluster.start()];
    await cluster.run(15_000);
    expect(cluster.live).toEqual(nodes);
    expect(nodes.map((node) => node.cluster.replica.nodes.size)).toEqual([2, 2]);
  });

  it('a room that a lonely stopped node has left to another: one room, and the old one is fenced', async () => {
    const cluster = new MemoryCluster();
    const [old] = (await cluster.startAll(1)) as [MemoryNode];
    const alice = old.connect();
    alice.send(login('alice'));
    await cluster.flow();
    old.pause(true);
    const young = cluster.start();
    await cluster.run(10_000);
    expect(young.cluster.member.state).toBe('live');
    old.pause(false);
    await cluster.run(5_000);
    expect(alice.closed?.kind).toBe('going-away');
    expect(cluster.live).toHaveLength(2);
    expect(young.cluster.replica.seats.size).toBe(0);
  });
});

describe('the operator, over all nodes', () => {
  it('a notice, a ban and its end, and an expulsion reach every node', async () => {
    const { cluster, one, other } = await twoNodes();
    const ban = { kind: 'login', value: 'mallory', until: 1 };
    one.cluster.replica.propose({ type: 8, text: 'hear ye' });
    one.cluster.replica.propose({ type: 6, ban });
    const target = { incarnation: other.cluster.member.incarnation!, session: 1 };
    one.cluster.replica.propose({ type: 9, target });
    await cluster.flow();
    expect([one.notices, other.notices]).toEqual([['hear ye'], ['hear ye']]);
    expect([one.bans, other.bans]).toEqual([[ban], [ban]]);
    expect([one.expelled, other.expelled]).toEqual([[], [1]]);
    const third = cluster.start();
    await cluster.run(3_000);
    expect(third.bans).toEqual([ban]);
    one.cluster.replica.propose({ type: 7, ban });
    await cluster.flow();
    expect([one.bans, other.bans, third.bans]).toEqual([[], [], []]);
  });
});

describe('the history (D28)', () => {
  const texts = ({ chat }: MemoryNode) => chat.history.messages().map(({ text }) => text);

  it('is the same at every node, with the same ages, and so it is at one that joins', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    for (let i = 0; i < 20; i++) {
      alice.send(message('alice', `a${i}`));
      bob.send(message('bob', `b${i}`));
      await cluster.run(100);
    }
    const third = cluster.start();
    await cluster.run(2_000);
    alice.send(message('alice', 'last'));
    await cluster.flow();
    const [first, ...others] = [one, other, third].map(({ chat }) => chat.history.messages());
    expect(others).toEqual([first, first]);
    expect(first).toHaveLength(12);
    expect(texts(third).at(-1)).toBe('last');
    expect(first!.map(({ age }) => age).every((age, i, ages) => i === 0 || age <= ages[i - 1]!)).toBe(true);
    // What is said is forgotten in time, at all of them, though nobody says anything more.
    await cluster.run(6_000);
    expect([one, other, third].map(texts)).toEqual([[], [], []]);
  });

  it('is bounded in bytes, in the state that a node gets as well', async () => {
    const { cluster, one, alice } = await twoNodes();
    for (let i = 0; i < 10; i++) alice.send(message('alice', 'x'.repeat(300)));
    await cluster.flow();
    expect(texts(one)).toHaveLength(3);
    const third = cluster.start();
    await cluster.run(2_000);
    expect(texts(third)).toEqual(texts(one));
  });

  it('forgets at every node what those said who are refused, wherever they are', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    alice.send(message('alice', 'kept'));
    bob.send(message('bob', 'spam'));
    await cluster.flow();
    expect([one, other].map(texts)).toEqual([
      ['kept', 'spam'],
      ['kept', 'spam'],
    ]);
    other.cluster.replica.propose({ type: RecordType.FORGET, logins: ['bob'] });
    await cluster.flow();
    expect([one, other].map(texts)).toEqual([['kept'], ['kept']]);
  });
});

describe('what is not said in the log', () => {
  it('the readiness probe: answered at once, without a record, and while the log stands still', async () => {
    const { cluster, one } = await twoNodes();
    const before = cluster.engine.stored.length;
    for (const isStalled of [false, true]) {
      one.cluster.replica.stall(isStalled);
      const probe = one.connect({ isProbe: true });
      probe.send(login(''));
      expect(probe.taken()).toBe('');
      one.turn();
      expect(probe.taken()).toBe(REFUSED);
      probe.lose();
    }
    await cluster.flow();
    expect(cluster.engine.stored.length).toBe(before);
    expect(one.chat.connections.size).toBe(1);
  });

  it('asks all other nodes, of which one that is gone gives no answer', async () => {
    const { cluster, one, other } = await twoNodes();
    other.cluster.inquiries.onQuestion = (question) => [question, other.chat.clients];
    const asked = one.cluster.ask('clients');
    await cluster.run(200);
    expect(await asked).toEqual([{ node: 'n2', answer: ['clients', 2] }]);
    other.kill();
    const again = one.cluster.ask('clients');
    await cluster.run(2_500);
    expect(await again).toEqual([{ node: 'n2', answer: null }]);
  });

  it('D6: who speaks waits for slow consumers at another node', async () => {
    const { cluster, one, other, alice } = await twoNodes();
    const deaf = ['d1', 'd2', 'd3'].map((name) => {
      const stream = other.connect();
      stream.send(login(name));
      return stream;
    });
    await cluster.flow();
    for (const stream of deaf) stream.stall();
    const long = message('alice', 'x'.repeat(1000));
    for (let i = 0; i < 160; i++) {
      alice.send(long);
      await cluster.flow();
    }
    await cluster.run(1_000);
    expect(one.chat.rateLimiter.isUnderPressure).toBe(true);
    alice.send(long);
    expect(alice.paused).toBe(true);
    // Not for ever: they are cut where they are.
    await cluster.run(8_000);
    expect(deaf.map(({ closed }) => closed?.kind)).toEqual(Array(3).fill('too-slow'));
    expect(alice.paused).toBe(false);
  });
});

describe('a page that comes to another node', () => {
  const digest = new Uint8Array(32).fill(7);
  const wait = (node: MemoryNode) => (giveUp: () => void) => node.clock.after(2_000, giveUp);

  it('D28: ends its former connection there, and its login is free when it asks for it', async () => {
    const { cluster, one, other, alice } = await twoNodes();
    const [former] = [...one.chat.connections.sessions];
    one.leave = (shown) => {
      expect(Buffer.from(digest).equals(shown)).toBe(true);
      alice.lose();
      return former!.id;
    };
    const page = other.connect();
    const session = [...other.chat.connections.sessions].at(-1)!;
    other.cluster.replica.leaveFormer(session, digest, 'http://here', wait(other));
    page.send(login('alice'));
    expect(page.paused).toBe(true);
    await cluster.flow();
    expect(page.taken()).toBe(ACCEPTED);
  });

  it('D28: is let in as soon as every other node has said that it is not there', async () => {
    const { cluster, other } = await twoNodes();
    cluster.start();
    await cluster.run(2_000);
    const page = other.connect();
    const session = [...other.chat.connections.sessions].at(-1)!;
    other.cluster.replica.leaveFormer(session, digest, 'http://here', wait(other));
    page.send(login('carol'));
    expect(page.paused).toBe(true);
    // No time passes: a round trip through the log is enough.
    await cluster.flow();
    expect(page.taken()).toBe(ACCEPTED);
  });

  it('D28: is let in when the node that does not answer is declared dead, or after a while', async () => {
    const { cluster, one, other } = await twoNodes();
    one.kill();
    const arrive = (name: string, patience: number) => {
      const page = other.connect();
      const session = [...other.chat.connections.sessions].at(-1)!;
      const schedule = (giveUp: () => void) => other.clock.after(patience, giveUp);
      other.cluster.replica.leaveFormer(session, digest, 'http://here', schedule);
      page.send(login(name));
      return page;
    };
    const patient = arrive('alice', 60_000);
    const hasty = arrive('carol', 1_000);
    await cluster.run(900);
    expect([patient.taken(), hasty.taken()]).toEqual(['', '']);
    await cluster.run(200);
    expect(hasty.taken()).toBe(ACCEPTED);
    await cluster.run(4_000);
    expect(patient.taken()).toBe(ACCEPTED);
  });
});
