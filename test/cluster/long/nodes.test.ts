/** What clients of two real gateways see when the engine or a gateway fails: each failure with its bound. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRaw } from '../../support/connect-raw.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { Decoder } from '../../../shared/protocol/decoder.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { Addressed, RawConnection } from '../../support/raw-connection.ts';
import { ACCEPTED, login, message } from '../../support/raw-hex.ts';
import { RelayRoom } from '../../support/relay-room.ts';
import { alternating } from '../support/alternating.ts';
import { pause } from '../support/engine.ts';
import { Cluster } from '../support/gateways.ts';

const TIMEOUT = 120_000;

/** Client that says numbered messages, and hears those of all. */
class Talker {
  readonly name: string;
  readonly peer: RawConnection;
  readonly heard: string[] = [];
  said = 0;
  hasEnded = false;
  longestSilence = 0;
  #lastAt = performance.now();

  constructor(name: string, peer: RawConnection) {
    this.name = name;
    this.peer = peer;
    const decoder = new Decoder('server');
    peer.inbox.divert(
      (bytes) => {
        decoder.push(bytes);
        for (let frame = decoder.next(); frame; frame = decoder.next())
          if (frame.opcode === Opcode.MESSAGE) this.#hear(`${frame.login}: ${frame.msg}`);
      },
      () => (this.hasEnded = true),
    );
    void peer.over.then(() => (this.hasEnded = true));
  }

  say(): void {
    this.peer.send(message(this.name, `${++this.said}`));
  }

  async hears(what: string): Promise<void> {
    while (!this.heard.includes(what)) {
      if (this.hasEnded) throw new Error(`${this.name} was sent away before it has heard ${what}`);
      await pause();
    }
  }

  restartClock(): void {
    this.longestSilence = 0;
    this.#lastAt = performance.now();
  }

  #hear(what: string): void {
    const now = performance.now();
    this.longestSilence = Math.max(this.longestSilence, now - this.#lastAt);
    this.#lastAt = now;
    this.heard.push(what);
  }
}

