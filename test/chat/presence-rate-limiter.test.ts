import { beforeEach, describe, expect, it } from 'vitest';
import { PresenceRateLimiter } from '../../server/chat/limits/presence-rate-limiter.ts';
import { ManualClock, SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import type { MemoryStream } from '../support/memory-stream.ts';
import { ACCEPTED, login, loginPrivate, message, REFUSED } from '../support/raw-hex.ts';

const ELSEWHERE = { address: '192.0.2.9', network: '192.0.2.9' };

describe('whoever comes and goes (D28)', () => {
  let room: MemoryRoom;

  /** The room has 50 pages, each of which is told; a network may cause 50 messages a second, and a burst of 100. */
  beforeEach(() => {
    room = new MemoryRoom({ presenceRate: 50 });
    for (let i = 0; i < 50; i++) {
      const { stream } = room.connectPage();
      stream.send(login(`page${i}`));
    }
    room.turn();
    room.clock.advance(3600 * SECOND);
    room.told();
  });

  const come = (): MemoryStream => {
    const stream = room.connect(ELSEWHERE);
    stream.send(login('restless'));
    room.turn();
    return stream;
  };

  it('is charged for what pages are told: the next LOGIN of its network waits, and is answered', () => {
    for (let i = 0; i < 2; i++) {
      const stream = come();
      expect(stream.taken()).toBe(ACCEPTED);
      stream.lose();
      room.turn();
    }
    room.told();
    // The network has caused 200 messages so far.
    const third = come();
    expect([third.paused, third.taken(), room.told()]).toEqual([
      true,
      '',
      ['53 throttled: too much coming and going'],
    ]);
    third.send(message('restless', 'behind it'));
    room.clock.advance(SECOND);
    room.turn();
    expect(third.taken()).toBe('');
    room.clock.advance(2 * SECOND);
    room.turn();
    expect(third.taken()).toBe(ACCEPTED + message('restless', 'behind it'));
    expect([third.paused, room.chat.rateLimiter.throttled]).toEqual([false, 0]);
  });

  it('makes nobody else wait: others come in, and who comes for a private connection or is refused is answered', () => {
    for (let i = 0; i < 2; i++) {
      come().lose();
      room.turn();
    }
    expect(come().paused).toBe(true);
    room.join('other');
    const endpoint = room.connect(ELSEWHERE);
    endpoint.send(loginPrivate(7));
    expect(endpoint.closed?.reason).toMatch(/unknown/);
  });

  it('is not closed for what it waits, and has its whole time to be identified after that (D7)', () => {
    room.chat.presenceRateLimiter.charge(ELSEWHERE.network, 24_600);
    const waiting = room.connect(ELSEWHERE);
    waiting.send(login(''));
    room.clock.advance(489 * SECOND);
    room.turn();
    expect([waiting.closed, waiting.taken()]).toEqual([null, '']);
    room.clock.advance(2 * SECOND);
    room.turn();
    expect(waiting.taken()).toBe(REFUSED);
    room.clock.advance(118 * SECOND);
    waiting.send(login('patient'));
    room.turn();
    expect([waiting.closed, waiting.taken()]).toEqual([null, ACCEPTED]);
  });

  it('leaves nothing behind when it goes while it waits', () => {
    for (let i = 0; i < 2; i++) {
      come().lose();
      room.turn();
    }
    come().lose();
    expect(room.chat.rateLimiter.throttled).toBe(0);
  });

  it('shares the charge with those who came in the same turn, whose message was the same', () => {
    for (let i = 0; i < 20; i++) {
      const stream = room.connect({ address: `192.0.2.${100 + i}`, network: `192.0.2.${100 + i}` });
      stream.send(login(`crowd${i}`));
    }
    room.turn();
    room.clock.advance(300);
    // The crowd caused 50 messages, 2.5 of them for each network; their token buckets are full again by now.
    room.chat.presenceRateLimiter.charge('198.51.100.1', 1);
    expect(room.chat.presenceRateLimiter.size).toBe(1);
  });

  it('costs nothing where there is no page', () => {
    const empty = new MemoryRoom({ presenceRate: 1 });
    for (let i = 0; i < 100; i++) {
      empty.join(`client${i}`).lose();
      empty.turn();
    }
    expect(empty.chat.presenceRateLimiter.size).toBe(0);
  });
});

describe('what is remembered of networks', () => {
  it('is bounded, and forgotten when time has forgiven it', () => {
    const clock = new ManualClock();
    const limiter = new PresenceRateLimiter(clock, { presenceRate: 10 });
    for (let i = 0; i < 100_010; i++) limiter.charge(`network ${i}`, 1000);
    expect(limiter.size).toBe(100_000);
    clock.advance(100 * SECOND);
    limiter.charge('one more', 1);
    expect(limiter.size).toBe(1);
  });
});
