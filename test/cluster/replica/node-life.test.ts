import { describe, expect, it } from 'vitest';
import {
  ACCEPTED,
  login,
  loginPrivate,
  message,
  okPrivate,
  REFUSED,
  requestPrivate,
} from '../../support/raw-hex.ts';
import { GOING_AWAY, LOST_TO_OTHERS } from '../../../shared/protocol/closes.ts';
import { RecordType } from '../../../server/cluster/records.ts';
import { RULES_VERSION } from '../../../server/cluster/rule-limits.ts';
import { MemoryCluster, type MemoryNode } from './memory-cluster.ts';
import { negotiate, twoNodes } from './two-nodes.ts';

/** Starts a node of another version, which says so in its JOIN. */
async function joins(cluster: MemoryCluster, rules: number, limits: object = {}): Promise<MemoryNode> {
  const node = cluster.start();
  const { replica } = node.cluster;
  const propose = replica.propose.bind(replica);
  replica.propose = (record) =>
    propose(
      record.type === RecordType.JOIN
        ? { ...record, body: { ...record.body, rules, limits: { ...record.body.limits, ...limits } } }
        : record,
    );
  await cluster.run(6_000);
  return node;
}

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
    // As one that goes in good order, so that a page says it again: nobody has heard it, and nobody will.
    expect(alice.closed).toEqual({ kind: 'going-away', reason: GOING_AWAY[2] });
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
    // What it has not acknowledged may have been heard at the other.
    expect(alice.closed).toEqual({ kind: 'going-away', reason: LOST_TO_OTHERS[2] });
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

  it('drained: pages that wait for their slice hear who leaves elsewhere, and nothing of who leaves with their gateway', async () => {
    const { cluster, one, bob } = await twoNodes();
    const pages = Array.from({ length: 12 }, (_, index) => {
      const heard: string[] = [];
      const stream = one.connectPage((text) => void heard.push(text));
      stream.send(login(`page ${index}`));
      return { stream, heard };
    });
    await cluster.flow();
    one.chat.sendAway();
    await cluster.flow();
    const waiting = pages.filter(({ stream }) => !stream.closed);
    bob.lose();
    await cluster.flow();
    const left = waiting.flatMap(({ heard }) => heard.filter((text) => text.includes('"left":["')));
    expect(left).toEqual(waiting.map(() => '{"type":"presence","left":["bob"],"joined":[]}'));
    expect(waiting.length).toBeGreaterThan(0);
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
    // It has the state, and its JOIN comes behind NODE_LEFT.
    next.advance(100);
    for (let i = 0; i < 4; i++) await Promise.resolve();
    await last.cluster.member.leaveRoom();
    await cluster.run(2_000);
    expect(await next.started).toBe('live');
    expect(next.cluster.replica.nodes.size).toBe(1);
  });

  it('joining while another is lost, whose log is not closed yet: it gets the state of one that has it', async () => {
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
    expect(third.cluster.member.state).toBe('live');
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
    const older = await joins(cluster, RULES_VERSION - 1);
    expect(await older.started).toBe(
      `its rules are of version ${RULES_VERSION - 1}, and the room's of ${RULES_VERSION}: update it`,
    );
    const newer = await joins(cluster, RULES_VERSION + 1, { limitOfTheFuture: 7 });
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

  it('of an older version than all that are there: it finds so itself, as they do, and is in no room of its own', async () => {
    const cluster = new MemoryCluster();
    const newer = await joins(cluster, RULES_VERSION + 1);
    const older = cluster.start();
    await cluster.run(3_000);
    expect(await older.started).toMatch(/^its rules are of version/);
    expect(cluster.live).toEqual([newer]);
    expect(newer.cluster.replica.nodes.size).toBe(1);
  });

  it('with limits that only some of the others know: all of them judge it alike', async () => {
    const cluster = new MemoryCluster();
    const [first] = (await cluster.startAll(1)) as [MemoryNode];
    const second = await joins(cluster, RULES_VERSION, { limitOfTheFuture: 7 });
    const third = await joins(cluster, RULES_VERSION, { limitOfTheFuture: 8 });
    expect(await third.started).toMatch(/--limit-of-the-future 8 \(room: 7\)$/);
    expect(cluster.live).toEqual([first, second]);
    // One that was not there when the limits were told knows them by the state that it was given.
    const fourth = await joins(cluster, RULES_VERSION, { limitOfTheFuture: 9 });
    expect(await fourth.started).toMatch(/--limit-of-the-future 9 \(room: 7\)$/);
  });

  it('stopped while its JOIN is on its way: it leaves, and nobody has to find it dead', async () => {
    const { cluster, one } = await twoNodes();
    const third = cluster.start();
    third.advance(100);
    for (let i = 0; i < 4; i++) await Promise.resolve();
    expect(third.cluster.member.state).toBe('joining');
    await third.cluster.member.leaveRoom();
    await cluster.flow();
    expect(one.cluster.replica.nodes.size).toBe(2);
  });

  it('that has written for months, 2³² batches: it is found dead like any other', async () => {
    const { cluster, one, other } = await twoNodes();
    const seen = other.cluster.replica.nodes.get(one.cluster.member.incarnation!)!;
    one.kill();
    seen.batch += 2 ** 32;
    await cluster.run(4_500);
    expect(other.cluster.replica.nodes.size).toBe(1);
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
    expect(young.cluster.replica.seats.all()).toEqual([]);
  });
});