describe('two gateways, when something fails', () => {
  let cluster: Cluster;
  const peers: RawConnection[] = [];
  beforeEach(async () => {
    cluster = await Cluster.start();
  });
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.reset();
    await cluster.stop();
  });

  const join = async (name: string, node: Addressed) => {
    const peer = await connectRaw(node, 'tcp');
    peers.push(peer);
    peer.send(login(name));
    await peer.expect(ACCEPTED);
    return new Talker(name, peer);
  };
  const untilFree = async (name: string, node: Addressed) => {
    const started = performance.now();
    for (;;) {
      const peer = await connectRaw(node, 'tcp');
      peers.push(peer);
      peer.send(login(name));
      if ((await peer.read(1)) === ACCEPTED) return Math.round(performance.now() - started);
      peer.end();
      await pause();
    }
  };
  /** Has a client at each node talk while something fails, and a while behind it: nobody is cut and nothing is lost. */
  const talkThrough = async (fault: () => void | Promise<void>, bens = cluster.nodes[1]!) => {
    const all = [await join('ann', cluster.nodes[0]!), await join('ben', bens)];
    const talk = setInterval(() => all.forEach((one) => one.say()), 20);
    try {
      await all[0]!.hears('ben: 20');
      for (const one of all) one.restartClock();
      await fault();
      for (const one of all) await one.hears(`${one.name}: ${one.said + 50}`);
    } finally {
      clearInterval(talk);
    }
    for (const one of all) for (const other of all) await one.hears(`${other.name}: ${other.said}`);
    expect(all.map(({ hasEnded }) => hasEnded)).toEqual([false, false]);
    // One joined before the other.
    const common = all[0]!.heard.slice(-all[1]!.heard.length);
    expect(common).toEqual(all[1]!.heard);
    for (const { name, said } of all)
      expect(all[0]!.heard.filter((one) => one.startsWith(name))).toEqual(
        Array.from({ length: said }, (_, index) => `${name}: ${index + 1}`),
      );
    return Math.round(Math.max(...all.map(({ longestSilence }) => longestSilence)));
  };

  it('the leader is killed: a stall, and then all arrives', { timeout: TIMEOUT }, async () => {
    const stall = await talkThrough(async () => (await cluster.engine.leader('CHATON_main')).kill('SIGKILL'));
    console.info(`leader killed: clients heard nothing for ${stall} ms`);
    expect(stall).toBeLessThan(15_000);
  });

  it('the leader retires: hardly noticed', { timeout: TIMEOUT }, async () => {
    const stall = await talkThrough(async () => (await cluster.engine.leader('CHATON_main')).kill('SIGUSR2'));
    console.info(`leader retired: clients heard nothing for ${stall} ms`);
    expect(stall).toBeLessThan(5_000);
  });

  it('the whole engine is restarted: nobody is cut, and nothing is lost', { timeout: TIMEOUT }, async () => {
    const { servers } = cluster.engine;
    const stall = await talkThrough(async () => {
      await Promise.all(servers.map((server) => server.kill('SIGKILL')));
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      for (const server of servers) server.start();
    });
    console.info(`engine restarted: clients heard nothing for ${stall} ms`);
    expect(stall).toBeLessThan(25_000);
  });

  it(
    'the server of a gateway is silent, and others are there: nobody is cut',
    { timeout: TIMEOUT },
    async () => {
      const proxies = await Promise.all(
        cluster.engine.servers.map(({ port }) => FaultProxy.start({ target: { host: '127.0.0.1', port } })),
      );
      try {
        const node = await cluster.add(
          [],
          proxies.map(({ port }) => `nats://127.0.0.1:${port}`),
        );
        const stall = await talkThrough(() => proxies.find(({ links }) => links.size > 0)!.swallow(), node);
        console.info(`server silent: clients heard nothing for ${stall} ms`);
      } finally {
        await Promise.all(proxies.map((proxy) => proxy.stop()));
      }
    },
  );

  it(
    'a gateway is stopped for 15 s: its logins are free, and nothing that it says is heard',
    { timeout: TIMEOUT },
    async () => {
      const [node, stopped] = [cluster.nodes[0]!, cluster.nodes[1]!];
      const [ann, ben] = [await join('ann', node), await join('ben', stopped)];
      ben.say();
      await ann.hears('ben: 1');
      stopped.kill('SIGSTOP');
      const resumed = new Promise((resolve) => setTimeout(resolve, 15_000));
      ben.say();
      const took = await untilFree('ben', node);
      console.info(`gateway stopped: its login is free after ${took} ms`);
      expect(took).toBeLessThan(15_000);
      await resumed;
      stopped.kill('SIGCONT');
      while (!ben.hasEnded) await pause();
      ann.say();
      await ann.hears('ann: 1');
      expect(ann.heard.filter((one) => one === 'ben: 2')).toEqual([]);
      // It joins anew, as another.
      ben.peer.end();
      const again = await reachable(stopped);
      expect(again).toBe(true);
    },
  );

  it('a gateway is killed: the other end of its relay is reset', { timeout: TIMEOUT }, async () => {
    const room = new RelayRoom(alternating(cluster.nodes));
    try {
      const [alice, bob] = [await room.join('alice', 'tcp'), await room.join('bob', 'tcp')];
      const [a, b] = await room.establish(alice, bob);
      a.send('00');
      await b.expect('00');
      cluster.nodes[1]!.kill('SIGKILL');
      expect((await a.over).reset).toBe(true);
      b.reset();
    } finally {
      room.dropEveryone();
    }
  });

  it(
    'a gateway is cut from the engine: for a moment, nothing is lost; for longer, its clients are sent away',
    { timeout: TIMEOUT },
    async () => {
      const { engine } = cluster;
      const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port: engine.servers[0]!.port } });
      try {
        const cut = await cluster.add([], [`nats://127.0.0.1:${proxy.port}`]);
        const [ann, ben] = [await join('ann', cluster.nodes[0]!), await join('ben', cut)];
        proxy.swallow();
        ben.say();
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        proxy.restore();
        await ann.hears('ben: 1');
        await ben.hears('ben: 1');
        expect(ben.hasEnded).toBe(false);
        proxy.swallow();
        const took = await untilFree('ben', cluster.nodes[0]!);
        console.info(`gateway cut: its login is free after ${took} ms`);
        proxy.restore();
        const healed = performance.now();
        while (!ben.hasEnded) await pause();
        console.info(
          `gateway cut: its clients are sent away ${Math.round(performance.now() - healed)} ms after the heal`,
        );
        ben.peer.end();
        expect(await reachable(cut)).toBe(true);
      } finally {
        await proxy.stop();
      }
    },
  );

  /** Waits until a gateway is ready for clients (again). */
  const reachable = async ({ addresses: { http } }: Addressed) => {
    for (;;) {
      const answer = await fetch(`http://${http.host}:${http.port}/readyz`).catch(() => null);
      if (answer?.status === 200) return true;
      await pause();
    }
  };
});
