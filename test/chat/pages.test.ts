import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryRoom } from '../support/memory-room.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import { ACCEPTED, login, message, privateMessage, REFUSED } from '../support/raw-hex.ts';

let room: MemoryRoom;
beforeEach(() => {
  room = new MemoryRoom();
});

const bytesOf = (hex: string) => hex.length / 2;

/** Identifies a page and takes what it is told of that. */
function enter(name: string) {
  const page = room.connectPage();
  page.stream.send(login(name));
  room.turn();
  page.heard.length = 0;
  return page;
}

/** Derives who is online from all that a page was told. */
function online(heard: ReturnType<typeof enter>['heard']): string[] {
  const logins = new Set<string>();
  for (const told of heard) {
    if (typeof told === 'string') continue;
    if (told.type === 'online' || told.type === 'also-online')
      for (const name of told.logins) logins.add(name);
    if (told.type === 'presence') {
      for (const name of told.left) logins.delete(name);
      for (const name of told.joined) logins.add(name);
    }
  }
  return [...logins].sort();
}

it('D7, D28: a page is told before the refusal that it is for a ban, and of no other; a native client has the refusal', () => {
  room = new MemoryRoom({}, { isLoginBanned: (name) => name === 'spam' });
  const native = room.join('native');
  const { stream, heard } = room.connectPage();
  stream.send(login('native') + login('spam') + login(' ') + login('page'));
  room.turn();
  const refused = { type: 'refused', reason: 'banned' };
  expect(heard.slice(0, 3)).toEqual([REFUSED, refused, REFUSED + REFUSED + ACCEPTED]);
  const other = room.connect();
  other.send(login('spam'));
  room.turn();
  expect([other.taken(), native.taken()]).toEqual([REFUSED, '']);
});

describe('who is online (D28)', () => {
  it('D28: a page hears it once, behind LOGIN_ACCEPTED, itself included', () => {
    room.join('native');
    const { stream, heard } = room.connectPage();
    stream.send(login('native') + login('page'));
    room.turn();
    expect(heard[0]).toBe(REFUSED + ACCEPTED);
    expect(heard.filter((told) => typeof told === 'object' && told.type === 'online')).toHaveLength(1);
    expect(online(heard)).toEqual(['native', 'page']);
  });

  it('D28: a page gets all that follows from its LOGIN in one write, up to its list', () => {
    const { stream, heard } = room.connectPage();
    Object.assign(stream, { cork: () => heard.push('cork'), uncork: () => heard.push('uncork') });
    stream.send(login('page'));
    room.turn();
    const online = heard.findIndex((told) => typeof told === 'object' && told.type === 'online');
    expect(heard[0]).toBe('cork');
    expect(heard.slice(0, online)).toContain(ACCEPTED);
    expect(heard.indexOf('uncork')).toBeGreaterThan(online);
  });

  it('D28: a page hears of very many in parts, as it takes them; who comes and goes meanwhile is right in the end', () => {
    const names = Array.from({ length: 12_000 }, (_, i) => `${i}`.padStart(30, 'é').slice(-15));
    const everyone = names.map((name) => room.join(name));
    const { stream, heard } = room.connectPage();
    stream.send(login('page'));
    let mostUntaken = 0;
    const leave = (i: number): void => everyone[i]!.lose();
    for (let turn = 0; turn < 30; turn++) {
      stream.stall();
      room.turn();
      // Clients leave of whom the page has been told, and others of whom it has not.
      for (const i of [turn, 6000 + turn, 11_999 - turn]) leave(i);
      room.join(`new${turn}`);
      room.turn();
      mostUntaken = Math.max(mostUntaken, stream.buffered);
      stream.drain();
    }
    expect(stream.closed).toBeNull();
    expect(mostUntaken).toBeLessThan(128 * 1024);
    const gone = new Set(Array.from({ length: 30 }, (_, i) => [i, 6000 + i, 11_999 - i]).flat());
    const there = names.filter((_, i) => !gone.has(i));
    for (let turn = 0; turn < 30; turn++) there.push(`new${turn}`);
    expect(online(heard)).toEqual([...there, 'page'].sort());
    expect(
      heard.flatMap((told) => (typeof told === 'string' || !('more' in told) ? [] : [told])).length,
    ).toBeGreaterThan(9);
  });

  it.each([
    ['one part in a turn, when logins are long', 26, [1, 2, 3, 3]],
    ['several in one write, when they are short', 4, [3, 3, 3, 3]],
  ] as const)('D28: a page hears of thousands, however fast it takes them, %s', (_, length, parts) => {
    for (let i = 0; i < 2_500; i++) room.connect().send(login(`${i}`.padStart(length, 'x')));
    for (let turn = 0; turn < 4; turn++) room.turn();
    const { stream, heard } = room.connectPage();
    stream.send(login('page'));
    const partsByTurn = Array.from({ length: 4 }, () => {
      room.turn();
      return heard.filter((told) => typeof told === 'object' && told.type.endsWith('online')).length;
    });
    expect(partsByTurn).toEqual(parts);
  });

  it('D28: that someone left comes behind all that was said before, in a room that is written to in slices, too', () => {
    const bob = room.join('bob');
    for (let i = 0; i < 2_500; i++) room.connect().send(login(`${i}`));
    for (let turn = 0; turn < 4; turn++) room.turn();
    const { heard } = enter('page');
    for (let turn = 0; turn < 4; turn++) room.turn();
    heard.length = 0;
    bob.send(message('bob', 'one'));
    room.connect().send(login('new'));
    room.turn();
    bob.send(message('bob', 'bye'));
    bob.sendEnd();
    for (let turn = 0; turn < 8; turn++) room.turn();
    expect(heard).toEqual([
      message('bob', 'one'),
      message('bob', 'bye'),
      { type: 'presence', left: ['bob'], joined: ['new'] },
    ]);
  });

  it('D28: all comings and goings of a turn are told in one message, and native clients hear none of it', () => {
    const [{ heard }, leaves] = [enter('page'), room.join('leaves')];
    room.turn();
    heard.length = 0;
    const stays = room.connect();
    stays.send(login('stays'));
    leaves.lose();
    room.turn();
    expect(heard).toEqual([{ type: 'presence', left: ['leaves'], joined: ['stays'] }]);
    expect(stays.taken()).toBe(ACCEPTED);
  });

  it('D28: a login that changes hands within a turn stays online', () => {
    const page = room.connectPage();
    const first = room.join('cat');
    page.stream.send(login('page'));
    room.turn();
    first.sendEnd();
    room.join('cat');
    expect(online(page.heard)).toEqual(['cat', 'page']);
  });

  it('D28: one that came before a page and went behind it, all in one turn, is not left online', () => {
    const [brief, page] = [room.connect(), room.connectPage()];
    brief.send(login('brief'));
    page.stream.send(login('page'));
    brief.sendEnd();
    room.turn();
    expect(online(page.heard)).toEqual(['page']);
  });

  it('D28: a page that is not identified, or has left, hears nothing', () => {
    const [stranger, gone] = [room.connectPage(), enter('gone')];
    gone.stream.sendEnd();
    room.join('cat');
    expect([stranger.heard, gone.heard]).toEqual([[], []]);
  });
});

