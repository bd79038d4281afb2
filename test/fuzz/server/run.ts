/** Sends random commands to a whole gateway over real connections, and checks what is received. */
import { dice, pick, type Roll } from '../../support/random.ts';
import { bytes, login, message } from '../../support/raw-hex.ts';
import { connectRaw } from '../../support/connect-raw.ts';
import { type Addressed, KINDS, type Way } from '../../support/raw-connection.ts';
import { Ledger } from './ledger.ts';
import { Member, type MemberEvents } from './member.ts';
import { PrivateConnections, type PrivateCounts } from './private.ts';
import { Talk } from './talk.ts';

export interface ServerReport extends PrivateCounts {
  readonly commands: number;
  readonly connections: number;
  readonly broadcasts: number;
}

/** Number of members at a time, besides the listeners. */
const MEMBERS = 30;
/** Number of steps between two checks that everything sent has arrived. */
const STEPS = 200;
/** Longest time, in ms, that such a check may take. */
const PATIENCE = 20_000;

/**
 * Sends so many commands; throws at the first that arrived and must not, or did not arrive and must.
 * @param ways transports of its clients
 */
export async function fuzzServer(
  gateway: Addressed,
  commands: number,
  seed: number,
  onProgress?: (commands: number) => void,
  ways: readonly Way[] = KINDS,
): Promise<ServerReport> {
  const run = new Run(gateway, dice(seed), ways);
  try {
    await run.start();
    while (run.commands < commands) {
      await run.round();
      onProgress?.(run.commands);
    }
    return await run.finish();
  } finally {
    run.dropEveryone();
  }
}

class Run implements MemberEvents {
  #connections = 0;
  #markers = 0;
  readonly #gateway: Addressed;
  readonly #roll: Roll;
  readonly #ways: readonly Way[];
  readonly #talk: Talk;
  readonly #ledger = new Ledger();
  readonly #private: PrivateConnections;
  /** Listeners, which send nothing themselves: everything public must reach them, and nothing else. */
  readonly #listeners: Member[] = [];
  readonly #names = new Map<Member, string>();
  /** Members gone since the last check, and between that and the one before. */
  #gone: Member[] = [];
  #longGone: Member[] = [];
  #failure: Error | null = null;
  #wake: () => void = () => {};

  constructor(gateway: Addressed, roll: Roll, ways: readonly Way[]) {
    this.#gateway = gateway;
    this.#roll = roll;
    this.#ways = ways;
    this.#talk = new Talk(roll);
    this.#private = new PrivateConnections(
      gateway,
      roll,
      ways,
      () => this.#address(),
      (what) => this.onWrong(what),
    );
  }

  get commands(): number {
    return this.#ledger.commands;
  }

  async start(): Promise<void> {
    for (const way of this.#ways) {
      const member = new Member(await connectRaw(this.#gateway, way), this.#ledger, this);
      member.send([bytes(login(`listener ${way}`))]);
      this.#listeners.push(member);
    }
    await this.#until(
      () => this.#listeners.every(({ login }) => login !== null),
      'the listeners to be let in',
    );
    while (this.#names.size < MEMBERS) await this.#admit();
  }

  async round(): Promise<void> {
    const silent = this.#listeners.map((listener) => listener.login!);
    for (let step = 0; step < STEPS; step++) {
      if (this.#names.size < MEMBERS) await this.#admit();
      const members = [...this.#names.keys()];
      const member = pick(this.#roll, members);
      const next = this.#talk.next(member, this.#names.get(member)!, [...this.#names.values()], silent);
      if (next === 'end' || next === 'reset') member[next]();
      else member.send(next);
      if (member.isDone) this.#names.delete(member);
      if (this.#roll(20) === 0) await new Promise(setImmediate);
    }
    await this.#look();
  }

  async finish(): Promise<ServerReport> {
    await this.#look();
    for (const member of this.#names.keys()) member.end();
    this.#names.clear();
    await this.#private.finished();
    await this.#look();
    const heard = this.#ledger.heard;
    for (const listener of this.#listeners) listener.end();
    await this.#until(
      () => this.#listeners.every(({ isOver, endpoint }) => isOver || endpoint.inbox.ended),
      'the end',
    );
    const { commands } = this;
    return { commands, connections: this.#connections, broadcasts: heard, ...this.#private.counts };
  }

  dropEveryone(): void {
    for (const member of [...this.#listeners, ...this.#names.keys()]) member.endpoint.reset();
  }

  onIdPrivate(_member: Member, { connect_id }: { readonly connect_id: number }): void {
    this.#private.told(connect_id);
  }

  onBroadcast(member: Member, from: string, command: string): void {
    const number = member.broadcasts++;
    if (!this.#listeners.includes(member)) return;
    const wrong = this.#ledger.hear(number, from, command);
    if (wrong !== null) this.onWrong(`${member.login}, broadcast ${number}: ${wrong}`);
    this.#wake();
  }

  onOver(member: Member): void {
    if (this.#listeners.includes(member)) {
      if (!member.isReset && !member.endpoint.inbox.ended)
        this.onWrong('the connection of one who only listens was closed');
    } else {
      if (this.#names.delete(member) && !member.hasHalf)
        this.onWrong(`the connection of ${member.login} was closed for nothing`);
      this.#gone.push(member);
    }
    this.#wake();
  }

  onWrong(what: string): void {
    this.#failure ??= new Error(what);
    this.#wake();
  }

  async #admit(): Promise<void> {
    const member = new Member(
      await connectRaw(this.#gateway, pick(this.#roll, this.#ways), this.#address()),
      this.#ledger,
      this,
    );
    const name = this.#talk.newName();
    this.#connections++;
    this.#names.set(member, name);
    // A member sometimes sends a message before its LOGIN (D10).
    if (this.#roll(5) === 0) member.send([bytes(message(name, 'too early'))]);
    member.send([this.#talk.greeting(name)]);
  }

  /**
   * Checks that all that was sent up to now, and must arrive, does; a member that is gone included, unless it was reset.
   */
  async #look(): Promise<void> {
    const gone = this.#gone;
    this.#gone = [];
    const [first] = this.#listeners;
    first!.send([bytes(message(first!.login!, `marker ${++this.#markers}`))]);
    const everyone = [...this.#names.keys(), ...gone.filter(({ isReset }) => !isReset), first!];
    await this.#until(
      () =>
        everyone.every(({ speaker, login: name, isReset }) => isReset || speaker.unheard(name) === 0) &&
        this.#listeners.every(({ broadcasts }) => broadcasts === this.#ledger.heard),
      () => {
        const silent = everyone.filter(({ speaker, login: name }) => speaker.unheard(name) > 0);
        return `what ${silent.map((member) => `${member.login} (${member.endpoint.kind})`).join(', ')} said`;
      },
    );
    // The gateway may still hold what a member had sent that broke its connection, and deliver it behind the marker.
    for (const { speaker } of this.#longGone) this.#ledger.forget(speaker);
    this.#longGone = gone;
    this.#ledger.trim(this.#ledger.heard);
  }

  async #until(met: () => boolean, what: string | (() => string)): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (this.#failure === null && !met()) {
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`waited ${PATIENCE / 1000} s for ${typeof what === 'string' ? what : what()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 50));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (this.#failure) throw this.#failure;
  }

  /** Addresses of this machine in turn, as for the many users of a network: none does enough to be limited. */
  #address(): string {
    const roll = this.#roll;
    return `127.${1 + roll(200)}.${roll(250)}.${1 + roll(250)}`;
  }
}
