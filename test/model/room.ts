/** Runs the gateway's rules and the model side by side: the same happens to both, and they are compared. */
import { expect } from 'vitest';
import { Chat } from '../../server/chat/chat.ts';
import type { Observer, Client } from '../../server/chat/environment/observer.ts';
import { ManualClock, ManualTurns } from '../support/manual-time.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import { koPrivate, login, message, okPrivate, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { loginPrivate } from '../support/relay-hex.ts';
import { CLIENTS, NAMES, SLOTS, type Action, type Saying, type Who } from './actions.ts';
import type { Connection } from './connection.ts';
import { LIMITS } from './memory.ts';
import { Model } from './model.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

/** Connection: the stream that the gateway has, and the model's record of it. */
interface Pair {
  readonly stream: MemoryStream;
  readonly model: Connection;
  /** Bytes that it would send next but has not sent. */
  tail: Buffer;
  received: string;
  /** Reasons for its end, as the gateway tells its observer. */
  readonly ended: string[];
}

/** Draws every number twice in a row, so that the gateway has to draw again; the same for every run. */
function idSource(): () => number {
  let count = 0;
  return () => Math.imul((count++ >> 1) + 1, 0x9e3779b1) | 0;
}

export class TwinRoom {
  /** Number of commands sent so far. */
  commands = 0;
  /** Counts of everything that happened, to show that it does happen. */
  readonly #counts: Map<string, number>;
  readonly #clock = new ManualClock();
  readonly #turns = new ManualTurns();
  readonly #model = new Model(idSource());
  readonly #slots: Array<Pair | undefined> = Array.from({ length: SLOTS });
  readonly #byId = new Map<number, Pair>();
  #arriving: Pair | null = null;
  readonly #chat = new Chat({
    instance: 'twin',
    limits: { ...DEFAULT_LIMITS, ...LIMITS },
    observer: this.#observer(),
    clock: this.#clock,
    randomId: idSource(),
    atEndOfTurn: this.#turns.atEndOfTurn,
  });

  constructor(counts: Map<string, number>) {
    this.#counts = counts;
  }

  /** Runs one turn: all actions happen, then what is queued is sent, then everything is compared. */
  turn(actions: readonly Action[]): void {
    for (const action of actions) this.#act(action);
    this.#turns.end();
    this.#model.endTurn();
    this.#compare();
  }

  /** Disconnects everyone and lets time pass: nothing may be left. */
  close(): void {
    const everyone = this.#slots.map((_, slot) => slot);
    this.turn(everyone.map((slot) => ({ act: 'drain', slot })));
    this.turn(everyone.map((slot) => ({ act: slot % 2 ? 'end' : 'reset', slot })));
    this.turn([{ act: 'step', ms: LIMITS.idLifetime }]);
    this.turn(everyone.map((slot) => ({ act: 'reset', slot })));
    const { connections, clients, endpoints, negotiation } = this.#chat;
    expect([
      connections.size,
      clients,
      endpoints.size,
      endpoints.waiting,
      negotiation.liveIds,
      negotiation.pendingRequests,
    ]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(this.#clock.pending, 'timers').toBe(0);
  }

  #act(action: Action): void {
    if (action.act === 'step') {
      this.#clock.advance(action.ms);
      this.#model.advance(action.ms);
      return;
    }
    const pair = this.#slots[action.slot];
    if (action.act === 'connect') {
      if (!pair) this.#connect(action);
    } else if (pair) this.#actOn(pair, action);
  }

  #connect({ slot, wide, network: number, first }: Extract<Action, { act: 'connect' }>): void {
    // A connection presents an id only while the model has one.
    const isEmpty = this.#model.ids.length === 0;
    if (isEmpty && first.some((saying) => saying.say === 'enter' && !saying.guess)) return;
    const longSize = wide ? 8 : 4;
    const network = `192.0.2.${number}`;
    const stream = new MemoryStream();
    const model = this.#model.connect(longSize, network);
    const pair: Pair = { stream, model, tail: Buffer.alloc(0), received: '', ended: [] };
    this.#slots[slot] = pair;
    this.#arriving = pair;
    this.#chat.accept(stream, { transport: 'tcp', address: network, network, longSize });
    this.#send(pair, { act: 'send', slot, sayings: first, cuts: [], keep: 0, damage: null });
  }

  #actOn(pair: Pair, action: Exclude<Action, { act: 'step' | 'connect' }>): void {
    const { stream, model } = pair;
    const isEndpoint = this.#model.endpoints.includes(model);
    if (action.act === 'send') this.#send(pair, action);
    else if (action.act === 'end' && !pair.model.inEnded && !model.later.includes(null)) {
      stream.sendEnd();
      this.#model.end(model);
    } else if (action.act === 'reset') {
      stream.lose();
      this.#model.reset(model);
    } else if (action.act === 'stall' && isEndpoint) {
      stream.stall();
      this.#model.stall(model);
    } else if (action.act === 'drain' && isEndpoint && model.stalled) {
      stream.drain();
      this.#model.drain(model);
    }
  }

  #send(pair: Pair, { sayings, cuts, keep, damage }: Extract<Action, { act: 'send' }>): void {
    if (pair.model.inEnded || pair.model.later.includes(null)) return;
    const commands = sayings.map((saying) => this.#hex(pair, saying)).filter((hex) => hex !== '');
    if (commands.length === 0) return;
    const said = Buffer.from(commands.join(''), 'hex');
    if (damage) said.writeUInt8((said[damage.at % said.length] ?? 0) ^ damage.xor, damage.at % said.length);
    this.commands += commands.length;
    const all = Buffer.concat([pair.tail, said]);
    const now = all.subarray(0, Math.max(0, all.length - keep));
    pair.tail = Buffer.from(all.subarray(now.length));
    const edges = [0, ...cuts.map((cut) => cut % (now.length + 1)), now.length].sort((a, b) => a - b);
    edges.slice(1).forEach((to, i) => {
      const piece = now.subarray(edges[i], to);
      if (piece.length === 0) return;
      pair.stream.send(Uint8Array.from(piece));
      this.#model.deliver(pair.model, Buffer.from(piece));
    });
  }

  #hex(pair: Pair, saying: Saying): string {
    const name = (who: Who): string => this.#name(pair, who);
    switch (saying.say) {
      case 'login':
        return login(name(saying.who));
      case 'message':
        return message(name(saying.who), saying.text);
      case 'private':
        return privateMessage(name(saying.who), name(saying.to), saying.text);
      case 'request':
        return requestPrivate(name(saying.who), name(saying.to));
      case 'answer': {
        const asking = this.#model.requestersOf(pair.model);
        if (asking.length === 0 && !saying.stray) return '';
        const requester = asking[saying.pick % asking.length]?.login ?? name(saying.about);
        return (saying.ok ? okPrivate : koPrivate)(requester, name(saying.who));
      }
      case 'enter': {
        const { ids } = this.#model;
        const id =
          (saying.guess ? undefined : ids[ids.length - 1 - (saying.pick % ids.length)]) ?? saying.pick;
        const size = pair.model.longBytes;
        // The sum wraps, since the lowest high half and a negative id have none that a LONG can hold.
        const wide = BigInt.asIntN(64, (BigInt(saying.high) << 32n) + BigInt(id));
        return loginPrivate(size === 8 ? wide : id, size);
      }
      case 'bytes':
        return Buffer.from(saying.bytes).toString('hex');
    }
  }

  #name(pair: Pair, who: Who): string {
    if (who.is === 'named') return NAMES[who.index] ?? '';
    if (who.is === 'own') return pair.model.login ?? NAMES[this.#slots.indexOf(pair) % CLIENTS] ?? '';
    const others = this.#model.members.filter((member) => member !== pair.model);
    return others[who.pick % others.length]?.login ?? NAMES[who.pick] ?? '';
  }

  #compare(): void {
    this.#slots.forEach((pair, slot) => {
      if (!pair) return;
      const { stream, model, ended } = pair;
      pair.received += stream.taken();
      const gateway = {
        received: pair.received,
        ended: stream.ended,
        closed: stream.closed?.kind ?? null,
        aborted: stream.aborted !== null,
        paused: stream.paused && model.reason === null,
      };
      const { sent, outEnded, closed, aborted, paused } = model;
      const isOver = model.reason !== null;
      expect(gateway, `slot ${slot}`).toEqual({
        received: sent,
        ended: outEnded,
        closed,
        aborted,
        paused: paused && !isOver,
      });
      if (isOver) this.#release(pair, slot);
      expect(ended, `why slot ${slot} ended`).toEqual(isOver ? [model.reason] : []);
    });
    const { connections, clients, endpoints, negotiation } = this.#chat;
    const ids = negotiation.liveIds;
    expect({ connections: connections.size, clients, endpoints: endpoints.size, ids }).toEqual({
      connections: this.#model.connections.filter(({ phase }) => phase === 'stranger' || phase === 'member')
        .length,
      clients: this.#model.members.length,
      endpoints: this.#model.endpoints.length,
      ids: this.#model.ids.length,
    });
  }

  /** Closes what the gateway has ended, and what has ended both ways. */
  #release({ stream, model }: Pair, slot: number): void {
    stream.lose({ clean: model.inEnded && model.outEnded && model.closed === null && !model.aborted });
    this.#slots[slot] = undefined;
    this.#model.connections.splice(this.#model.connections.indexOf(model), 1);
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  #observer(): Observer {
    const end = ({ id }: Client, reason: string): void => {
      this.#byId.get(id)?.ended.push(reason);
      this.#count(reason);
    };
    return {
      opened: ({ id }) => void (this.#arriving && this.#byId.set(id, this.#arriving)),
      identified: () => this.#count('identified'),
      refused() {},
      ignored: (_subject, _opcode, reason) => this.#count(reason),
      throttled() {},
      ended: end,
      endpointOpened() {},
      established: () => this.#count('established'),
      detached() {},
      resumed() {},
      resumeFailed() {},
      resumeMemoryFull() {},
      wrongLongSize() {},
      endpointEnded: end,
    };
  }
}
