/** What happens to the log when the engine fails: each failure with its bound. */
import { afterEach, describe, expect, it } from 'vitest';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { Engine, pause } from '../support/engine.ts';
import { Member, type MemberOptions } from '../support/members.ts';

const TIMEOUT = 120_000;
const STREAM = 'CHATON_main';

describe('failures of the engine', () => {
  let engine: Engine;
  const members: Member[] = [];
  const join = async (options: Partial<MemberOptions> = {}) => {
    const member = await Member.join({ servers: engine.addresses, ...options });
    members.push(member);
    return member;
  };

  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.log.close()));
    await engine.stop();
  });

  /** Has two nodes talk during `fault`, and a while behind it; returns the longest time in which nothing came. */
  const talkThrough = async (fault: () => Promise<void>, options: Partial<MemberOptions> = {}) => {
    const all = [await join({ node: 'a', ...options }), await join({ node: 'b', ...options })];
    const talk = setInterval(() => all.forEach((member) => member.say()), 10);
    try {
      for (const member of all) await member.hears(member, 20);
      for (const member of all) member.longestSilence = 0;
      await fault();
      for (const member of all) await member.hears(member, member.said + 20);
    } finally {
      clearInterval(talk);
    }
    for (const member of all) for (const writer of all) await member.hears(writer);
    while (new Set(all.map(({ log }) => log.position)).size > 1) await pause();
    expect(all.map(({ faults, reason }) => ({ faults, reason }))).toEqual(
      all.map(() => ({ faults: 0, reason: null })),
    );
    expect(new Set(all.map(({ state }) => state.digest)).size).toBe(1);
    const longest = Math.max(...all.map(({ longestSilence }) => longestSilence));
    const resent = all.reduce((sum, { log }) => sum + log.resent, 0);
    const fetched = all.reduce((sum, { log }) => sum + log.fetched, 0);
    return { longest, resent, fetched };
  };
  const report = (what: string, { longest, resent, fetched }: Awaited<ReturnType<typeof talkThrough>>) =>
    console.info(
      `${what}: stood still ${Math.round(longest)} ms, ${resent} batches resent, ${fetched} fetched`,
    );

  it('a follower is killed: nothing is lost', { timeout: TIMEOUT }, async () => {
    engine = await Engine.start();
    const figures = await talkThrough(async () => {
      const leader = await engine.leader(STREAM);
      await engine.servers.find((server) => server !== leader)!.kill('SIGKILL');
    });
    report('follower killed', figures);
  });

  it('the leader is killed: all arrives, in one order, within 10 s', { timeout: TIMEOUT }, async () => {
    engine = await Engine.start();
    const figures = await talkThrough(async () => (await engine.leader(STREAM)).kill('SIGKILL'));
    report('leader killed', figures);
    expect(figures.longest).toBeLessThan(15_000);
  });

  it('the leader retires (lame duck): nearly nothing is noticed', { timeout: TIMEOUT }, async () => {
    engine = await Engine.start();
    const figures = await talkThrough(async () => (await engine.leader(STREAM)).kill('SIGUSR2'));
    report('leader retired', figures);
    expect(figures.longest).toBeLessThan(5_000);
  });

  it('the leader is stopped for 8 s: all arrives, in one order', { timeout: TIMEOUT }, async () => {
    engine = await Engine.start();
    const figures = await talkThrough(async () => {
      const leader = await engine.leader(STREAM);
      await leader.kill('SIGSTOP');
      setTimeout(() => void leader.kill('SIGCONT'), 8_000);
    });
    report('leader stopped', figures);
  });

  it(
    'the whole engine is killed and comes back: nobody is lost, nor is anything',
    { timeout: TIMEOUT },
    async () => {
      engine = await Engine.start();
      const figures = await talkThrough(async () => {
        await Promise.all(engine.servers.map((server) => server.kill('SIGKILL')));
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        for (const server of engine.servers) server.start();
      });
      report('engine restarted', figures);
      expect(figures.longest).toBeLessThan(25_000);
    },
  );

  it(
    'an engine that kept its log in memory loses it: every node fences itself',
    { timeout: TIMEOUT },
    async () => {
      engine = await Engine.start();
      const options = { isInMemory: true, giveUpAfter: 90_000 };
      const all = [await join({ node: 'a', ...options }), await join({ node: 'b', ...options })];
      for (let turn = 0; turn < 30; turn++) {
        for (const member of all) member.say();
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const member of all) for (const writer of all) await member.hears(writer);
      await Promise.all(engine.servers.map((server) => server.kill('SIGKILL')));
      for (const server of engine.servers) server.start();
      const talk = setInterval(() => all.forEach((member) => member.say()), 100);
      expect(await Promise.all(all.map(({ lost }) => lost))).toEqual(['engine lost', 'engine lost']);
      clearInterval(talk);
      expect(all[0]!.state.digest).toBe(all[1]!.state.digest);
    },
  );

  it(
    'a node is cut from the engine for 1.5 s: it holds, goes on, and nothing is lost',
    { timeout: TIMEOUT },
    async () => {
      engine = await Engine.start();
      const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port: engine.servers[0]!.port } });
      try {
        const options = { servers: [`nats://127.0.0.1:${proxy.port}`] };
        const figures = await talkThrough(async () => {
          proxy.swallow();
          await new Promise((resolve) => setTimeout(resolve, 1_500));
          proxy.restore();
        }, options);
        report('cut for 1.5 s', figures);
        for (const { stalls } of members) expect(stalls.slice(0, 2)).toEqual([true, false]);
      } finally {
        await proxy.stop();
      }
    },
  );

  it(
    'a node is cut for good: it gives up; the connections that break again and again do not matter',
    { timeout: TIMEOUT },
    async () => {
      engine = await Engine.start();
      const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port: engine.servers[1]!.port } });
      try {
        const figures = await talkThrough(
          async () => {
            for (let count = 0; count < 5; count++) {
              proxy.resetAll();
              await members[0]!.hears(members[0]!, members[0]!.said + 10);
            }
          },
          { servers: [`nats://127.0.0.1:${proxy.port}`], giveUpAfter: 4_000 },
        );
        report('five breaks', figures);
        proxy.swallow();
        const started = performance.now();
        members[0]!.say();
        expect(await members[0]!.lost).toBe('given up');
        console.info(`given up after ${Math.round(performance.now() - started)} ms (4 s were set)`);
      } finally {
        await proxy.stop();
      }
    },
  );

  it(
    'founds a room anew when nothing comes from its nodes; one that comes back then is fenced',
    { timeout: TIMEOUT },
    async () => {
      engine = await Engine.start();
      const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port: engine.servers[0]!.port } });
      try {
        const cut = await join({ servers: [`nats://127.0.0.1:${proxy.port}`] });
        cut.say();
        await cut.hears(cut);
        proxy.swallow();
        const next = await join();
        expect(next.hasFounded).toBe(true);
        expect(next.state.count).toBe(0);
        proxy.restore();
        expect(await cut.lost).toBe('fenced');
        expect(next.reason).toBe(null);
      } finally {
        await proxy.stop();
      }
    },
  );

  it('a node that starts before the engine waits for it', { timeout: TIMEOUT }, async () => {
    engine = await Engine.start();
    await Promise.all(engine.servers.map((server) => server.kill('SIGKILL')));
    const joining = join();
    const isThere = await Promise.race([
      joining.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 3_000)),
    ]);
    expect(isThere).toBe(undefined);
    for (const server of engine.servers) server.start();
    const member = await joining;
    member.say();
    await member.hears(member);
  });
});