describe('what became of commands (D28)', () => {
  it('D28: an ignored one is told with its end and why, before the acknowledgement that covers it', () => {
    const { stream, heard } = enter('page');
    const sent = [message('page', '1'), privateMessage('page', 'nobody', '2'), message('page', '3')] as const;
    stream.send(sent.join(''));
    room.turn();
    const before = bytesOf(login('page'));
    expect(heard.filter((told) => typeof told === 'object')).toEqual([
      { type: 'ignored', end: before + bytesOf(sent[0] + sent[1]), reason: 'unknown login' },
      { type: 'ack', bytes: before + bytesOf(sent.join('')) },
    ]);
  });

  it('D28: only whole commands are acknowledged, once per turn', () => {
    const { stream, heard } = enter('page');
    const said = message('page', 'said');
    stream.send(said);
    stream.send(said + said.slice(0, 8));
    room.turn();
    expect(heard.filter((told) => typeof told === 'object')).toEqual([
      { type: 'ack', bytes: bytesOf(login('page') + said + said) },
    ]);
  });

  it('D28: an acknowledgement comes behind the echoes of what it speaks of, more than a batch can hold, too', () => {
    const { stream, heard } = enter('page');
    const said = message('page', 'x'.repeat(1000));
    for (let i = 0; i < 100; i++) stream.send(said);
    room.turn();
    let echoed = bytesOf(login('page'));
    for (const told of heard) {
      if (typeof told === 'string') echoed += bytesOf(told);
      else expect(told).toEqual({ type: 'ack', bytes: echoed });
    }
    expect(echoed).toBe(bytesOf(login('page') + said.repeat(100)));
    expect(heard.at(-1)).toBeTypeOf('object');
  });

  it('D28: the stream is byte for byte what a native client gets', () => {
    const [native, page] = [room.join('native'), enter('page')];
    native.send(message('native', 'hé 😺') + privateMessage('native', 'page', 'x'));
    room.turn();
    expect(page.stream.taken().slice(bytesOf(ACCEPTED) * 2)).toBe(
      native.taken() + privateMessage('native', 'page', 'x'),
    );
  });
});

it('D26, D28: a page that does not even take its last ack ends once', () => {
  const narrow = new MemoryRoom({ maxOutboxBytes: 10 });
  const stream = new MemoryStream();
  stream.stall();
  const origin = { transport: 'websocket', address: '192.0.2.1', network: '192.0.2.1', longSize: 4 } as const;
  const tell = (text: string) => void stream.write(Buffer.from(text));
  narrow.chat.accept(stream, origin, { hasTransport: true, sendText: tell, makeResumable() {} });
  stream.send('ff');
  expect(narrow.told()).toEqual(['1 closed: too slow']);
});
