/** Nodes over a log in memory: whole rooms with their rules, clients in memory, clocks and turns in the test's hand. */
import { createHash } from 'node:crypto';
import { enforceBan } from '../../../server/admin/actions.ts';
import { Bans } from '../../../server/admin/bans.ts';
import type { OtherOperators } from '../../../server/admin/routes.ts';
import { answerOperators, OperatorHooks, othersOf } from '../../../server/app/cluster-operator.ts';
import { Chat } from '../../../server/chat/chat.ts';
import type { Client, Observer, Source } from '../../../server/chat/environment/observer.ts';
import type { Limits } from '../../../server/chat/limits/limits.ts';
import { Cluster } from '../../../server/cluster/cluster.ts';
import { encodeState } from '../../../server/cluster/room-state.ts';
import type { LossReason } from '../../../shared/protocol/reasons.ts';
import { ManualClock, ManualTurns } from '../../support/manual-time.ts';
import { MemoryStream } from '../../support/memory-stream.ts';
import { dice } from '../../support/random.ts';
import { MemoryEngine, type MemoryLog } from './memory-log.ts';
import { MemoryMesh, MemoryNetwork } from './memory-mesh.ts';
import { DEFAULT_LIMITS } from '../../support/defaults.ts';

const HERE: Source = { transport: 'tcp', address: '192.0.2.1', network: '192.0.2.1', longSize: 4 };

/** What the tests are about is not how much one client may send. */
const LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  commandRate: 1e9,
  commandBurst: 1e9,
  presenceRate: 1e9,
  identifyTime: 24 * 60 * 60 * 1000,
  // Small, so that all three bounds are met.
  history: 12,
  historyBytes: 1024,
  historyAge: 5_000,
};

const nothing = () => {};
const SILENT: Observer = new Proxy({} as Observer, { get: () => nothing });

/** One position of the log, as the first node that carried it out had it: all others must have the same. */
export interface Position {
  /** Digest of the state behind it, and that state itself. */
  readonly state: string;
  readonly saved: string;
  /** What was said to everyone at it. */
  readonly said: readonly string[];
}

export class MemoryCluster {
  readonly engine: MemoryEngine;
  readonly network = new MemoryNetwork();
  readonly nodes: MemoryNode[] = [];
  readonly positions = new Map<number, Position>();
  readonly #seed: number;
  #started = 0;

  constructor(seed = 1) {
    this.#seed = seed;
    this.engine = new MemoryEngine(seed);
  }

  /** Starts a node, which is live once the others have heard of it. */
  start(
    limits: Partial<Limits> = {},
    bans = new Bans(),
    name = `n${this.#started + 1}`,
    address = `${name}:${7780 + this.nodes.length}`,
  ): MemoryNode {
    const seed = this.#seed + ++this.#started;
    const node = new MemoryNode(this, name, { ...LIMITS, ...limits }, seed, bans, address);
    this.nodes.push(node);
    return node;
  }

  /** Starts so many nodes, and waits until they are live. */
  async startAll(count: number): Promise<MemoryNode[]> {
    const first = this.start();
    await this.run(6_000);
    const nodes = [first, ...Array.from({ length: count - 1 }, () => this.start())];
    await this.run(2_000);
    return nodes;
  }

  /** Everything is stored and delivered, in order, until nothing is on its way. */
  async flow(): Promise<void> {
    for (let isMore = true; isMore;) {
      isMore = this.network.pump();
      for (const node of this.nodes) node.turn();
      while (!this.engine.isIdle && !this.engine.isDown) {
        this.engine.store();
        isMore = true;
      }
      for (const node of this.nodes) while (node.log?.deliver()) isMore = true;
      for (const node of this.nodes) node.turn();
      await settled();
    }
  }

