import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryRoom } from '../support/memory-room.ts';
import type { MemoryStream } from '../support/memory-stream.ts';
import {
  ACCEPTED,
  koPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
  str,
} from '../support/raw-hex.ts';

let room: MemoryRoom;
beforeEach(() => {
  room = new MemoryRoom();
});

/** Sends bytes, and gives what the client gets in answer by the end of the turn. */
function answer(stream: MemoryStream, hex: string): string {
  stream.send(hex);
  room.turn();
  return stream.taken();
}

describe('identification (§1)', () => {
  it('D7: a refused client may try again, and is let in with another login', () => {
    room.join('bob');
    const stream = room.connect();
    expect(answer(stream, login('bob'))).toBe(REFUSED);
    expect(answer(stream, login('') + login('a\u202eb') + login('x'.repeat(1024)))).toBe(REFUSED.repeat(3));
    expect(answer(stream, login('alice'))).toBe(ACCEPTED);
    expect(room.chat.clients).toBe(2);
    expect(answer(stream, login('x'))).toBe(REFUSED);
    const reasons = ['taken', 'empty', 'invisible character', 'too long', 'has a login already'];
    expect(room.told()).toEqual(reasons.map((reason) => `2 refused: ${reason}`));
  });

  it('D7: 10 refusals close the connection, and each is answered', () => {
    const stream = room.connect();
    expect(answer(stream, login('').repeat(9))).toBe(REFUSED.repeat(9));
    expect(stream.closed).toBeNull();
    stream.send(login('') + login('alice'));
    expect(stream.taken()).toBe(REFUSED);
    expect(stream.closed?.kind).toBe('not-allowed');
    expect(room.chat.clients).toBe(0);
    expect(room.told()).toEqual([
      ...Array<string>(10).fill('1 refused: empty'),
      '1 closed: too many refused logins',
    ]);
  });

  it('D10: after it LOGIN is refused and changes nothing, the same login included', () => {
    const alice = room.join('alice');
    expect(answer(alice, login('alice') + login('other'))).toBe(REFUSED.repeat(2));
    room.join('other');
    expect(answer(alice, message('alice', 'still me'))).toBe(message('alice', 'still me'));
  });

  it('D9: of two who want one login in one turn the first has it', () => {
    const [first, second] = [room.connect(), room.connect()];
    first.send(login('cat'));
    second.send(login('cat'));
    room.turn();
    expect([first.taken(), second.taken()]).toEqual([ACCEPTED, REFUSED]);
  });

  it('D8: who has which bytes is what others see', () => {
    const stream = room.join('zoe\u0301');
    expect(answer(stream, message('zoe\u0301', 'hi'))).toBe(message('zoe\u0301', 'hi'));
    expect(answer(stream, message('zo\u00e9', 'hi'))).toBe('');
    expect(room.told()).toEqual(['1 ignored MESSAGE: not the own login']);
  });
});

