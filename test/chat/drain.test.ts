import { beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import type { MemoryStream } from '../support/memory-stream.ts';
import { login, loginPrivate, message, okPrivate, requestPrivate } from '../support/raw-hex.ts';

const AWAY = { kind: 'going-away', reason: 'the server is going away' };

let room: MemoryRoom;
beforeEach(() => {
  room = new MemoryRoom();
});

describe('a server that goes away', () => {
  it('D26: tells native clients at once, behind all that is queued for them', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    alice.send(message('alice', 'last words'));
    expect(room.chat.sendAway()).toBe(0);
    for (const stream of [alice, bob]) {
      expect(stream.taken()).toBe(message('alice', 'last words'));
      expect(stream.closed).toEqual(AWAY);
    }
  });

  it('D26: tells 1000 pages over 2 s, evenly, and each of them', () => {
    const pages = Array.from({ length: 1000 }, () => room.connectPage().stream);
    const told = (): number => pages.filter(({ closed }) => closed?.kind === 'going-away').length;
    const all = room.chat.sendAway();
    expect(all).toBeLessThanOrEqual(2 * SECOND);
    const counts = Array.from({ length: 10 }, () => {
      const before = told();
      room.clock.advance(all / 10);
      return told() - before;
    });
    for (const count of counts) expect(count).toBeLessThanOrEqual(120);
    expect(told()).toBe(1000);
  });

  it('D26: does not make a handful of pages wait', () => {
    const { stream } = room.connectPage();
    expect(room.chat.sendAway()).toBe(0);
    expect(stream.closed).toEqual(AWAY);
  });

  it('D28: tells no page that the others leave: it is the server that does', () => {
    room.join('native');
    const pages = Array.from({ length: 200 }, (_, index) => {
      const page = room.connectPage();
      page.stream.send(login(`page ${index}`));
      return page;
    });
    room.turn();
    room.chat.sendAway();
    // Pages are sent away one after the other, and could hear of those before.
    while (pages.some(({ stream }) => !stream.closed)) {
      room.turn();
      room.clock.advance(SECOND / 100);
    }
    const left = pages.flatMap(({ heard }) => heard.filter((it) => JSON.stringify(it).includes('"left":["')));
    expect(left).toEqual([]);
  });

  it('D26: sends away who comes all the same', () => {
    room.chat.sendAway();
    expect(room.connect().closed).toEqual(AWAY);
  });

  it('D22: lets private connections run that are running, and ends the endpoints that wait, until it stops', () => {
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    const present = (id: number): MemoryStream => {
      const endpoint = room.connect();
      endpoint.send(loginPrivate(id));
      return endpoint;
    };
    for (const id of [7, 8]) {
      room.ids.push(id);
      alice.send(requestPrivate('alice', 'bob'));
      bob.send(okPrivate('alice', 'bob'));
    }
    const [first, second, waiting] = [present(7), present(7), present(8)];
    room.chat.sendAway();
    expect(waiting.closed).toEqual(AWAY);
    first.taken();
    second.send('00ff');
    expect(first.taken()).toBe('00ff');
    room.chat.endAll();
    // Half of a stream must not look like the whole of it (D21), so both sides are reset.
    for (const endpoint of [first, second]) expect(endpoint.aborted).toEqual(AWAY);
    expect(room.chat.endpoints.size).toBe(0);
  });
});
