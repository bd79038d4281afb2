import { describe, expect, it } from 'vitest';
import { MemoryRoom } from '../support/memory-room.ts';
import { ACCEPTED, login, message, privateMessage } from '../support/raw-hex.ts';

type Heard = ReturnType<MemoryRoom['connectPage']>['heard'];

/** Joins as a page and returns all that it hears of that. */
function enter(room: MemoryRoom, name: string): Heard {
  const { stream, heard } = room.connectPage();
  stream.send(login(name));
  room.turn();
  return heard;
}

const historyIn = (heard: Heard) =>
  heard.flatMap((told) => (typeof told === 'object' && told.type === 'history' ? told.messages : []));
const textsIn = (heard: Heard) => historyIn(heard).map(({ login: name, text }) => `${name}: ${text}`);

function roomWith(limits: ConstructorParameters<typeof MemoryRoom>[0]): MemoryRoom {
  return new MemoryRoom({ history: 3, ...limits });
}

describe('the history for pages that join later (D28)', () => {
  it('D28: is off by default: nothing is kept, and nothing told', () => {
    const room = new MemoryRoom();
    room.join('alice').send(message('alice', 'hello'));
    room.turn();
    expect(room.chat.history.size).toBe(0);
    expect(enter(room, 'page').some((told) => typeof told === 'object' && told.type === 'history')).toBe(
      false,
    );
  });

  it('D28: has the last messages to everyone with their age, and nothing else', () => {
    const room = roomWith({});
    const alice = room.join('alice');
    const bob = room.join('bob');
    for (const text of ['one', 'two', 'three', 'four']) {
      alice.send(message('alice', text));
      room.clock.advance(1_000);
    }
    bob.send(privateMessage('bob', 'alice', 'secret') + message('eve', 'not mine'));
    room.turn();
    expect(historyIn(enter(room, 'page'))).toEqual([
      { login: 'alice', text: 'two', age: 3_000 },
      { login: 'alice', text: 'three', age: 2_000 },
      { login: 'alice', text: 'four', age: 1_000 },
    ]);
  });

  it('D28: marks the last words under a login that was taken anew since', () => {
    const room = roomWith({});
    const alice = room.join('alice');
    alice.send(message('alice', 'one') + message('alice', 'two'));
    room.turn();
    alice.sendEnd();
    room.turn();
    room.join('alice').send(message('alice', 'three'));
    room.turn();
    expect(historyIn(enter(room, 'page')).map(({ text, retaken }) => [text, retaken])).toEqual([
      ['one', undefined],
      ['two', true],
      ['three', undefined],
    ]);
  });

  it('D8: marks them whatever the spelling in which the login was taken anew', () => {
    const room = roomWith({});
    const zoe = room.join('zo\u00e9');
    zoe.send(message('zo\u00e9', 'one'));
    room.turn();
    zoe.sendEnd();
    room.turn();
    room.join('zoe\u0301');
    expect(historyIn(enter(room, 'page'))).toEqual([
      { login: 'zo\u00e9', text: 'one', age: 0, retaken: true },
    ]);
  });

  it('D28: does not mark words under a login that was taken anew and left again in silence: nobody has it', () => {
    const room = roomWith({});
    const alice = room.join('alice');
    alice.send(message('alice', 'one'));
    room.turn();
    alice.sendEnd();
    room.turn();
    const another = room.join('alice');
    expect(historyIn(enter(room, 'page'))).toMatchObject([{ text: 'one', retaken: true }]);
    another.sendEnd();
    room.turn();
    expect(historyIn(enter(room, 'other'))[0]?.retaken).toBeUndefined();
  });

  it('D28: comes behind LOGIN_ACCEPTED and before all words that the page hears itself', () => {
    const room = roomWith({});
    const alice = room.join('alice');
    alice.send(message('alice', 'before'));
    const { stream, heard } = room.connectPage();
    stream.send(login('page') + message('page', 'hi'));
    alice.send(message('alice', 'after'));
    room.turn();
    const kinds = heard.map((told) => (typeof told === 'string' ? told : told.type));
    expect(kinds.slice(0, 2)).toEqual([ACCEPTED, 'history']);
    expect(textsIn(heard)).toEqual(['alice: before']);
    expect(heard.filter((told) => typeof told === 'string').join('')).toBe(
      ACCEPTED + message('page', 'hi') + message('alice', 'after'),
    );
  });

  it('D28: changes nothing for native clients, nor for a page without the control channel', () => {
    const room = roomWith({});
    const alice = room.join('alice');
    alice.send(message('alice', 'before'));
    room.turn();
    const late = room.join('late', { transport: 'websocket' });
    room.turn();
    expect(late.taken()).toBe('');
  });

  it('D28: is bounded in bytes and in age', () => {
    const room = roomWith({ historyBytes: 1_024, historyAge: 60_000 });
    const alice = room.join('alice');
    alice.send(message('alice', 'a'.repeat(600)));
    alice.send(message('alice', 'b'.repeat(600)));
    room.turn();
    expect(room.chat.history.size).toBe(1);
    room.clock.advance(62_000);
    // Nobody has to come for it to be forgotten.
    expect(room.chat.history.size).toBe(0);
    expect(textsIn(enter(room, 'page'))).toEqual([]);
  });

  it('D28: counts a message by what it takes on its way: no text makes the whole of it many times as long', () => {
    const room = roomWith({ history: 1000, historyBytes: 64 * 1024 });
    const alice = room.join('alice');
    for (let said = 0; said < 70; said++) alice.send(message('alice', '\u0001'.repeat(1024)));
    room.turn();
    const messages = historyIn(enter(room, 'page'));
    expect(messages.length).toBeGreaterThan(5);
    expect(JSON.stringify(messages).length).toBeLessThan(68 * 1024);
  });

  it('D28: forgets what was said under a login that the operator refuses', () => {
    const room = roomWith({});
    room.join('pest').send(message('pest', 'spam'));
    room.join('alice').send(message('alice', 'hello'));
    room.turn();
    room.chat.history.forget((name) => name === 'pest');
    expect(textsIn(enter(room, 'page'))).toEqual(['alice: hello']);
  });

  it('D28: keeps no more than it may, however many messages pass', () => {
    const room = roomWith({ history: 50, commandBurst: 1e6 });
    const alice = room.join('alice');
    for (let i = 0; i < 1_000; i++) alice.send(message('alice', `${i}`));
    room.turn();
    expect(room.chat.history.size).toBe(50);
    expect(textsIn(enter(room, 'page'))).toEqual(Array.from({ length: 50 }, (_, i) => `alice: ${950 + i}`));
  });
});
