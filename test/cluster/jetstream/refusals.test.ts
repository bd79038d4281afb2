/** An engine that does not take what a node writes: its disk is full, its stream gone, its limit too low, the user unknown. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine, pause } from '../support/engine.ts';
import { Taken } from '../support/taken.ts';
import { Member, type MemberOptions } from '../support/members.ts';

const folder = mkdtempSync(join(tmpdir(), 'chaton-refusals-'));
const USERS = 'authorization { users: [ { user: g1, password: x }, { user: test, password: x } ] }';
/** Settings that a signal has the server read again. */
const settle = (text: string) => writeFileSync(join(folder, 'more.conf'), text);

const taken = new Taken();
let engine: Engine;
let test: NatsConnection;
const members: Member[] = [];
let lines: string[] = [];
let troubles = 0;
let rooms = 0;

async function enter(options: Partial<MemberOptions> = {}): Promise<Member> {
  const log = (line: string) => void lines.push(line);
  const member = await Member.join({
    servers: engine.addresses,
    room: `room${++rooms}`,
    node: 'g1',
    replicas: 1,
    credentials: () => ({ kind: 'password', user: 'g1', password: 'x' }),
    logger: { debug() {}, info() {}, warn: log, error: log } as never,
    onTrouble: () => troubles++,
    ...options,
  });
  members.push(member);
  return member;
}

/** Waits for a line; fails when the node is lost before. */
async function says(line: RegExp): Promise<void> {
  while (!lines.some((one) => line.test(one))) await pause();
}

beforeAll(async () => {
  settle(USERS);
  // The file of a server may only name others beside it.
  const settings = `include "../${basename(folder)}/more.conf"`;
  engine = await taken.take(Engine.start({ size: 1, settings }), (started) => started.stop());
  const options = { servers: engine.addresses, user: 'test', pass: 'x' };
  test = await taken.take(connect(options), (connection) => connection.close());
});
afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.log.close()));
  [lines, troubles] = [[], 0];
});
afterAll(async () => {
  await taken.giveBack();
  rmSync(folder, { recursive: true });
});

describe('an engine that takes nothing for a while', () => {
  it('as when its disk is full: the node says why, and goes on with all that was said', async () => {
    const member = await enter();
    member.say();
    await member.hears(member);
    const manager = await jetstreamManager(test);
    const stream = `CHATON_room${rooms}`;
    const { config } = await manager.streams.info(stream);
    await manager.streams.update(stream, { ...config, discard: 'new', max_msgs: 1 } as never);
    member.say();
    await says(/^engine: does not store what this gateway writes: maximum messages exceeded$/);
    expect(troubles).toBeGreaterThan(0);
    await manager.streams.update(stream, config);
    member.say();
    await member.hears(member);
    expect([member.faults, member.reason]).toEqual([0, null]);
  });

  it('as when its stream is deleted: the node says so', async () => {
    const member = await enter();
    const manager = await jetstreamManager(test);
    await manager.streams.delete(`CHATON_room${rooms}`);
    member.say();
    await says(/^engine: does not store what this gateway writes: no stream takes it$/);
  });

  it('as when its stream is not as gateways make it: a new node says all that it needs, and joins when it has that', async () => {
    await enter();
    const room = `room${rooms}`;
    const manager = await jetstreamManager(test);
    const { config } = await manager.streams.info(`CHATON_${room}`);
    const wrong = { discard: 'new', max_msgs: 1, max_age: 2e9, max_bytes: -1 };
    await manager.streams.update(config.name, { ...config, ...wrong } as never);
    const late = enter({ room, replicas: 3 });
    await says(
      /it must discard old messages, needs a max_age of 120000000000, needs a max_msgs of -1; delete it/,
    );
    await manager.streams.update(config.name, config);
    await late;
    expect(lines.at(-1)).toMatch(/^engine: keeps the log on 1 of its servers, and --cluster-replicas is 3/);
    // And where there is none yet it wants more servers than there are: what another one has made will do.
    const another = enter({ room: `${room}b`, replicas: 3 });
    await says(
      /^engine: not there yet: replicas > 1 .*: where there is one server, --cluster-replicas is 1$/,
    );
    await Promise.all([enter({ room: `${room}b` }), another]);
  });

  it('as when the user is unknown for a while: the node says so, and comes back by itself', async () => {
    const member = await enter();
    const [server] = engine.servers;
    settle(USERS.replace('user: g1', 'user: g2'));
    await server!.kill('SIGHUP');
    member.say();
    await says(/engine is gone|authorization/i);
    while (!member.stalls.includes(true)) await pause();
    settle(USERS);
    await server!.kill('SIGHUP');
    await member.hears(member);
    expect([member.faults, member.reason]).toEqual([0, null]);
  });

  it('as when its messages become too small: no node fails, and a new one is told what is wanted', async () => {
    const member = await enter();
    const [server] = engine.servers;
    settle(`${USERS}\nmax_payload: 2000`);
    await server!.kill('SIGHUP');
    const isRefused = () => lines.some((line) => /takes nothing of \d+ bytes|maximum payload/i.test(line));
    // The server reads its settings when it gets to it.
    while (!isRefused()) {
      member.say(100_000);
      await pause();
    }
    const late = enter();
    await says(/^engine: not there yet: it takes messages of 2000 bytes at most.*raise its max_payload$/);
    settle(USERS);
    // Clients hear of the limit when they connect.
    await server!.kill('SIGKILL');
    server!.start();
    await member.hears(member);
    expect([member.faults, member.reason]).toEqual([0, null]);
    await late;
  });
});

describe('an engine of which a node does not hear what it stores', () => {
  const deaf = () =>
    settle(USERS.replace('user: g1,', `user: g1, permissions: { subscribe: { deny: "chaton.*.out.>" } },`));

  /** Another node, which hears everything. */
  const beside = async () => {
    const other = await Member.join({
      servers: engine.addresses,
      room: `room${rooms}`,
      replicas: 1,
      credentials: () => ({ kind: 'password', user: 'test', password: 'x' }),
    });
    members.push(other);
    return other;
  };

  it('as when it may not any more: it gets all of it in another way, its own too, says so, and hears again when it may', async () => {
    const [member, [server]] = [await enter(), engine.servers];
    const other = await beside();
    deaf();
    await server!.kill('SIGHUP');
    await says(/permissions violation/i);
    member.say();
    await other.hears(member);
    other.say();
    await Promise.all([member.hears(member), member.hears(other)]);
    await says(/does not hear/);
    expect(member.stalls).toEqual([true]);
    settle(USERS);
    await server!.kill('SIGHUP');
    while (member.stalls.length < 2) await pause();
    expect([member.faults, member.reason]).toEqual([0, null]);
  });

  it('for good: it gives up, when it knows all that the others have heard of it; it does not join before it may hear', async () => {
    const [member, [server]] = [await enter({ giveUpAfter: 4_000 }), engine.servers];
    const other = await beside();
    deaf();
    await server!.kill('SIGHUP');
    await says(/permissions violation/i);
    for (let turn = 0; turn < 20; turn++) {
      member.say();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await member.lost).toBe('given up');
    await other.hears(member);
    expect(member.heard.get(member.log.incarnation)).toBe(member.said);
    lines = [];
    const again = enter();
    await says(/^engine: not there yet: .*permissions violation/i);
    settle(USERS);
    await server!.kill('SIGHUP');
    await again;
  });
});
