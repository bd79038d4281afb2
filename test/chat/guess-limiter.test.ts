import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectIdGuessLimiter } from '../../server/chat/limits/guess-limiter.ts';
import { ManualClock, MINUTE, SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import { loginPrivate, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const HERE = '192.0.2.1';

let clock: ManualClock;
let limiter: ConnectIdGuessLimiter;

beforeEach(() => {
  clock = new ManualClock();
  limiter = new ConnectIdGuessLimiter(clock, DEFAULT_LIMITS);
});

function miss(times: number, network = HERE): void {
  for (let i = 0; i < times; i++) limiter.countGuess(network);
}

describe('wrong connect_ids (D18)', () => {
  it('D18: 9 are borne, with the 10th the network is refused for 10 minutes', () => {
    miss(9);
    expect(limiter.isBlocked(HERE)).toBe(false);
    miss(1);
    expect(limiter.isBlocked(HERE)).toBe(true);
    clock.advance(10 * MINUTE - 1);
    expect(limiter.isBlocked(HERE)).toBe(true);
    clock.advance(1);
    expect(limiter.isBlocked(HERE)).toBe(false);
  });

  it('D18: the 10 minutes of refusal begin with the 10th, not with the first', () => {
    miss(9);
    clock.advance(9 * MINUTE);
    miss(1);
    clock.advance(10 * MINUTE - 1);
    expect(limiter.isBlocked(HERE)).toBe(true);
  });

  it('D18: after the refusal 10 new ones are needed', () => {
    miss(10);
    clock.advance(10 * MINUTE);
    miss(9);
    expect(limiter.isBlocked(HERE)).toBe(false);
    miss(1);
    expect(limiter.isBlocked(HERE)).toBe(true);
  });

  it('D18: those older than 10 minutes do not count', () => {
    miss(9);
    clock.advance(10 * MINUTE);
    miss(9);
    expect(limiter.isBlocked(HERE)).toBe(false);
  });

  it('D18: any 10 minutes count, wherever they begin', () => {
    miss(1);
    clock.advance(10 * MINUTE - SECOND);
    miss(8);
    clock.advance(SECOND);
    miss(1);
    expect(limiter.isBlocked(HERE)).toBe(false);
    miss(1);
    expect(limiter.isBlocked(HERE)).toBe(true);
  });

  it('D18: one that guesses slowly enough is never refused', () => {
    for (let i = 0; i < 100; i++) {
      miss(1);
      expect(limiter.isBlocked(HERE)).toBe(false);
      clock.advance(Math.ceil((10 * MINUTE) / 9));
    }
  });

  it('D18: however many networks guess, 100,000 are remembered, those above all that guessed last', () => {
    const networkOf = (i: number): string =>
      `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::/64`;
    miss(10, 'first');
    miss(9, 'again');
    for (let i = 0; i < 60_000; i++) limiter.countGuess(networkOf(i));
    miss(1, 'again');
    for (let i = 60_000; i < 120_000; i++) limiter.countGuess(networkOf(i));
    expect(limiter.size).toBe(100_000);
    expect(['first', 'again'].map((network) => limiter.isBlocked(network))).toEqual([false, true]);
    clock.advance(10 * MINUTE);
    limiter.countGuess('new');
    expect(limiter.size).toBe(1);
  });

  it('D18: each network counts by itself', () => {
    miss(10, '2001:db8:0:1::/64');
    miss(9, '2001:db8:0:2::/64');
    expect(limiter.isBlocked('2001:db8:0:1::/64')).toBe(true);
    expect(limiter.isBlocked('2001:db8:0:2::/64')).toBe(false);
    expect(limiter.isBlocked(HERE)).toBe(false);
  });
});

describe('a room that is guessed at (D18)', () => {
  const there = { address: '198.51.100.7', network: '198.51.100.7' };

  it('D18: refuses even a good connect_id from that network, and keeps it for who comes from another', () => {
    const room = new MemoryRoom();
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    room.ids.push(7);
    alice.send(requestPrivate('alice', 'bob'));
    bob.send(okPrivate('alice', 'bob'));
    for (let i = 0; i < 10; i++) room.connect(there).send(loginPrivate(1000 + i));
    room.told();
    const refused = room.connect(there);
    refused.send(loginPrivate(7));
    expect(refused.closed?.kind).toBe('not-allowed');
    expect(room.told()).toEqual(['13 closed: too many wrong connect_ids']);
    const [first, second] = [room.connect(), room.connect()];
    first.send(loginPrivate(7));
    second.send(loginPrivate(7));
    expect([first.taken(), second.taken()]).toEqual(['0a', '0a']);
  });

  it('D18: a network that is refused may still chat', () => {
    const room = new MemoryRoom();
    for (let i = 0; i < 10; i++) room.connect(there).send(loginPrivate(i));
    room.join('alice', there);
    expect(room.chat.clients).toBe(1);
  });
});
