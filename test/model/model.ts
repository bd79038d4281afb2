/**
 * Model of §1–§4, as small as possible, as shared/PROTOCOL.md has them: what each connection must have been sent, who is
 * connected, and why the others are not. It knows nothing of transports, batches or decoders.
 */
import { ACCEPTED, REFUSED } from '../support/raw-hex.ts';
import { ESTABLISHED, idPrivate } from '../support/relay-hex.ts';
import { Connection, isValidLogin, keyOf } from './connection.ts';
import { Guesses, LIMITS, Requests } from './memory.ts';
import { read, type Reading } from './wire.ts';

type Command = Extract<Reading, { kind: 'command' }>;

export class Model {
  readonly connections: Connection[] = [];
  readonly #randomId: () => number;
  #now = 0;
  readonly #requests = new Requests();
  readonly #ids = new Map<number, { first: Connection | null; readonly lapses: number }>();
  readonly #guesses = new Guesses();

  constructor(randomId: () => number) {
    this.#randomId = randomId;
  }

  connect(longBytes: 4 | 8, network: string): Connection {
    const connection = new Connection(longBytes, network);
    this.connections.push(connection);
    return connection;
  }

  get members(): Connection[] {
    return this.connections.filter(({ phase }) => phase === 'member');
  }

  get endpoints(): Connection[] {
    return this.connections.filter(({ phase }) => phase === 'waiting' || phase === 'relay');
  }

  /** connect_ids that were given out and are still valid. */
  get ids(): number[] {
    return [...this.#ids.keys()];
  }

  /** Requesters of this client who may still be answered. */
  requestersOf(target: Connection): Connection[] {
    return this.#requests.to(target, this.#now);
  }

  /** Delivers bytes from a client. */
  deliver(from: Connection, bytes: Buffer): void {
    if (from.phase === 'over' || from.inEnded) return;
    if (from.paused) from.later.push(bytes);
    else if (from.phase === 'waiting' || from.phase === 'relay') this.#pass(from, bytes);
    else this.#readCommands(from, bytes);
  }

  /** Ends a client's writing (D9, D21). */
  end(from: Connection): void {
    if (from.phase === 'over' || from.inEnded) return;
    if (from.paused) return void from.later.push(null);
    from.inEnded = true;
    if (from.other) from.other.outEnded = true;
    if (from.phase !== 'stranger' && from.phase !== 'member') return;
    from.settle();
    from.outEnded = true;
    this.#leave(from, 'left');
  }

  /** Breaks a connection (D21). */
  reset(from: Connection): void {
    if (from.phase === 'over') return;
    const { phase, other } = from;
    this.#leave(from, 'connection lost');
    if (phase === 'waiting') this.#forgetEndpoint(from);
    if (!other || other.phase === 'over') return;
    other.aborted = true;
    this.#leave(other, 'other leg lost');
  }

  /** Lets this side of a private connection take nothing from now on. */
  stall(endpoint: Connection): void {
    endpoint.stalled = true;
  }

  /** Lets it take everything again (D20). */
  drain(endpoint: Connection): void {
    endpoint.stalled = false;
    if (endpoint.other) this.#resume(endpoint.other);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [id, { first, lapses }] of this.#ids) {
      if (lapses > this.#now) continue;
      this.#ids.delete(id);
      if (first) this.#close(first, 'not-allowed', 'connect_id lapsed');
    }
  }

  /** Sends what was queued in this turn, and ends connections that have ended both ways. */
  endTurn(): void {
    for (const connection of this.connections) {
      connection.settle();
      if (connection.phase === 'relay' && connection.inEnded && connection.outEnded && !connection.stalled)
        this.#leave(connection, 'relay finished');
    }
  }

  #readCommands(from: Connection, bytes: Buffer): void {
    from.input = Buffer.concat([from.input, bytes]);
    while (from.phase === 'stranger' || from.phase === 'member') {
      const reading = read(from.input, from.longBytes);
      if (reading.kind === 'more') return;
      if (reading.kind === 'unreadable') return this.#close(from, 'unreadable', reading.reason);
      from.input = from.input.subarray(reading.size);
      this.#carryOut(from, reading);
    }
    // The rest is meant for the other side (D19).
    if (this.endpoints.includes(from) && from.input.length > 0) this.#pass(from, from.input);
  }

