/**
 * Faults at random moments, under load, over a log in memory: messages of nodes lost, doubled, late and out of order, nodes
 * killed, stopped, cut and drained, hops broken, the engine down. What clients hear is checked as they hear it, the states of all nodes
 * at every position, and at the end, when all is healed, that nothing is missing.
 */
import { Decoder } from '../../../shared/protocol/decoder.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import { dice, pick, type Roll } from '../../support/random.ts';
import {
  koPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  requestPrivate,
} from '../../support/raw-hex.ts';
import type { MemoryStream } from '../../support/memory-stream.ts';
import { MemoryCluster, type MemoryNode } from './memory-cluster.ts';

const NAMES = ['ada', 'bob', 'cy', 'z\u00e9', 'ze\u0301', 'eve', 'kim'];
const MOST_CLIENTS = 14;
const MOST_LEGS = 8;
const MOST_NODES = 4;

/** What a run has done; a run that did nothing shows nothing. */
export interface ChaosReport {
  faults: number;
  messages: number;
  logins: number;
  established: number;
  losses: number;
  entries: number;
}

export class Chaos {
  readonly report: ChaosReport = {
    faults: 0,
    messages: 0,
    logins: 0,
    established: 0,
    losses: 0,
    entries: 0,
  };
  readonly #roll: Roll;
  readonly #cluster: MemoryCluster;
  #clients: Client[] = [];
  #endpoints: Endpoint[] = [];
  readonly #ids: number[] = [];
  #tags = 0;

  constructor(seed: number) {
    this.#roll = dice(seed);
    this.#cluster = new MemoryCluster(seed);
    Client.accepted = 0;
    Endpoint.established = 0;
  }

  /** Runs until so many faults were injected, then heals all and checks. Throws at the first thing that is wrong. */
  async run(faults: number): Promise<ChaosReport> {
    await this.#cluster.startAll(3);
    while (this.report.faults < faults) await this.#step();
    await this.#heal();
    this.#checkAll();
    this.report.entries = this.#cluster.positions.size;
    return this.report;
  }

