import { describe, expect, it, vi } from 'vitest';
import { Outbox } from '../../server/chat/delivery/outbox.ts';
import { Counters } from '../../server/chat/environment/counters.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import {
  ACCEPTED,
  login,
  message,
  okPrivate,
  privateMessage,
  requestPrivate,
  str,
} from '../support/raw-hex.ts';

const LIMIT = 256 * 1024;

describe('the bound on what a client has not taken', () => {
  it('may be reached and not passed, what the stream still holds included', () => {
    const stream = new MemoryStream();
    const onTooSlow = vi.fn();
    const outbox = new Outbox(stream, 100, { onTooSlow });
    const tally = new Counters();
    outbox.from = 0;
    stream.stall();
    outbox.deliver(new Uint8Array(60), tally);
    outbox.deliver(new Uint8Array(40), tally);
    expect(stream.buffered).toBe(100);
    expect(onTooSlow).not.toHaveBeenCalled();
    outbox.deliver(new Uint8Array(1), tally);
    expect(onTooSlow).toHaveBeenCalledOnce();
    expect(stream.buffered).toBe(100);
  });
});

/** Sets up alice, bob, and slow, a client that takes nothing and whose outbox has space for less than one message. */
function roomWithSlow() {
  const room = new MemoryRoom();
  const [alice, bob, slow] = [room.join('alice'), room.join('bob'), room.join('slow')];
  slow.stall();
  const line = message('alice', 'x'.repeat(1024));
  while (slow.buffered + line.length / 2 <= LIMIT) {
    alice.send(line);
    room.turn();
  }
  expect(slow.closed).toBeNull();
  return { room, alice, bob, slow, line };
}

describe('a client that is too slow', () => {
  it('D26: is closed as such, its login is free again, and the others hear everything', () => {
    const { room, alice, bob, slow, line } = roomWithSlow();
    bob.taken();
    alice.send(line);
    alice.send(message('alice', 'all well?'));
    room.turn();
    expect(slow.closed?.kind).toBe('too-slow');
    expect(bob.taken()).toBe(line + message('alice', 'all well?'));
    expect(room.told()).toEqual(['3 closed: too slow']);
    room.join('slow');
    slow.lose();
    expect(room.told()).toEqual([]);
    expect(room.chat.clients).toBe(3);
  });

  it('D26: loses nothing while it catches up in time', () => {
    const { room, alice, slow, line } = roomWithSlow();
    slow.drain();
    alice.send(line);
    room.turn();
    expect(slow.closed).toBeNull();
    expect(slow.taken().endsWith(line)).toBe(true);
  });

  it.each([
    ['ends its writing', (slow: MemoryStream) => slow.sendEnd()],
    ['sends what cannot be read', (slow: MemoryStream) => slow.send('0b')],
    ['breaks the rules of its transport', (slow: MemoryStream) => slow.breakRules('no such frame')],
  ])('D26: ends once, as too slow, when it %s in the turn that is too much for it', (_title, act) => {
    const { room, alice, slow, line } = roomWithSlow();
    alice.send(line);
    act(slow);
    room.turn();
    slow.lose();
    expect(slow.closed?.kind).toBe('too-slow');
    expect(slow.ended).toBe(false);
    expect(room.told()).toEqual(['3 closed: too slow']);
  });

  it('D26: ends once, also when that is found out while a connect_id is on its way to it', () => {
    const { room, alice, bob, slow } = roomWithSlow();
    alice.send(requestPrivate('alice', 'slow'));
    room.turn();
    // The queue is filled exactly to the limit: the next byte is too much.
    alice.send(message('alice', 'x'.repeat(LIMIT - slow.buffered - str('alice').length / 2 - 5)));
    room.turn();
    expect(slow.buffered).toBe(LIMIT);
    alice.send(message('alice', 'one too many'));
    // alice's share is so large that her ID_PRIVATE makes the whole turn be written at once.
    bob.send(
      privateMessage('bob', 'alice', 'x'.repeat(1024)).repeat(62) +
        privateMessage('bob', 'alice', 'x'.repeat(719)),
    );
    room.ids.push(7);
    slow.send(okPrivate('alice', 'slow'));
    room.turn();
    slow.lose();
    expect(room.told()).toEqual(['3 closed: too slow']);
  });
});

describe('a client that takes everything', () => {
  it.each([
    ['for everyone', message('alice', 'x'.repeat(1024))],
    ['for it alone', privateMessage('alice', 'bob', 'x'.repeat(1024))],
  ])('D26: is never too slow, however much comes %s in one turn', (_title, command) => {
    const room = new MemoryRoom({ commandBurst: Infinity });
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    alice.send(command.repeat(600));
    room.turn();
    expect(bob.closed).toBeNull();
    expect(bob.taken()).toBe(command.repeat(600));
  });
});

it('D9: a name that a client lost by being too slow can be taken in the same turn', () => {
  const { room, alice, slow, line } = roomWithSlow();
  alice.send(line);
  slow.send('ff');
  const next = room.connect();
  next.send(login('slow'));
  room.turn();
  expect(next.taken()).toBe(ACCEPTED);
});
