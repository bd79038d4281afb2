import { beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import {
  ACCEPTED,
  login,
  loginPrivate,
  message,
  okPrivate,
  REFUSED,
  requestPrivate,
} from '../support/raw-hex.ts';

let room: MemoryRoom;
beforeEach(() => {
  room = new MemoryRoom();
  // The clock starts anywhere in a second.
  room.clock.advance(300);
});

describe('a connection that is not identified', () => {
  it('§1, D7: is closed after 2 min, and not before, whatever it says that is no LOGIN', () => {
    const stream = room.connect();
    for (let said = 0; said < 60; said++) {
      expect(stream.closed).toBeNull();
      stream.send(message('nobody', 'hello?'));
      room.clock.advance(2 * SECOND);
    }
    expect(stream.closed).toBeNull();
    room.clock.advance(SECOND);
    expect(stream.closed).toEqual({ kind: 'not-allowed', reason: 'not identified in time' });
    expect(room.told().at(-1)).toBe('1 closed: not identified in time');
  });

  it('D7: has 2 min anew at each LOGIN_REFUSED, since a person has to think of another', () => {
    const stream = room.connect();
    for (let refusal = 0; refusal < 9; refusal++) {
      room.clock.advance(120 * SECOND);
      stream.send(login(''));
      room.turn();
      expect([stream.closed, stream.taken()]).toEqual([null, REFUSED]);
    }
    room.clock.advance(120 * SECOND);
    expect(stream.closed).toBeNull();
    room.clock.advance(SECOND);
    expect(stream.closed?.reason).toBe('not identified in time');
  });

  it('D7: has 30 s while most connections are taken, anew at each refusal; when they are not any more, 2 min', () => {
    let isCrowded = true;
    room = new MemoryRoom({}, { isCrowded: () => isCrowded });
    const [dawdler, typist] = [room.connect(), room.connect()];
    room.clock.advance(30 * SECOND);
    typist.send(login(''));
    expect(dawdler.closed).toBeNull();
    room.clock.advance(SECOND);
    expect(dawdler.closed?.reason).toBe('not identified in time');
    isCrowded = false;
    room.clock.advance(119 * SECOND);
    expect(typist.closed).toBeNull();
    isCrowded = true;
    room.clock.advance(SECOND);
    expect(typist.closed?.reason).toBe('not identified in time');
  });

  it('D7: never has more than the operator set, crowded or not', () => {
    room = new MemoryRoom({ identifyTime: 5 * SECOND }, { isCrowded: () => true });
    const stream = room.connect();
    room.clock.advance(6 * SECOND);
    expect(stream.closed?.reason).toBe('not identified in time');
  });

  it('§1: has all the time in the world once it is, and so has an endpoint that waits (D17)', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    alice.send(requestPrivate('alice', 'bob'));
    room.ids.push(7);
    bob.send(okPrivate('alice', 'bob'));
    const first = room.connect();
    first.send(loginPrivate(7));
    room.clock.advance(179 * SECOND);
    expect([alice.closed, first.closed]).toEqual([null, null]);
    room.clock.advance(SECOND);
    expect(first.closed?.reason).toBe('the connect_id lapsed');
    room.clock.advance(3600 * SECOND);
    expect([alice.closed, bob.closed]).toEqual([null, null]);
  });
});

describe('a command that has begun', () => {
  const halves = (hex: string): [string, string] => [hex.slice(0, -2), hex.slice(-2)];

  it('§2: has to be complete within 10 s, however its bytes drip', () => {
    const alice = room.join('alice');
    for (const byte of message('alice', 'drip').slice(0, 20).match(/../g)!) {
      expect(alice.closed).toBeNull();
      alice.send(byte);
      room.clock.advance(SECOND);
    }
    room.clock.advance(SECOND);
    expect(alice.closed).toEqual({
      kind: 'not-allowed',
      reason: 'a command was not completed in time',
    });
    expect(room.told()).toEqual(['1 closed: command not completed in time']);
  });

  it('§2: each has its own 10 s, also when its first byte comes with the last of the one before', () => {
    const alice = room.join('alice');
    const [begin, end] = halves(message('alice', 'x'));
    alice.send(begin);
    for (let i = 0; i < 5; i++) {
      room.clock.advance(10 * SECOND);
      alice.send(end + begin);
    }
    room.clock.advance(10 * SECOND);
    alice.send(end);
    room.clock.advance(60 * SECOND);
    room.turn();
    expect(alice.closed).toBeNull();
    expect(alice.taken()).toBe(message('alice', 'x').repeat(6));
  });

  it('§1: so has the first one: 10 s for a LOGIN that drips', () => {
    const stream = room.connect();
    const [begin, end] = halves(login('alice'));
    stream.send(begin);
    room.clock.advance(10 * SECOND);
    stream.send(end);
    room.turn();
    expect(stream.taken()).toBe(ACCEPTED);
  });
});

describe('a connection that its transport gave up', () => {
  it.each([
    ['stalled', 'too slow'],
    ['silent', 'no answer to pings'],
  ] as const)('D26: because it was %s is told of as that: %s', (givenUp, reason) => {
    room.join('alice').lose({ clean: false, givenUp });
    expect(room.told()).toEqual([`1 closed: ${reason}`]);
    room.join('alice');
  });

  it('D21: as an endpoint resets the other one', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    alice.send(requestPrivate('alice', 'bob'));
    room.ids.push(7);
    bob.send(okPrivate('alice', 'bob'));
    const [first, second] = [room.connect(), room.connect()];
    for (const endpoint of [first, second]) endpoint.send(loginPrivate(7));
    room.told();
    second.stall();
    first.send('00'.repeat(100));
    expect(first.paused).toBe(true);
    second.lose({ clean: false, givenUp: 'stalled' });
    expect(first.aborted).not.toBeNull();
    expect(room.told()).toEqual([
      '4 endpoint ended: too slow, 0 bytes',
      '3 endpoint ended: other leg lost, 100 bytes',
    ]);
  });
});