  async #step(): Promise<void> {
    const kind = this.#roll(100);
    if (kind < 45) this.#act();
    else if (kind < 55) await this.#fault();
    await this.#progress();
    this.#forgetEnded();
  }

  /** Some of what is on its way arrives, and a little time passes. */
  async #progress(): Promise<void> {
    const { engine, network, nodes } = this.#cluster;
    for (let i = this.#roll(4); i > 0; i--) engine.store(this.#roll(4) === 0);
    for (const node of nodes) {
      if (!node.isRunning) continue;
      for (let i = this.#roll(5); i > 0; i--) node.log?.deliver();
      if (this.#roll(3) > 0) node.turn();
    }
    if (this.#roll(2) === 0) network.pump();
    this.#cluster.advance(pick(this.#roll, [0, 1, 20, 100]));
    for (let i = 0; i < 3; i++) await Promise.resolve();
  }

  #act(): void {
    const kind = this.#roll(20);
    if (kind < 4) this.#connect();
    else if (kind < 6) this.#present();
    else if (kind < 8) for (const endpoint of this.#endpoints) endpoint.act(this.#roll);
    else if (this.#clients.length > 0) this.#speak(pick(this.#roll, this.#clients), kind);
  }

  #connect(): void {
    const node = this.#anyNode();
    if (!node || this.#clients.length >= MOST_CLIENTS) return;
    const client = new Client(node, `t${++this.#tags}`, pick(this.#roll, NAMES), this.#ids);
    this.#clients.push(client);
    client.stream.send(login(client.name));
  }

  #present(): void {
    const node = this.#anyNode();
    if (!node || this.#endpoints.length >= MOST_LEGS) return;
    const isGuess = this.#ids.length === 0 || this.#roll(10) === 0;
    const id = isGuess ? this.#roll(1000) : this.#ids[Math.max(0, this.#ids.length - 1 - this.#roll(3))]!;
    this.#endpoints.push(new Endpoint(node, id));
  }

  #speak(client: Client, kind: number): void {
    const { stream, name } = client;
    const other = pick(this.#roll, NAMES);
    if (kind < 14) {
      for (let i = 1 + this.#roll(3); i > 0; i--) stream.send(message(name, client.next()));
      this.report.messages++;
    } else if (kind === 14) stream.send(privateMessage(name, other, 'psst'));
    else if (kind < 17) stream.send(requestPrivate(name, other));
    else if (kind < 19) client.answer(this.#roll(4) > 0);
    else if (this.#roll(3) === 0) client.leave(this.#roll(2) === 0);
  }

  async #fault(): Promise<void> {
    const { engine, nodes } = this.#cluster;
    const alive = nodes.filter((node) => !node.isDead);
    const node = pick(this.#roll, alive);
    this.report.faults++;
    switch (this.#roll(24)) {
      case 0:
        if (alive.length > 2 || this.#roll(10) === 0) node.kill();
        break;
      case 1:
      case 2:
        node.pause(true);
        break;
      case 3:
      case 4:
        node.cut(true);
        break;
      case 5:
        engine.isDown = true;
        break;
      case 6:
        if (alive.length > 2) await this.#drain(node);
        break;
      case 7:
        node.mesh.breakSome(this.#roll);
        break;
      case 8:
      case 9:
        engine.double();
        break;
      case 10:
      case 11:
        engine.lose();
        break;
      case 12:
        // Long enough for a node that is stopped or cut to be taken for dead.
        await this.#pass(4_000);
        break;
      default:
        this.#mend(node);
    }
    if (alive.length < 2 || (alive.length < MOST_NODES && this.#roll(40) === 0)) this.#cluster.start();
  }

  #mend(node: MemoryNode): void {
    node.pause(false);
    node.cut(false);
    if (this.#roll(2) === 0) this.#cluster.engine.isDown = false;
  }

  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      this.#cluster.advance(100);
      await this.#progress();
    }
  }

  async #drain(node: MemoryNode): Promise<void> {
    node.chat.sendAway();
    await this.#pass(500);
    const stopped = node.cluster.member.leaveRoom();
    node.turn();
    await stopped;
    node.kill();
  }

  #anyNode(): MemoryNode | undefined {
    const live = this.#cluster.live.filter((node) => node.isRunning);
    return live.length > 0 ? pick(this.#roll, live) : undefined;
  }

  /** Clients whose connection is over count for their part until then. */
  #forgetEnded(): void {
    for (const client of this.#clients) if (client.isOver) this.#checkHeard(client, false);
    this.#clients = this.#clients.filter(({ isOver }) => !isOver);
    this.#endpoints = this.#endpoints.filter((endpoint) => !endpoint.isOver);
  }

  /** Mends all, and lets time pass until all is said. */
  async #heal(): Promise<void> {
    const { engine, nodes } = this.#cluster;
    engine.isDown = false;
    for (const node of nodes) {
      node.pause(false);
      node.cut(false);
    }
    await this.#cluster.run(40_000);
    const live = this.#clients.filter((client) => !client.isOver && client.isAccepted);
    for (const client of live) client.stream.send(message(client.name, `final ${client.tag}`));
    await this.#cluster.run(1_000);
    for (const client of live)
      for (const { name, tag } of live)
        if (!client.heard.includes(message(name, `final ${tag}`)))
          throw new Error(`${client.tag} at ${client.node.name} has not heard the last words of ${tag}`);
  }

  #checkAll(): void {
    const { nodes, live, said } = this.#cluster;
    const running = nodes.filter((node) => !node.isDead);
    if (live.length !== running.length)
      throw new Error(`not live: ${running.map((it) => `${it.name} ${it.cluster.member.state}`).join()}`);
    const positions = new Set(live.map(({ log }) => log!.position));
    if (positions.size > 1) throw new Error(`at ${[...positions].join()}`);
    if (new Set(said).size < said.length) throw new Error('something was said twice');
    for (const client of this.#clients) this.#checkHeard(client, !client.isOver);
    this.report.losses = nodes.reduce((sum, { losses }) => sum + losses.length, 0);
    this.report.logins = Client.accepted;
    this.report.established = Endpoint.established;
  }

  /** What a client has heard is one piece of all that was said, in its order; of one that is still there, the last. */
  #checkHeard({ heard, tag, node, isDeaf }: Client, isLast: boolean): void {
    if (heard.length === 0 || isDeaf) return;
    const { said } = this.#cluster;
    const from = said.indexOf(heard[0]!);
    const piece = said.slice(from, isLast ? undefined : from + heard.length);
    if (from < 0 || piece.join() !== heard.join())
      throw new Error(`${tag} at ${node.name} has heard\n${heard.join('\n')}\nand not\n${piece.join('\n')}`);
  }
}

class Client {
  static accepted = 0;
  readonly node: MemoryNode;
  readonly tag: string;
  readonly name: string;
  readonly stream: MemoryStream;
  /** What was said to everyone, as it came. */
  readonly heard: string[] = [];
  isAccepted = false;
  isDeaf = false;
  #said = 0;
  readonly #requesters: string[] = [];
  readonly #decoder = new Decoder('server');
  readonly #last = new Map<string, number>();
  readonly #ids: number[];
  #isGone = false;

  constructor(node: MemoryNode, tag: string, name: string, ids: number[]) {
    this.node = node;
    this.tag = tag;
    this.name = name;
    this.#ids = ids;
    this.stream = node.connect({}, (bytes) => this.#hear(bytes));
  }

  get isOver(): boolean {
    const { closed, aborted, ended } = this.stream;
    return this.#isGone || this.node.isDead || ended || closed !== null || aborted !== null;
  }

  next(): string {
    return `${this.tag} ${++this.#said}`;
  }

  answer(isYes: boolean): void {
    const requester = this.#requesters.shift();
    if (requester === undefined) return;
    this.stream.send((isYes ? okPrivate : koPrivate)(requester, this.name));
  }

  leave(isClean: boolean): void {
    if (isClean) this.stream.sendEnd();
    else {
      this.stream.lose();
      this.#isGone = true;
    }
  }

  #hear(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next())
      switch (frame.opcode) {
        case Opcode.LOGIN_ACCEPTED:
          this.isAccepted = true;
          Client.accepted++;
          break;
        case Opcode.MESSAGE:
          this.heard.push(Buffer.from(this.#decoder.raw).toString('hex'));
          this.#checkOrder(frame.msg);
          break;
        case Opcode.REQUEST_PRIVATE:
          this.#requesters.push(frame.login_requester);
          break;
        case Opcode.ID_PRIVATE:
          this.#ids.push(frame.connect_id);
          break;
        default:
      }
  }

  /** Each sender's words come in the order in which they were said, none missing and none twice. */
  #checkOrder(text: string): void {
    const [tag, number] = text.split(' ') as [string, string];
    if (tag === 'final') return;
    const last = this.#last.get(tag);
    if (last !== undefined && Number(number) !== last + 1)
      throw new Error(`${this.tag} has heard ${tag} ${number} behind ${tag} ${last}`);
    this.#last.set(tag, Number(number));
  }
}

/** Both ends of a private connection, by its connect_id: what one has written. */
class Endpoint {
  static established = 0;
  readonly #stream: MemoryStream;
  readonly #node: MemoryNode;
  #isEstablished = false;
  #hasEnded = false;

  constructor(node: MemoryNode, id: number) {
    this.#node = node;
    this.#stream = node.connect({ network: null }, (bytes) => this.#read(bytes));
    this.#stream.send(loginPrivate(id));
  }

  get isOver(): boolean {
    const { closed, aborted, ended } = this.#stream;
    return this.#node.isDead || closed !== null || aborted !== null || (ended && this.#hasEnded);
  }

  act(roll: Roll): void {
    if (this.#hasEnded || this.isOver) return;
    const kind = roll(12);
    if (kind < 6) this.#stream.send('aa');
    else if (kind === 6) {
      // The last byte, so that whoever is told of the end knows that it is one.
      this.#stream.send('ff');
      this.#stream.sendEnd();
      this.#hasEnded = true;
    } else if (kind === 7 && this.#isEstablished) {
      this.#stream.lose();
      this.#stream.abort();
    }
    this.#checkEnd();
  }

  #bytes = '';

  #read(bytes: Uint8Array): void {
    if (!this.#isEstablished) {
      if (bytes[0] !== Opcode.ESTABLISHED) throw new Error(`ESTABLISHED does not come first: ${bytes[0]}`);
      this.#isEstablished = true;
      Endpoint.established++;
    }
    this.#bytes = Buffer.from(bytes).toString('hex').slice(-2);
  }

  /** An end is clean only behind all that the other has written (D21). */
  #checkEnd(): void {
    if (this.#stream.ended && this.#bytes !== 'ff') throw new Error('a clean end where something is missing');
  }
}