  #carryOut(from: Connection, command: Command): void {
    const { opcode, strings } = command;
    const [first = '', second = ''] = strings;
    if (opcode === 0) return this.#login(from, first);
    if (opcode === 9) return this.#present(from, command.id);
    const own = opcode === 6 || opcode === 7 ? second : first;
    if (from.phase !== 'member' || own !== from.login) return this.#ignore(from);
    if (opcode === 3) return this.members.forEach((member) => member.say(command.raw));
    const peer = this.#find(opcode === 6 || opcode === 7 ? first : second);
    if (!peer || peer === from) return this.#ignore(from);
    if (opcode === 4) peer.say(command.raw);
    else if (opcode === 5) this.#request(from, peer, command.raw);
    else this.#answer(peer, from, opcode === 6, command.raw);
  }

  #login(from: Connection, login: string): void {
    if (from.phase === 'stranger' && isValidLogin(login) && !this.#find(login)) {
      from.phase = 'member';
      from.login = login;
      from.say(ACCEPTED);
      return;
    }
    from.say(REFUSED);
    if (++from.refusals >= LIMITS.maxRefusals) this.#close(from, 'not-allowed', 'too many refused logins');
  }

  #request(from: Connection, to: Connection, raw: string): void {
    if (this.#requests.open(from, to, this.#now)) to.say(raw);
    else this.#ignore(from);
  }

  #answer(requester: Connection, target: Connection, isOk: boolean, raw: string): void {
    if (!this.#requests.use(requester, target, this.#now)) return this.#ignore(target);
    if (!isOk) return requester.say(raw);
    let id = this.#randomId();
    while (this.#ids.has(id)) id = this.#randomId();
    this.#ids.set(id, { first: null, lapses: this.#now + LIMITS.idLifetime });
    for (const one of [requester, target])
      one.say(idPrivate(requester.login ?? '', target.login ?? '', id, one.longBytes));
  }

  #present(from: Connection, id: number | null): void {
    if (from.phase === 'member')
      return this.#close(from, 'not-allowed', 'LOGIN_PRIVATE after identification');
    if (this.#guesses.isRefused(from.network, this.#now))
      return this.#close(from, 'not-allowed', 'too many wrong connect_ids');
    const grant = id === null ? undefined : this.#ids.get(id);
    if (id === null || !grant) {
      this.#guesses.miss(from.network, this.#now);
      return this.#close(from, 'not-allowed', 'unknown connect_id');
    }
    from.settle();
    from.login = null;
    from.phase = 'waiting';
    if (!grant.first) return void (grant.first = from);
    this.#ids.delete(id);
    this.#establish(grant.first, from);
  }

  #establish(first: Connection, second: Connection): void {
    for (const [endpoint, other] of [
      [first, second],
      [second, first],
    ] as const) {
      endpoint.phase = 'relay';
      endpoint.other = other;
      endpoint.sent += ESTABLISHED;
    }
    const { held } = first;
    first.held = Buffer.alloc(0);
    first.paused = false;
    if (held.length > 0) this.#pass(first, held);
    if (first.inEnded) second.outEnded = true;
    if (!second.stalled) this.#resume(first);
  }

  /**
   * Holds bytes until the other side comes (D19); then passes them on, and stops reading when the other side takes no
   * more (D20).
   */
  #pass(from: Connection, bytes: Buffer): void {
    if (from.other) {
      from.other.sent += bytes.toString('hex');
      if (from.other.stalled) from.paused = true;
      return;
    }
    from.held = Buffer.concat([from.held, bytes]);
    if (from.held.length >= LIMITS.maxHeldBytes) from.paused = true;
  }

  #resume(endpoint: Connection): void {
    endpoint.paused = false;
    for (let next = endpoint.next(); next !== undefined; next = endpoint.next())
      if (next) this.deliver(endpoint, next);
      else this.end(endpoint);
  }

  #find(login: string): Connection | undefined {
    return this.members.find((member) => keyOf(member.login ?? '') === keyOf(login));
  }

  #ignore(from: Connection): void {
    if (++from.ignored > LIMITS.maxIgnored) this.#close(from, 'not-allowed', 'too many ignored commands');
  }

  #close(from: Connection, kind: string, reason: string): void {
    from.settle();
    from.closed = kind;
    this.#leave(from, reason);
  }

  #leave(from: Connection, reason: string): void {
    from.phase = 'over';
    from.reason = reason;
    this.#requests.forget(from);
  }

  #forgetEndpoint(endpoint: Connection): void {
    for (const [id, { first }] of this.#ids) if (first === endpoint) this.#ids.delete(id);
  }
}