describe('what is ignored (D5)', () => {
  const before: readonly (readonly [name: string, hex: string])[] = [
    ['MESSAGE', message('alice', 'x')],
    ['MESSAGE_PRIVATE', privateMessage('alice', 'bob', 'x')],
    ['REQUEST_PRIVATE', requestPrivate('alice', 'bob')],
    ['OK_PRIVATE', okPrivate('bob', 'alice')],
    ['KO_PRIVATE', koPrivate('bob', 'alice')],
  ];

  it.each(before)('D10: %s before identification', (name, hex) => {
    const [bob, stream] = [room.join('bob'), room.connect()];
    expect(answer(stream, hex + login('alice'))).toBe(ACCEPTED);
    expect(bob.taken()).toBe('');
    expect(room.told()).toEqual([`2 ignored ${name}: not identified`]);
  });

  it.each([
    ['MESSAGE: not the own login', message('bob', 'x')],
    ['MESSAGE: not the own login', message('Alice', 'x')],
    ['MESSAGE: not the own login', message('', 'x')],
    ['MESSAGE_PRIVATE: not the own login', privateMessage('bob', 'bob', 'x')],
    ['MESSAGE_PRIVATE: unknown login', privateMessage('alice', 'nobody', 'x')],
    ['MESSAGE_PRIVATE: to oneself', privateMessage('alice', 'alice', 'x')],
    ['REQUEST_PRIVATE: not the own login', requestPrivate('bob', 'alice')],
    ['REQUEST_PRIVATE: unknown login', requestPrivate('alice', 'nobody')],
    ['REQUEST_PRIVATE: to oneself', requestPrivate('alice', 'alice')],
    ['OK_PRIVATE: not the own login', okPrivate('alice', 'bob')],
    ['OK_PRIVATE: no such request', okPrivate('bob', 'alice')],
    ['OK_PRIVATE: no such request', okPrivate('nobody', 'alice')],
    ['KO_PRIVATE: not the own login', koPrivate('alice', 'bob')],
    ['KO_PRIVATE: no such request', koPrivate('bob', 'alice')],
  ])('D12, D13, D16: %s', (what, hex) => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    expect(answer(alice, hex + message('alice', 'next'))).toBe(message('alice', 'next'));
    expect(bob.taken()).toBe(message('alice', 'next'));
    expect(room.told()).toEqual([`1 ignored ${what}`]);
  });

  it('D6: 100 ignored commands are borne, the 101st closes, whatever was carried out between', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    const ignored = privateMessage('alice', 'nobody', 'x');
    alice.send((ignored + message('alice', '')).repeat(100));
    room.turn();
    expect(alice.taken()).toBe(message('alice', '').repeat(100));
    expect(alice.closed).toBeNull();
    alice.send(message('alice', 'last') + ignored + message('alice', 'too late'));
    expect(alice.taken()).toBe(message('alice', 'last'));
    expect(alice.closed?.kind).toBe('not-allowed');
    room.turn();
    expect(bob.taken()).toBe(message('alice', '').repeat(100) + message('alice', 'last'));
    expect(room.told().slice(-2)).toEqual([
      '1 ignored MESSAGE_PRIVATE: unknown login',
      '1 closed: too many ignored commands',
    ]);
    room.join('alice');
  });

  it('D6: connections are counted each by itself, before identification too', () => {
    const [one, other] = [room.connect(), room.connect()];
    one.send(message('a', '').repeat(100));
    other.send(message('a', '').repeat(101));
    expect(one.closed).toBeNull();
    expect(other.closed?.kind).toBe('not-allowed');
  });
});

describe('what cannot be read (D5)', () => {
  it.each([
    ['unknown opcode', '0b'],
    ['opcode of the other side', '01'],
    ['negative size', '03 ffffffff'],
    ['size over the limit', '03 0000001f'],
    ['invalid UTF-8', '03 00000001 ff 00000000'],
  ])('D5: %s closes, once what came before is carried out and what is queued is sent', (reason, hex) => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    bob.send(privateMessage('bob', 'alice', 'before'));
    alice.send(message('alice', 'said') + hex.replaceAll(' ', '') + message('alice', 'never said'));
    expect(alice.taken()).toBe(privateMessage('bob', 'alice', 'before') + message('alice', 'said'));
    expect(alice.closed).toEqual({ kind: 'unreadable', reason: `cannot be read: ${reason}` });
    alice.send(message('alice', 'never said'));
    room.turn();
    expect(bob.taken()).toBe(message('alice', 'said'));
    alice.lose();
    expect(room.told()).toEqual([`1 closed: ${reason}`]);
    room.join('alice');
  });

  it('D24: rules of the transport broken count as that, after all that was correct', () => {
    const alice = room.join('alice');
    alice.send(message('alice', 'said'));
    alice.breakRules('text');
    expect(alice.taken()).toBe(message('alice', 'said'));
    alice.lose();
    expect(room.told()).toEqual(['1 closed: transport rules broken (text)']);
    expect(room.chat.clients).toBe(0);
  });

  it('D6: no reason that a client is told holds what it sent', () => {
    const stream = room.connect();
    stream.send(str('secret') + 'ff');
    expect(JSON.stringify(stream.closed)).not.toContain('secret');
  });
});