  /** Lets time pass, with nothing lost or late. */
  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      this.advance(100);
      await this.flow();
    }
  }

  advance(ms: number): void {
    for (const node of this.nodes) node.advance(ms);
  }

  /** Notes what a node has at a position; throws when another had something else there, or it cannot be. */
  note(position: number, node: MemoryNode, said: readonly string[]): void {
    this.#check(node);
    // A ban is in force at once where it is given, and elsewhere when its record comes.
    const state = { ...node.cluster.replica.save(), bans: [], banChanges: [] };
    const saved = Buffer.from(encodeState(state)).toString();
    const digest = createHash('sha256').update(saved).digest('hex');
    const known = this.positions.get(position);
    if (!known) this.positions.set(position, { state: digest, said, saved });
    else if (known.state !== digest || known.said.join() !== said.join())
      throw new Error(
        `${node.name} differs at position ${position}:\n${saved}\nsaid ${said.join()}\n${known.saved}\nsaid ${known.said.join()}`,
      );
  }

  /** One holder for each login, and nobody there whose node is not. */
  #check({ name, cluster: { replica } }: MemoryNode): void {
    const seats = replica.seats.all();
    const logins = seats.flatMap(({ login }) => login?.normalize('NFC') ?? []);
    if (new Set(logins).size < logins.length)
      throw new Error(`${name}: two have one login: ${logins.join()}`);
    const stray = seats.find((seat) => !replica.nodes.get(seat.name.incarnation));
    if (stray) throw new Error(`${name}: ${stray.login} is of a node that is dead`);
  }

  /** All that was said to everyone, in the order of the log. */
  get said(): string[] {
    return [...this.positions].sort(([one], [other]) => one - other).flatMap(([, { said }]) => said);
  }

  get live(): MemoryNode[] {
    return this.nodes.filter(({ cluster, isDead }) => !isDead && cluster.member.state === 'live');
  }
}

export class MemoryNode {
  readonly name: string;
  readonly clock = new ManualClock();
  readonly cluster: Cluster;
  readonly chat: Chat;
  readonly mesh: MemoryMesh;
  /** Private connections that were established here, as the log has them. */
  readonly pairs: [id: number, other: number | string][] = [];
  readonly losses: LossReason[] = [];
  readonly refusals: string[] = [];
  readonly troubles: string[] = [];
  readonly notices: string[] = [];
  /** Reasons why bans of the room are not in force here. */
  readonly complaints: string[] = [];
  readonly expelled: number[] = [];
  /** Bans in force here, and their changes, as its file would keep them. */
  readonly bans: Bans;
  readonly #hooks: OperatorHooks;
  log: MemoryLog | null = null;
  /** Settles with the start. */
  readonly started: Promise<string>;
  readonly #world: MemoryCluster;
  readonly #turns = new ManualTurns();
  #missed = 0;
  #isStopped = false;
  #isDead = false;
  #isReachable = true;
  #said: string[] = [];

