/**
 * The soak of a cluster: three real gateways on three real NATS servers, people who talk at all of them, and one fault after
 * the other at random. What anybody hears is checked: nothing twice, nothing out of order, nothing lost that was heard by
 * its sender, and no login with two owners.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { Cluster } from '../cluster/support/gateways.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { dice, pick, type Roll } from '../support/random.ts';
import { BUSY_FLAGS } from '../support/unlimited.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { login, message } from '../support/raw-hex.ts';
import type { RunningGateway } from '../support/relay-process.ts';

const PEOPLE = 12;
const TALK_EVERY = 25;
/** Talk, in ms, before and behind a fault. */
const CALM = 1_500;
/** Longest that all may take to hear what was said, once everything works again, in ms. */
const PATIENCE = 90_000;

/** Gateway with a proxy between it and its NATS server, so that it can be cut. */
interface Node {
  /** Null while there is none: its ports may be those of somebody else meanwhile. */
  gateway: RunningGateway | null;
  readonly proxy: FaultProxy;
}

/** What one listener has heard of one sender, over one connection of the listener. */
interface Heard {
  visit: number;
  number: number;
}

class Person {
  readonly name: string;
  readonly #nodes: readonly Node[];
  readonly #roll: Roll;
  readonly #wrong: (what: string) => void;
  #peer: RawConnection | null = null;
  #heard = new Map<string, Heard>();
  /** Connections that were accepted so far. */
  visit = 0;
  said = 0;
  /** Last number of this visit that came back. */
  confirmed = 0;
  isIn = false;
  deliveries = 0;
  #isOver = false;

  constructor(name: string, nodes: readonly Node[], roll: Roll, wrong: (what: string) => void) {
    this.name = name;
    this.#nodes = nodes;
    this.#roll = roll;
    this.#wrong = wrong;
  }

  say(): void {
    if (!this.isIn) return;
    this.#peer?.send(message(this.name, `${this.visit} ${++this.said}`));
  }

  heardOf({ name, visit }: Person): number {
    const heard = this.#heard.get(name);
    return heard?.visit === visit ? heard.number : 0;
  }

  /** Is in the room, at one gateway after the other, for as long as it takes. */
  async live(): Promise<void> {
    while (!this.#isOver) {
      const { gateway } = pick(this.#roll, this.#nodes);
      if (gateway) await this.#visit(gateway).catch(() => {});
      this.isIn = false;
      await sleep(100 + this.#roll(200));
    }
  }

  leave(): void {
    this.#isOver = true;
    this.#peer?.reset();
  }

  async #visit(gateway: RunningGateway): Promise<void> {
    const peer = await connectRaw(gateway, 'tcp');
    this.#peer = peer;
    const decoder = new Decoder('server');
    await new Promise<void>((resolve) => {
      peer.inbox.divert(
        (bytes) => {
          decoder.push(bytes);
          for (let frame = decoder.next(); frame; frame = decoder.next())
            if (frame.opcode === Opcode.LOGIN_ACCEPTED) this.#enter();
            else if (frame.opcode === Opcode.LOGIN_REFUSED) resolve();
            else if (frame.opcode === Opcode.MESSAGE) this.#hear(frame.login, frame.msg);
        },
        () => resolve(),
      );
      void peer.over.then(() => resolve());
      peer.send(login(this.name));
    });
    peer.reset();
  }

  #enter(): void {
    this.#heard = new Map();
    this.visit++;
    this.said = this.confirmed = 0;
    this.isIn = true;
  }

  #hear(from: string, text: string): void {
    this.deliveries++;
    const [visit = 0, number = 0] = text.split(' ').map(Number);
    const before = this.#heard.get(from);
    if (before && visit < before.visit)
      this.#wrong(
        `${this.name} heard ${from} of visit ${visit} behind visit ${before.visit}: a login with two owners`,
      );
    if (before?.visit === visit && number !== before.number + 1)
      this.#wrong(`${this.name} heard ${from} ${text} behind ${before.number}`);
    if (before && visit > before.visit && number !== 1)
      this.#wrong(`${this.name} heard ${from} begin visit ${visit} with ${number}`);
    this.#heard.set(from, { visit, number });
    if (from === this.name) this.confirmed = number;
  }
}

type Fault = readonly [name: string, run: () => Promise<void>];

