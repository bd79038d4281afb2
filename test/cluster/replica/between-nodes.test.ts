import { describe, expect, it } from 'vitest';
import { ACCEPTED, login, loginPrivate, message, REFUSED } from '../../support/raw-hex.ts';
import { negotiate, twoNodes } from './two-nodes.ts';

const ESTABLISHED = '0a';

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
    const { cluster, one, other, first, second } = await established();
    // Once, at the node that was dialled, with the other's number as its operator's list has it.
    expect([one.pairs, other.pairs]).toEqual([[[2, 'n2:2']], []]);
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
    one.chat.sendAway();
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
    const asked = one.cluster.inquiries.ask('clients');
    await cluster.run(200);
    expect(await asked).toEqual([{ node: 'n2', answer: ['clients', 2] }]);
    other.kill();
    const again = one.cluster.inquiries.ask('clients');
    await cluster.run(2_500);
    expect(await again).toEqual([{ node: 'n2', answer: null }]);
  });

  it('asks a node that has come back, and was not found dead before: once, and by its name the one that is there', async () => {
    const { cluster, one, other } = await twoNodes();
    other.kill();
    const back = cluster.start({}, undefined, other.name, other.mesh.address);
    await cluster.run(500);
    expect(one.cluster.replica.nodes.size).toBe(3);
    back.cluster.inquiries.onQuestion = (question) => question;
    const asked = one.cluster.inquiries.ask('clients');
    const byName = one.cluster.inquiries.askOne('clients', back.name);
    one.cluster.expel(back.name, 7);
    await cluster.run(200);
    expect(await asked).toEqual([
      { node: 'n2', answer: null },
      { node: 'n2', answer: 'clients' },
    ]);
    expect(await byName).toEqual({ node: 'n2', answer: 'clients' });
    expect(back.expelled).toEqual([7]);
  });

  it('who speaks waits for slow consumers at another node', async () => {
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
    other.cluster.replica.leaveFormer(session, digest, 'http://here', 2_000);
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
    other.cluster.replica.leaveFormer(session, digest, 'http://here', 2_000);
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
      other.cluster.replica.leaveFormer(session, digest, 'http://here', patience);
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
