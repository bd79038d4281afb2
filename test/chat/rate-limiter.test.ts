import { describe, expect, it } from 'vitest';
import { Opcode } from '../../shared/protocol/commands.ts';
import { costOf } from '../../server/chat/limits/rate-limiter.ts';
import { SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import type { MemoryStream } from '../support/memory-stream.ts';
import {
  login,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  requestPrivate,
} from '../support/raw-hex.ts';

const numbered = (name: string, from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => message(name, String(from + i))).join('');

/** Counts the messages that have come since the last call. */
function count(stream: MemoryStream): number {
  const all = Buffer.concat(stream.writes);
  stream.writes.length = 0;
  let messages = 0;
  for (let at = 0; at < all.length; messages++) {
    at += 5 + all.readInt32BE(at + 1);
    at += 4 + all.readInt32BE(at);
  }
  return messages;
}

/** Fills a room with `size` clients, the first of whom speaks. */
function roomOf(size: number): { room: MemoryRoom; clients: MemoryStream[] } {
  const room = new MemoryRoom();
  return { room, clients: Array.from({ length: size }, (_, i) => room.join(`client${i}`)) };
}

/** Counts how many of its messages the room gets at once, and then in so many seconds. */
function heardOf(size: number, messages: number, seconds: number): [atOnce: number, then: number] {
  const { room, clients } = roomOf(size);
  const [speaker, other] = [clients[0]!, clients.at(-1)!];
  speaker.send(numbered('client0', 0, messages));
  // Turns pass, since the limit on the fan-out of all clients together is another one.
  for (let i = 0; i < 20; i++) {
    room.clock.advance(20);
    room.turn();
  }
  const atOnce = count(other);
  for (let i = 0; i < seconds * 10; i++) {
    room.clock.advance(100);
    room.turn();
  }
  return [atOnce, count(other)];
}

describe('what a command costs', () => {
  it.each([
    ['one to the smallest room', 14, 1, 1 / 8],
    ['one to a room of 25', 128, 25, 1 / 8],
    ['one to a room of 100', 128, 100, 1 / 2],
    ['one to a room of 200', 128, 200, 1],
    ['one to a room of thousands', 128, 5000, 1],
    ['a long one', 1097, 200, 9],
    ['a long one to one person', 1097, 1, 9 / 8],
    ['one that is ignored', 40, 0, 1 / 8],
  ])('%s', (_title, bytes, deliveries, cost) => {
    expect(costOf(bytes, deliveries)).toBe(cost);
  });
});

describe('a client that sends too much', () => {
  it('is throttled in a room of hundreds after a burst of 500, to 50 a second', () => {
    const [atOnce, then] = heardOf(300, 2000, 10);
    expect(Math.abs(atOnce - 520)).toBeLessThan(20);
    expect(Math.abs(then - 500)).toBeLessThan(20);
  });

  it('may say more in a small room, since it becomes less: 400 a second after 4,000', () => {
    const [atOnce, then] = heardOf(3, 10_000, 5);
    expect(Math.abs(atOnce - 4160)).toBeLessThan(100);
    expect(Math.abs(then - 2000)).toBeLessThan(100);
  });

  it('is not read for a while, and what it sent is carried out in the end, all of it and in order', () => {
    const { room, clients } = roomOf(200);
    const [speaker, other] = [clients[0]!, clients[1]!];
    speaker.send(numbered('client0', 0, 1000));
    speaker.sendEnd();
    expect([speaker.paused, room.told()]).toEqual([true, ['1 throttled: too many commands']]);
    room.clock.advance(12 * SECOND);
    room.turn();
    expect(other.taken()).toBe(numbered('client0', 0, 1000));
    expect(room.told().at(-1)).toBe('1 ended: left');
    expect(room.chat.rateLimiter.throttled).toBe(0);
  });

  it.each([997, 12_345, 15_500, 64_000])(
    'loses and repeats nothing when it sends %i bytes at a time',
    (size) => {
      const { room, clients } = roomOf(2);
      const [speaker, other] = [clients[0]!, clients[1]!];
      const said = Array.from({ length: 1200 }, (_, i) => message('client0', `${i}`.padEnd(1000))).join('');
      for (let at = 0; at < said.length; at += 2 * size) speaker.send(said.slice(at, at + 2 * size));
      for (let i = 0; i < 20 * 50; i++) {
        room.clock.advance(20);
        room.turn();
      }
      expect(room.told()).not.toContain('1 ended: invalid UTF-8');
      // Not `toBe`: what differs would be a megabyte.
      expect(other.taken() === said).toBe(true);
    },
  );

  it('is told of once in 10 s, however often it is throttled', () => {
    const { room, clients } = roomOf(200);
    clients[0]!.send(numbered('client0', 0, 3000));
    room.clock.advance(25 * SECOND);
    const told = room.told();
    expect(told.length).toBeGreaterThan(50);
    expect(told.filter((one) => one === '1 throttled: too many commands')).toHaveLength(3);
  });

  it('D28: hears of it, if it is a page, once in 10 s', () => {
    const { room } = roomOf(200);
    const { stream, heard } = room.connectPage();
    stream.send(login('page') + numbered('page', 0, 1500));
    room.clock.advance(15 * SECOND);
    room.turn();
    expect(heard.filter((one) => typeof one === 'object' && one.type === 'throttled')).toHaveLength(2);
  });

  it('is never throttled below its rate', () => {
    const { room, clients } = roomOf(200);
    for (let i = 0; i < 500; i++) {
      clients[0]!.send(message('client0', 'x'.repeat(64)));
      room.clock.advance(20);
      room.turn();
    }
    expect(room.told()).toEqual([]);
  });

  it('pays for long commands by their length, private ones included', () => {
    const room = new MemoryRoom();
    const [alice] = [room.join('alice'), room.join('bob')];
    alice.send(privateMessage('alice', 'bob', 'x'.repeat(1000)).repeat(500));
    expect(alice.paused).toBe(false);
    alice.send(privateMessage('alice', 'bob', 'x'.repeat(1000)).repeat(8));
    expect(alice.paused).toBe(true);
  });

  it('does not stand before a bystander with what it has left', () => {
    const { room, clients } = roomOf(300);
    const bystander = clients[299]!;
    for (const flooder of clients.slice(0, 10))
      flooder.send(message(`client${clients.indexOf(flooder)}`, 'f'.repeat(1000)).repeat(60));
    bystander.send(message('client299', 'excuse me'));
    room.turn();
    const heard = clients[100]!.taken();
    expect(heard).toContain(message('client299', 'excuse me'));
    // All clients get a few MB of the 180 MB that the flooders have sent.
    expect((heard.length / 2) * 300).toBeLessThan(15e6);
  });

  it('may take what time it needs for a command that it is not read in', () => {
    const room = new MemoryRoom({ commandRate: 1, commandBurst: 1 });
    const alice = room.join('alice');
    const [begin, end] = [message('alice', 'x').slice(0, -2), message('alice', 'x').slice(-2)];
    alice.send(message('alice', 'x').repeat(20) + begin);
    alice.send(end);
    room.clock.advance(60 * SECOND);
    room.turn();
    expect(alice.closed).toBeNull();
    expect(count(alice)).toBe(21);
  });

  it('leaves nothing behind when it goes meanwhile', () => {
    const room = new MemoryRoom();
    const alice = room.join('alice');
    alice.send(numbered('alice', 0, 5000));
    expect(room.chat.rateLimiter.throttled).toBe(1);
    alice.lose();
    expect(room.chat.rateLimiter.throttled).toBe(0);
    room.clock.advance(SECOND);
    expect(room.clock.pending).toBe(0);
  });
});

describe('all together', () => {
  /** Fills a room with 20 clients and a fan-out of 200,000 bytes a second: some 400 messages of 25 bytes. */
  const crowd = () => {
    const room = new MemoryRoom({ maxFanOut: 200_000, commandRate: 1e6, commandBurst: 1e6 });
    const clients = Array.from({ length: 20 }, (_, i) => room.join(`client${i}`));
    return {
      room,
      clients,
      say: (i: number, times: number) => clients[i]!.send(message(`client${i}`, 'x'.repeat(9)).repeat(times)),
    };
  };

  it('cause no more than the bound: the senders are not read for a while, each in its turn', () => {
    const { room, clients, say } = crowd();
    for (let i = 0; i < 10; i++) say(i, 4000);
    room.turn();
    const names = new Set(room.told());
    expect(names).toEqual(
      new Set(Array.from({ length: 10 }, (_, i) => `${i + 1} throttled: too much fan-out in total`)),
    );
    count(clients[19]!);
    const progress = clients.slice(0, 10).map(({ paused }) => paused);
    expect(progress).toEqual(Array<boolean>(10).fill(true));
    const fanOut = () =>
      room.chat.counters.commandsOut[Opcode.MESSAGE]! * (message('client0', 'x'.repeat(9)).length / 2);
    const before = fanOut();
    room.clock.advance(60 * SECOND);
    room.turn();
    expect((fanOut() - before) / 60).toBeLessThan(230_000);
    expect((fanOut() - before) / 60).toBeGreaterThan(150_000);
    const heard = clients[19]!.taken();
    const shares = Array.from(
      { length: 10 },
      (_, i) => heard.split(Buffer.from(`client${i}`).toString('hex')).length - 1,
    );
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(Math.max(...shares) / 2);
  });

  it('do not hold back who has said little', () => {
    const { room, clients, say } = crowd();
    for (let i = 0; i < 10; i++) say(i, 4000);
    room.clock.advance(5 * SECOND);
    room.turn();
    for (let i = 0; i < 10; i++) {
      say(19, 1);
      expect(clients[19]!.paused).toBe(false);
      room.clock.advance(SECOND);
    }
  });

  it('hold back even those when there are very many of them', () => {
    const { room, clients } = crowd();
    const many = Array.from({ length: 400 }, (_, i) => room.join(`other${i}`));
    many.forEach((other, i) => other.send(message(`other${i}`, 'x'.repeat(9)).repeat(8)));
    expect(many.at(-1)!.paused).toBe(true);
    room.clock.advance(300 * SECOND);
    // The fan-out to so many clients goes in slices.
    for (let turn = 0; turn < 30; turn++) room.turn();
    expect(many.some(({ paused }) => paused)).toBe(false);
    expect(count(clients[0]!)).toBe(3200);
  });

  /** Limits that allow the speaker this much; what is left is backpressure by slow consumers. */
  const PATIENT = { commandRate: 1e6, commandBurst: 1e6, maxFanOut: 2 ** 40 };
  const LINE = message('client0', 'x'.repeat(1000));

  it('wait for those who are behind, when these are more than a few: nobody is cut for what others say too much', () => {
    const room = new MemoryRoom(PATIENT);
    const clients = Array.from({ length: 60 }, (_, i) => room.join(`client${i}`));
    for (const client of clients.slice(50, 52)) client.stall();
    clients[0]!.send(LINE.repeat(400));
    expect(room.told()).toEqual(['1 throttled: others cannot keep up']);
    expect(Math.max(...clients.map(({ buffered }) => buffered))).toBeLessThan(160 * 1024);
    room.clock.advance(SECOND);
    expect(clients[0]!.paused).toBe(true);
    // A client that sends little is not throttled meanwhile.
    clients[1]!.send(message('client1', 'hello'));
    expect(clients[1]!.paused).toBe(false);
    for (const client of clients.slice(50, 52)) client.drain();
    room.clock.advance(10 * SECOND);
    room.turn();
    expect([clients[0]!.paused, count(clients[0]!), count(clients[51]!)]).toEqual([false, 401, 401]);
    expect(room.told().filter((told) => told.includes('closed'))).toEqual([]);
  });

  it('wait no longer than 5 s for the same ones: half a room that hardly reads does not silence the other half', () => {
    const room = new MemoryRoom(PATIENT);
    const clients = Array.from({ length: 12 }, (_, i) => room.join(`client${i}`));
    for (const client of clients.slice(5)) client.stall();
    clients[0]!.send(LINE.repeat(400));
    room.turn();
    room.clock.advance(4 * SECOND);
    clients[1]!.send(message('client1', 'hello'));
    expect([clients[0]!.paused, clients[1]!.paused]).toEqual([true, true]);
    expect(room.told().filter((told) => told.includes('closed'))).toEqual([]);
    room.clock.advance(2 * SECOND);
    room.turn();
    expect(new Set(room.told().filter((told) => told.includes('closed')))).toEqual(
      new Set(Array.from({ length: 7 }, (_, i) => `${6 + i} closed: too slow`)),
    );
    expect([clients[0]!.paused, clients[1]!.paused, count(clients[2]!)]).toEqual([false, false, 401]);
  });

  it('D17: cut nobody, and let no connect_id lapse, for the time in which the process did not run', () => {
    const room = new MemoryRoom(PATIENT);
    const clients = Array.from({ length: 12 }, (_, i) => room.join(`client${i}`));
    clients[1]!.send(requestPrivate('client1', 'client2'));
    room.ids.push(7);
    for (const client of clients.slice(5)) client.stall();
    clients[0]!.send(LINE.repeat(400));
    room.turn();
    room.clock.advance(SECOND);
    room.clock.standStill(3_600 * SECOND);
    room.clock.advance(SECOND);
    for (const client of clients.slice(5)) client.drain();
    clients[2]!.send(okPrivate('client1', 'client2'));
    room.clock.advance(10 * SECOND);
    room.turn();
    expect(room.told().filter((told) => told.includes('closed'))).toEqual([]);
    room.clock.standStill(3_600 * SECOND);
    const endpoints = [room.connect(), room.connect()];
    for (const endpoint of endpoints) endpoint.send(loginPrivate(7));
    room.turn();
    expect(endpoints.map((endpoint) => endpoint.taken())).toEqual(['0a', '0a']);
  });

  it('are judged by who is there: of half a room that does not read, those that go make no majority of the rest', () => {
    const room = new MemoryRoom(PATIENT);
    const clients = Array.from({ length: 12 }, (_, i) => room.join(`client${i}`));
    for (const client of clients.slice(6)) client.stall();
    // A light sender goes on while they fall behind, beyond half of what may be pending.
    for (let sent = 0; sent < 170; sent++) {
      clients[1]!.send(message('client1', 'x'.repeat(1000)));
      room.turn();
      room.clock.advance(100);
    }
    for (const client of clients.slice(8)) client.lose();
    clients[2]!.send(message('client2', 'hello'));
    expect([clients[1]!.paused, clients[2]!.paused]).toEqual([false, false]);
  });

  it('do not wait for a few: who does not read is cut alone', () => {
    const room = new MemoryRoom(PATIENT);
    const clients = Array.from({ length: 60 }, (_, i) => room.join(`client${i}`));
    clients[59]!.stall();
    clients[0]!.send(LINE.repeat(400));
    room.turn();
    expect([clients[0]!.paused, count(clients[1]!)]).toEqual([false, 400]);
    expect(room.told()).toEqual(['60 closed: too slow']);
  });
});
