/** The log over a real engine: one order, everything once, and nodes that join. */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeBatch, encodeBatch } from '../../../server/cluster/jetstream/envelope.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { Engine, pause } from '../support/engine.ts';
import { Member, type MemberOptions } from '../support/members.ts';

/** Time for an answer that nothing but a busy machine delays: NATS's client gives up after a second by itself. */
const PATIENT = { timeout: 30_000 };

describe('the log over JetStream', () => {
  let engine: Engine;
  let listener: NatsConnection;
  let manager: JetStreamManager;
  const members: Member[] = [];
  let rooms = 0;
  const join = async (options: Partial<MemberOptions> = {}) => {
    const member = await Member.join({ servers: engine.addresses, room: `room${rooms}`, ...options });
    members.push(member);
    return member;
  };

  beforeAll(async () => {
    engine = await Engine.start();
    listener = await connect({ servers: engine.addresses });
    manager = await jetstreamManager(listener);
  });
  afterAll(async () => {
    await listener.close();
    await engine.stop();
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.log.close()));
    rooms++;
  });

  /** Waits until all have applied the same. */
  const agree = async (...all: Member[]) => {
    const isSame = () => new Set(all.map(({ log }) => log.position)).size === 1;
    while (!isSame()) await pause();
    expect(new Set(all.map(({ state }) => state.digest)).size).toBe(1);
  };

  it('gives all nodes one order, with every record once, in the order of its writer', async () => {
    const [one, other] = [await join({ node: 'a' }), await join({ node: 'b' })];
    for (let turn = 0; turn < 50; turn++) {
      for (let count = 0; count < 20; count++) {
        one.say();
        other.say(4 + 97 * count);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const member of [one, other]) {
      await member.hears(one);
      await member.hears(other);
      expect(member.faults).toBe(0);
    }
    await agree(one, other);
    expect([one.said, other.said]).toEqual([1000, 1000]);
  });

  it('lets only one of two that start together found the room; the other one gets its state', async () => {
    const all = await Promise.all([join({ node: 'a' }), join({ node: 'b' }), join({ node: 'c' })]);
    expect(all.filter(({ hasFounded }) => hasFounded).length).toBe(1);
    for (const member of all) member.say();
    for (const member of all) for (const writer of all) await member.hears(writer, 1);
    await agree(...all);
  });

  it('gives a node that joins while others talk the state, in parts, and all that follows', async () => {
    const one = await join();
    // A snapshot of many parts.
    for (let count = 0; count < 20_000; count++) one.heard.set(`filler ${count} ${'x'.repeat(100)}`, count);
    const talk = setInterval(() => one.say(), 20);
    await one.hears(one, 5);
    const late = await join().finally(() => clearInterval(talk));
    await late.hears(one);
    expect(late.faults).toBe(0);
    expect(late.heard.size).toBeGreaterThan(20_000);
    await agree(one, late);
  });

  it('sees that nodes have applied different things, and that the log began anew', async () => {
    const lines: string[] = [];
    const error = (_about: object, line: string) => void lines.push(line);
    const logger = { debug() {}, info() {}, warn() {}, error } as never;
    const [one, other] = [await join({ node: 'a', logger }), await join({ node: 'b', logger })];
    one.say();
    await other.hears(one);
    const connection = await connect({ servers: engine.addresses });
    try {
      const forged = (batch: number, seen: number, incarnation = 'ffffffffffffffff') =>
        encodeBatch(
          {
            incarnation,
            kind: 'records',
            batch,
            seen,
            print: 1,
            ticks: 0,
            pressure: 0,
          },
          [],
        );
      // Not the first batch of its writer, and no batch: nobody minds.
      connection.publish(`chaton.room${rooms}.in.x.y`, forged(2, 1));
      connection.publish(`chaton.room${rooms}.in.x.y`, 'nonsense');
      // Written by a node that had applied what was before the room was founded: there is nothing to compare with.
      connection.publish(`chaton.room${rooms}.in.x.y`, forged(1, 0, 'eeeeeeeeeeeeeeee'));
      one.say();
      for (const member of [one, other]) await member.hears(one);
      connection.publish(`chaton.room${rooms}.in.x.y`, forged(1, other.log.position));
      expect(await Promise.all([one.lost, other.lost])).toEqual(['diverged', 'diverged']);
      expect(lines).toEqual(Array(2).fill('another gateway has applied something else'));
      const [third] = [await join()];
      connection.publish(`chaton.room${rooms}.in.x.y`, forged(1, 2 ** 40));
      expect(await third.lost).toBe('engine lost');
    } finally {
      await connection.close();
    }
  });

  it('is not lost to a node that hears late, from before it joined, a batch that counts nowhere, but is when the log began anew', async () => {
    const one = await join();
    one.say();
    const subject = `chaton.room${rooms}.in.x.y`;
    const head = {
      incarnation: 'ffffffffffffffff',
      kind: 'records',
      print: 1,
      ticks: 0,
      pressure: 0,
    } as const;
    const skipped = encodeBatch({ ...head, batch: 2, seen: one.log.position }, []);
    const { seq } = JSON.parse((await listener.request(subject, skipped, PATIENT)).string()) as {
      seq: number;
    };
    one.say();
    await one.hears(one);
    const late = await join();
    const republish = (position: number, message: Uint8Array) => {
      const about = headers();
      about.set('Nats-Sequence', String(position));
      listener.publish(subject.replace('.in.', '.out.'), message, { headers: about });
    };
    republish(seq, skipped);
    await listener.flush();
    one.say();
    for (const member of [one, late]) await member.hears(one);
    republish(1, encodeBatch({ ...head, batch: 3, seen: seq }, []));
    expect(await Promise.all([one.lost, late.lost])).toEqual(['engine lost', 'engine lost']);
  });

  it('gives a message that was missed to nobody who has applied something else', async () => {
    const one = await join();
    one.say();
    const late = await join();
    await late.hears(one);
    const { position } = one.log;
    const stored = await manager.streams.getMessage(`CHATON_room${rooms}`, { seq: position });
    const { seen, print } = decodeBatch(stored!.data)!;
    const asks = async (question: unknown[], options = PATIENT) =>
      (await listener.request(`chaton.room${rooms}.missed`, question.join(' '), options)).data;
    const ask = (...question: unknown[]) => asks(question);
    const other = (print ^ 1) >>> 0;
    // Whichever of the two answers.
    for (let turn = 0; turn < 10; turn++) {
      const answers = await Promise.all([
        ask(position, seen, other),
        ask(position + 10_000, seen, print),
        ask(position, position + 10_000, print),
        ask(position),
        ask('nonsense', seen, print),
      ]);
      expect(answers.map(({ length }) => length)).toEqual(answers.map(() => 0));
    }
    await late.log.close();
    // A question is lost when its server hands it to a connection that has just been closed: it is asked again.
    const again = () => asks([position, seen, print], { timeout: 1000 });
    const answer = await vi.waitFor(again, { timeout: PATIENT.timeout });
    expect(Buffer.compare(answer, stored!.data)).toBe(0);
    await one.log.close();
    await expect(again()).rejects.toThrow(/no responders|timeout/i);
  });

  it('splits what is too much for one message, and takes a record of nearly 1 MiB', async () => {
    const [one, other] = [await join(), await join()];
    for (let count = 0; count < 40; count++) one.say(30_000);
    one.say(1_000_000);
    expect(() => one.log.propose(new Uint8Array(2 ** 20))).toThrow(RangeError);
    await other.hears(one);
    expect(other.faults).toBe(0);
    await agree(one, other);
  });

  it.each([
    // All that is stored is deleted, so that only the other node has it.
    ['another node', async () => void (await manager.streams.purge(`CHATON_room${rooms}`))],
    ['the leader, when no node has it', (one: Member) => one.log.close()],
  ])(
    'takes what it has missed from %s, and never from a replica, which may have forked',
    async (_, deprive) => {
      const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port: engine.servers[0]!.port } });
      try {
        const one = await join({ node: 'a' });
        const other = await join({ node: 'b', servers: [`nats://127.0.0.1:${proxy.port}`] });
        let asked = 0;
        listener.subscribe(`$JS.API.DIRECT.GET.CHATON_room${rooms}`, { callback: () => void asked++ });
        await listener.flush();
        proxy.swallow();
        proxy.resetAll();
        for (const size of [60, 60, 1_000_000, 60]) {
          one.say(size);
          await one.hears(one);
        }
        await deprive(one);
        proxy.restore();
        await other.hears(one);
        expect(other.log.fetched).toBeGreaterThanOrEqual(4);
        expect(other.faults).toBe(0);
        await listener.flush();
        expect(asked).toBe(0);
      } finally {
        await proxy.stop();
      }
    },
  );

  it('beats while nobody says anything, says what no gateway has written, and sends what was proposed before it is closed', async () => {
    let troubles = 0;
    const [one, other] = [await join(), await join({ onTrouble: () => troubles++ })];
    await listener.request(`chaton.room${rooms}.in.n.nobody`, 'nonsense', PATIENT);
    const before = other.entries;
    while (other.entries < before + 4) await pause();
    one.say();
    await one.log.close();
    await other.hears(one);
    await agree(other);
    expect(troubles).toBe(1);
  });
});