describe('leaving (D9)', () => {
  it('D9: a client that ends its writing gets every answer, then the end, and its login is free at once', () => {
    const stream = room.connect();
    stream.send(login('alice') + message('alice', 'hello'));
    stream.sendEnd();
    expect(stream.taken()).toBe(ACCEPTED + message('alice', 'hello'));
    expect(stream.ended).toBe(true);
    expect(room.told()).toEqual(['1 ended: left']);
    room.join('alice');
    stream.lose({ clean: true });
    expect(room.chat.clients).toBe(1);
    expect(room.told()).toEqual([]);
  });

  it('D9: half a command before the end of writing is no command, and no fault', () => {
    const alice = room.join('alice');
    alice.send(message('alice', 'whole') + message('alice', 'half').slice(0, -2));
    alice.sendEnd();
    expect(alice.taken()).toBe(message('alice', 'whole'));
    expect(alice.closed).toBeNull();
    expect(room.told()).toEqual(['1 ended: left']);
  });

  it('D9: a connection that is lost frees its login, and hears nothing more', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    bob.send(message('bob', 'x'));
    alice.lose();
    room.turn();
    expect(alice.taken()).toBe('');
    expect(room.told()).toEqual(['1 ended: connection lost']);
    room.join('alice');
    expect(room.chat.connections.size).toBe(2);
  });

  it('D26: when the server goes away everyone is told, with what is queued before it', () => {
    const [alice, stranger] = [room.join('alice'), room.connect()];
    alice.send(message('alice', 'last words'));
    room.chat.endAll();
    expect(alice.taken()).toBe(message('alice', 'last words'));
    for (const stream of [alice, stranger]) expect(stream.closed?.kind).toBe('going-away');
    expect(room.told()).toEqual(['1 ended: server going away', '2 ended: server going away']);
    expect([room.chat.clients, room.chat.connections.size]).toEqual([0, 0]);
  });
});

describe('who hears what (§2)', () => {
  it('D11: a message reaches every identified client, the sender included, and no other connection', () => {
    const [alice, bob, stranger] = [room.join('alice'), room.join('bob'), room.connect()];
    alice.send(message('alice', 'hé 😺'));
    room.turn();
    for (const stream of [alice, bob]) expect(stream.taken()).toBe(message('alice', 'hé 😺'));
    expect(stranger.taken()).toBe('');
  });

  it('§2: a private message reaches its target alone, byte for byte', () => {
    const [alice, bob, carol] = [room.join('alice'), room.join('bob'), room.join('carol')];
    expect(answer(alice, privateMessage('alice', 'bob', '\ufeff'))).toBe('');
    expect(bob.taken()).toBe(privateMessage('alice', 'bob', '\ufeff'));
    expect(carol.taken()).toBe('');
  });

  it('D14: private and public commands of several senders keep their order', () => {
    const [alice, bob, carol] = [room.join('alice'), room.join('bob'), room.join('carol')];
    alice.send(message('alice', '1') + privateMessage('alice', 'carol', '2'));
    bob.send(privateMessage('bob', 'carol', '3') + message('bob', '4'));
    alice.send(privateMessage('alice', 'carol', '5'));
    room.turn();
    const all = [message('alice', '1'), message('bob', '4')].join('');
    expect([alice.taken(), bob.taken()]).toEqual([all, all]);
    expect(carol.taken()).toBe(
      message('alice', '1') +
        privateMessage('alice', 'carol', '2') +
        privateMessage('bob', 'carol', '3') +
        message('bob', '4') +
        privateMessage('alice', 'carol', '5'),
    );
  });
});

describe('LOGIN_PRIVATE (D10)', () => {
  it('D10: on an identified connection it closes it, and a good connect_id stays good', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    room.ids.push(7);
    alice.send(requestPrivate('alice', 'bob'));
    bob.send(okPrivate('alice', 'bob'));
    room.turn();
    room.told();
    alice.send(loginPrivate(7) + message('alice', 'never said'));
    expect(alice.closed?.kind).toBe('not-allowed');
    const [first, second] = [room.connect(), room.connect()];
    first.send(loginPrivate(7));
    second.send(loginPrivate(7));
    expect([first.taken(), second.taken()]).toEqual(['0a', '0a']);
    expect(room.told()[0]).toBe('1 closed: LOGIN_PRIVATE after identification');
  });

  it('D10: a connection that was refused may still become an endpoint, its answers first', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    room.ids.push(7);
    alice.send(requestPrivate('alice', 'bob'));
    bob.send(okPrivate('alice', 'bob'));
    const [first, second] = [room.connect(), room.connect()];
    first.send(login('bob') + login('') + loginPrivate(7));
    second.send(loginPrivate(7));
    expect([first.taken(), second.taken()]).toEqual([REFUSED.repeat(2) + '0a', '0a']);
  });
});