  constructor(world: MemoryCluster, name: string, limits: Limits, seed: number, bans: Bans, address: string) {
    this.#world = world;
    this.name = name;
    this.bans = bans;
    const store = { bans, save: () => Promise.resolve(null) };
    const error = ({ why }: { why?: string }) => void this.complaints.push(why ?? '');
    this.#hooks = new OperatorHooks(store, { warn: nothing, error }, (record) =>
      this.cluster.replica.propose(record),
    );
    const hooks = this.#hooks;
    this.mesh = new MemoryMesh(world.network, address);
    const roll = dice(seed);
    this.cluster = new Cluster({
      openLog: () => this.#openLog(),
      mesh: this.mesh,
      name,
      secret: Buffer.from('a secret of all nodes'),
      beatsUntilDead: 6,
      limits,
      clock: this.clock,
      randomId: () => roll(2 ** 32) | 0,
      observer: {
        joined: nothing,
        gone: nothing,
        stalled: nothing,
        lost: (reason) => void this.losses.push(reason),
        refused: (why) => void this.refusals.push(why),
        trouble: (kind) => void this.troubles.push(kind),
      },
      hooks: {
        onBan: (ban, isAdded, isOwn) => hooks.onBan(ban, isAdded, isOwn),
        onNotice: (text, isOwn) => {
          this.notices.push(text);
          hooks.onNotice(text, isOwn);
        },
        onExpel: (session) => void this.expelled.push(session),
        onLeaveFormer: (digest) => this.leave(digest),
        bans: () => hooks.bans(),
        restoreBans: (saved) => hooks.restoreBans(saved),
        onLive: () => hooks.onLive(),
      },
    });
    this.chat = new Chat({
      limits,
      observer: Object.assign(Object.create(SILENT) as Observer, {
        established: ({ id }: Client, other: number | string) => void this.pairs.push([id, other]),
      }),
      clock: this.clock,
      instance: name,
      atEndOfTurn: this.#turns.atEndOfTurn,
      ...this.cluster.chatOptions,
    });
    this.cluster.replica.attach(this.chat);
    hooks.chat = this.chat;
    this.cluster.inquiries.onQuestion = (question) => answerOperators(this.chat, question);
    const { broadcast } = this.chat;
    const publish = broadcast.publish.bind(broadcast);
    broadcast.publish = (command) => {
      this.#said.push(Buffer.from(command).toString('hex'));
      return publish(command);
    };
    this.started = this.cluster.member.start().then(
      () => 'live',
      (error: unknown) => (error as Error).message,
    );
  }

  /** Ends a page's former connection by its token; for a test to replace. */
  leave: (digest: Uint8Array) => number | null = () => null;

  get isRunning(): boolean {
    return !this.#isStopped && !this.#isDead;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The others, as this node's operator reaches them. */
  get operators(): OtherOperators {
    return othersOf(this.cluster, this.bans, this.#hooks, this.clock);
  }

  /** Bans a login as the operator of this node. */
  ban(value: string, until: number): void {
    const ban = { kind: 'login', value, until } as const;
    const { logins } = enforceBan(this.chat, this.bans, ban);
    this.operators.ban(ban, logins);
  }

  /** Lets a login in again as its operator; false when it was let in. */
  unban(value: string): boolean {
    const target = { kind: 'login', value } as const;
    const isRemoved = this.bans.remove(target);
    if (isRemoved) this.operators.unban(target);
    return isRemoved;
  }

  connect(from: Partial<Source> = {}, onWrite?: (bytes: Uint8Array) => void): MemoryStream {
    const stream = new MemoryStream(onWrite);
    this.chat.accept(stream, { ...HERE, ...from });
    return stream;
  }

  /** Opens a connection of a page. @param onText called with all that its control channel is told */
  connectPage(onText: (text: string) => void): MemoryStream {
    const stream = new MemoryStream();
    const control = { hasTransport: true, sendText: onText, makeResumable: nothing };
    this.chat.accept(stream, { ...HERE, transport: 'websocket' }, control);
    return stream;
  }

  /** Ends the turn of the event loop. */
  turn(): void {
    if (!this.isRunning) return;
    this.#turns.end();
    this.log?.flush();
  }

  advance(ms: number): void {
    if (this.#isDead) return;
    if (this.#isStopped) {
      this.#missed += ms;
      return;
    }
    this.clock.advance(ms);
    this.log?.tick();
  }

  /** Stops the process (SIGSTOP), or lets it go on: its clock has gone on meanwhile. */
  pause(isStopped: boolean): void {
    if (this.#isDead || this.#isStopped === isStopped) return;
    this.#isStopped = isStopped;
    this.#reach(!isStopped);
    if (isStopped) return;
    const missed = this.#missed;
    this.#missed = 0;
    this.advance(missed);
  }

  /** Cuts it from the engine, or heals that. */
  cut(isCut: boolean): void {
    if (!this.#isStopped) this.#reach(!isCut);
  }

  /** Kills the process. */
  kill(): void {
    this.#isDead = true;
    this.log?.kill();
    this.log = null;
    this.mesh.kill();
  }

  /** Drains, and ends the process once all has gone through the log. */
  async stop(): Promise<void> {
    this.chat.sendAway();
    await this.#world.run(300);
    await this.cluster.member.leaveRoom();
    await this.#world.flow();
    this.#isDead = true;
    this.mesh.kill();
  }

  #reach(isReachable: boolean): void {
    this.#isReachable = isReachable;
    if (this.log) this.log.isReachable = isReachable;
  }

  #openLog(): MemoryLog {
    const log = this.#world.engine.open(() => this.clock.now());
    this.log = log;
    log.isReachable = this.#isReachable;
    const join = log.join.bind(log);
    log.join = (handlers) =>
      join({
        ...handlers,
        onEntry: (entry) => {
          this.#said = [];
          handlers.onEntry(entry);
          if (this.cluster.replica.isLive) this.#world.note(entry.position, this, this.#said);
        },
      });
    return log;
  }
}

/** Lets promises settle. */
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i++) await Promise.resolve();
}