/** Runs the soak; true when nothing was wrong. */
export async function soakCluster(minutes: number, seed: number): Promise<boolean> {
  const roll = dice(seed);
  const wrongs: string[] = [];
  const wrong = (what: string) => {
    wrongs.push(what);
    console.error(`WRONG: ${what}`);
  };
  const cluster = await Cluster.start({ nodes: 0 });
  const proxies: FaultProxy[] = [];
  const people: Person[] = [];
  let talk: NodeJS.Timeout | undefined;
  try {
    const nodes: Node[] = [];
    for (const { port } of cluster.engine.servers) {
      const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port } });
      proxies.push(proxy);
      nodes.push({ gateway: await start(cluster, proxy), proxy });
    }
    for (let index = 0; index < PEOPLE; index++)
      people.push(new Person(`person ${index}`, nodes, roll, wrong));
    for (const person of people) void person.live();
    talk = setInterval(() => people.forEach((person) => person.say()), TALK_EVERY);
    const faults = faultsOf(cluster, nodes, roll);
    const counts = new Map<string, number>();
    const until = performance.now() + 60_000 * minutes;
    while (performance.now() < until && wrongs.length === 0) {
      const [name, run] = pick(roll, faults);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      await sleep(CALM);
      const started = performance.now();
      await run();
      // Half of the time the next fault comes while the room may still get over this one.
      await allHear(people, wrong, roll(2) === 0);
      console.log(
        `${name}: all heard everything ${Math.round(performance.now() - started)} ms after it began`,
      );
    }
    await allHear(people, wrong, true);
    const deliveries = people.reduce((sum, one) => sum + one.deliveries, 0);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      `${total} faults, ${deliveries} deliveries, ${wrongs.length} wrong`,
      Object.fromEntries(counts),
    );
    return wrongs.length === 0;
  } finally {
    clearInterval(talk);
    for (const person of people) person.leave();
    await cluster.stop();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  }
}

function start(cluster: Cluster, { port }: FaultProxy): Promise<RunningGateway> {
  return cluster.add([...BUSY_FLAGS, '--max-loop-delay=1h'], [`nats://127.0.0.1:${port}`]);
}

function faultsOf(cluster: Cluster, nodes: readonly Node[], roll: Roll): readonly Fault[] {
  const { servers } = cluster.engine;
  const anyNode = () => pick(roll, nodes);
  const anyServer = () => pick(roll, servers);
  const restart = async (server: (typeof servers)[number], signal: NodeJS.Signals) => {
    await server.kill(signal);
    server.start();
    await cluster.engine.ready();
  };
  return [
    [
      'gateway killed',
      async () => {
        const node = anyNode();
        const { gateway } = node;
        node.gateway = null;
        gateway!.kill('SIGKILL');
        await gateway!.exit;
        node.gateway = await start(cluster, node.proxy);
      },
    ],
    [
      'gateway drained',
      async () => {
        const node = anyNode();
        await node.gateway!.stop();
        node.gateway = null;
        node.gateway = await start(cluster, node.proxy);
      },
    ],
    [
      'gateway stopped',
      async () => {
        const { gateway } = anyNode();
        gateway!.kill('SIGSTOP');
        await sleep(500 + roll(12_000));
        gateway!.kill('SIGCONT');
      },
    ],
    [
      'gateway cut',
      async () => {
        const { proxy } = anyNode();
        proxy.swallow();
        await sleep(500 + roll(8_000));
        proxy.restore();
      },
    ],
    [
      'connection to the engine broken',
      () => {
        anyNode().proxy.resetAll();
        return Promise.resolve();
      },
    ],
    ['leader killed', async () => restart(await cluster.engine.leader('CHATON_main'), 'SIGKILL')],
    ['server killed', () => restart(anyServer(), 'SIGKILL')],
    [
      'server stopped',
      async () => {
        const server = anyServer();
        await server.kill('SIGSTOP');
        await sleep(500 + roll(6_000));
        await server.kill('SIGCONT');
      },
    ],
    [
      'engine restarted',
      async () => {
        await Promise.all(servers.map((server) => server.kill('SIGKILL')));
        for (const server of servers) server.start();
        await cluster.engine.ready();
      },
    ],
  ];
}

/**
 * Waits until everybody is in, and has heard all that its sender has heard.
 * @param withNew whether they also have to hear what each says from now on: the room works again
 */
async function allHear(
  people: readonly Person[],
  wrong: (what: string) => void,
  withNew: boolean,
): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  const wanted = new Map<Person, { visit: number; number: number }>();
  const isDone = () =>
    people.every((one) => one.isIn && one.confirmed > 0) &&
    people.every((one) => {
      const { visit, confirmed, said } = one;
      // Who has come anew meanwhile is waited for anew.
      if (wanted.get(one)?.visit !== visit)
        wanted.set(one, { visit, number: withNew ? said + 1 : confirmed });
      const { number } = wanted.get(one)!;
      return people.every((other) => other.heardOf(one) >= number);
    });
  while (!isDone())
    if (performance.now() > deadline) {
      const states = people.map(
        (one) => `${one.name}: ${one.isIn ? 'in' : 'out'}, confirmed ${one.confirmed}`,
      );
      wrong(`not all had heard everything in time; ${states.join('; ')}`);
      return;
    } else await sleep(50);
}
