import { describe, expect, it } from 'vitest';
import { Chat } from '../../server/chat/chat.ts';
import type { Source } from '../../server/chat/environment/observer.ts';
import { ManualClock, ManualTurns, MINUTE, SECOND } from '../support/manual-time.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import { login, message, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import { dice, seedOr } from '../support/random.ts';
import { leave } from '../support/raw-room.ts';
import { ESTABLISHED, loginPrivate } from '../support/relay-hex.ts';
import { KINDS, type Kind } from '../support/raw-connection.ts';
import { expectRefused, held, untilHeld, useRelayRoom } from '../support/relay-room.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const GUESSES = 100_000;
const LIVE = 100;

const NO_ONE = {
  opened() {},
  identified() {},
  refused() {},
  ignored() {},
  throttled() {},
  ended() {},
  endpointOpened() {},
  established() {},
  detached() {},
  resumed() {},
  resumeFailed() {},
  resumeMemoryFull() {},
  wrongLongSize() {},
  endpointEnded() {},
};

/** Draws the same guesses in every run; CHATON_SEED draws others. */
const roll = dice(seedOr(11));
const anyId = (): number => roll(2 ** 32) - 2 ** 31;

/** Room in memory, with this many connect_ids given out. */
class Vault {
  readonly clock = new ManualClock();
  readonly turns = new ManualTurns();
  readonly ids = new Set<number>();
  readonly owners: MemoryStream[];
  readonly chat = new Chat({
    limits: { ...DEFAULT_LIMITS, maxIds: 1000 },
    observer: NO_ONE,
    clock: this.clock,
    instance: 'test',
    randomId: () => {
      const id = anyId();
      this.ids.add(id);
      return id;
    },
    atEndOfTurn: this.turns.atEndOfTurn,
  });

  constructor(count: number) {
    this.owners = ['alice', 'bob'].map((name) => {
      const owner = this.connect('192.0.2.1');
      owner.send(login(name));
      return owner;
    });
    for (let i = 0; i < count; i++) {
      this.owners[0]?.send(requestPrivate('alice', 'bob'));
      this.owners[1]?.send(okPrivate('alice', 'bob'));
    }
    this.settle();
  }

  connect(network: string): MemoryStream {
    const origin: Source = { transport: 'tcp', address: network, network, longSize: 4 };
    const stream = new MemoryStream();
    this.chat.accept(stream, origin);
    return stream;
  }

  /** Opens a connection that presents this id. */
  present(id: number, network: string): MemoryStream {
    const stream = this.connect(network);
    stream.send(loginPrivate(id, 4));
    return stream;
  }

  /** Ends the turn, and takes what the owners have got. */
  settle(): string[] {
    this.turns.end();
    return this.owners.map((owner) => owner.taken());
  }
}

describe(`${GUESSES} guesses`, () => {
  it(`D17, D18: against ${LIVE} live ids: no hit, the address blocked, and nobody else notices`, () => {
    const vault = new Vault(LIVE);
    expect(vault.ids.size).toBe(LIVE);
    expect(vault.chat.negotiation.liveIds).toBe(LIVE);
    const live = [...vault.ids];
    const waiting = live.slice(0, 10).map((id) => vault.present(id, '192.0.2.1'));

    const reasons = new Map<string, number>();
    for (let i = 0; i < GUESSES; i++) {
      // Every hundredth guess is right, but by the first of them the misses have been enough.
      const guess = i % 100 === 99 ? (live[i % LIVE] ?? 0) : anyId();
      const guesser = vault.present(guess, '198.51.100.7');
      expect(guesser.closed?.kind).toBe('not-allowed');
      const reason = guesser.closed?.reason ?? '';
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      guesser.lose();
    }
    expect([...reasons.values()]).toEqual([10, GUESSES - 10]);
    expect(vault.chat.negotiation.liveIds).toBe(LIVE);
    expect(vault.chat.endpoints.size).toBe(waiting.length);
    expect(vault.chat.connections.size).toBe(2);
    expect(vault.settle()).toEqual(['', '']);

    // All ids are still valid for their owners.
    live.forEach((id, i) => {
      const first = waiting[i] ?? vault.present(id, '192.0.2.1');
      const second = vault.present(id, '192.0.2.2');
      expect([first.taken(), second.taken()]).toEqual([ESTABLISHED, ESTABLISHED]);
    });
    expect(vault.chat.negotiation.liveIds).toBe(0);
  });

  it('D18: the address is let in again after 10 minutes, with an id that is good', () => {
    const vault = new Vault(0);
    for (let i = 0; i < 10; i++) vault.present(anyId(), '198.51.100.7');
    vault.clock.advance(10 * MINUTE - SECOND);
    vault.owners[0]?.send(requestPrivate('alice', 'bob'));
    vault.owners[1]?.send(okPrivate('alice', 'bob'));
    const [id = 0] = vault.ids;
    expect(vault.present(id, '198.51.100.7').closed).not.toBeNull();
    vault.clock.advance(SECOND);
    const endpoints = [vault.present(id, '198.51.100.7'), vault.present(id, '198.51.100.7')];
    expect(endpoints.map((endpoint) => endpoint.taken())).toEqual([ESTABLISHED, ESTABLISHED]);
  });
});

describe('guesses over the wire, from one address', () => {
  const running = useRelayRoom();
  const GUESSER = '127.0.0.66';

  it.each(KINDS)(
    'D18: 10 misses by any listener, and %s from there is refused, whatever its id',
    async (kind) => {
      const { room, gateway } = running;
      const alice = await room.join('alice', 'tcp');
      const bob = await room.join('bob', 'websocket');
      const relay = await room.establish(alice, bob);
      const id = await room.negotiate(alice, bob);
      const before = held(gateway);
      // A right id among the misses is no miss, and resets none.
      const owned = await room.present(id, kind, GUESSER);
      for (let i = 0; i < 10; i++) await expectRefused(await room.present(id ^ (i + 1), anyOf(i), GUESSER));
      const other = await room.present(id, 'tcp');
      for (const endpoint of [owned, other]) await endpoint.inbox.expect(ESTABLISHED);

      const good = await room.negotiate(alice, bob);
      for (const each of KINDS) await expectRefused(await room.present(good, each, GUESSER));
      for (let i = 0; i < 200; i++) await expectRefused(await room.present(good + i, anyOf(i), GUESSER));
      await untilHeld(gateway, { ...before, endpoints: 4 });

      // The others are not affected: neither sides that wait, nor relays, nor the chat, nor new connections.
      const endpoints = [await room.present(good, kind), await room.present(good, 'tcp')];
      for (const endpoint of endpoints) await endpoint.inbox.expect(ESTABLISHED);
      await relay[0].write('ab');
      await relay[1].inbox.expect('ab');
      await owned.write('cd');
      await other.inbox.expect('cd');
      alice.peer.send(message('alice', 'still here'));
      for (const { peer } of [alice, bob]) await peer.expect(message('alice', 'still here'));
      // The guesser may still chat.
      const guesser = await room.connect(kind, GUESSER);
      await guesser.write(login('guesser'));
      await guesser.inbox.expect('01');
      await leave(alice.peer, bob.peer);
    },
  );

  const anyOf = (i: number): Kind => KINDS[i % KINDS.length] ?? 'tcp';
});
