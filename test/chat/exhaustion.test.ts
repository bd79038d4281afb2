import { describe, expect, it } from 'vitest';
import { MINUTE } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import type { MemoryStream } from '../support/memory-stream.ts';
import { loginPrivate, okPrivate, requestPrivate } from '../support/raw-hex.ts';

/** Fills a room with `count` clients, and gives a way for one to request a private connection with another. */
function crowd(count: number, limits: ConstructorParameters<typeof MemoryRoom>[0]) {
  const room = new MemoryRoom(limits);
  const clients = Array.from({ length: count }, (_, i) => room.join(`c${i}`));
  const request = (from: number, to: number): void =>
    clients[from]!.send(requestPrivate(`c${from}`, `c${to}`));
  const accept = (from: number, to: number, id: number): void => {
    room.ids.push(id);
    clients[to]!.send(okPrivate(`c${from}`, `c${to}`));
    room.ids.length = 0;
  };
  const present = (id: number): MemoryStream => {
    const endpoint = room.connect();
    endpoint.send(loginPrivate(id));
    return endpoint;
  };
  return { room, clients, request, accept, present };
}

const TOO_MANY = '1 ignored REQUEST_PRIVATE: too many requests';

describe('negotiations', () => {
  it('D15, D17: of a requester with 32 waiting connect_ids are ignored, until one is used or lapses', () => {
    const { room, request, accept, present } = crowd(2, {});
    for (let id = 0; id < 32; id++) {
      request(0, 1);
      accept(0, 1, id);
    }
    request(0, 1);
    expect(room.told()).toEqual([TOO_MANY]);
    present(7);
    present(7);
    room.told();
    request(0, 1);
    expect(room.told()).toEqual([]);
    accept(0, 1, 99);
    request(0, 1);
    expect(room.told()).toEqual([TOO_MANY]);
    room.clock.advance(3 * MINUTE);
    request(0, 1);
    expect([room.told(), room.chat.negotiation.liveIds]).toEqual([[], 0]);
  });

  it('D15: of everyone together are bounded; what is there already goes on, and what lapses makes room', () => {
    const { room, request, accept } = crowd(5, { maxNegotiations: 3 });
    request(1, 0);
    request(2, 0);
    request(3, 0);
    request(0, 4);
    expect(room.told()).toEqual([TOO_MANY]);
    request(1, 0);
    accept(2, 0, 7);
    expect([room.told(), room.chat.negotiation.liveIds]).toEqual([[], 1]);
    request(0, 4);
    expect(room.told()).toEqual([TOO_MANY]);
    room.clock.advance(5 * MINUTE);
    request(0, 4);
    request(4, 1);
    expect([room.told(), room.chat.negotiation.pendingRequests]).toEqual([[], 2]);
  });
});

describe('endpoints that wait', () => {
  it('D19: beyond the bound are told so; their id stays good, and who is there is served', () => {
    const { room, request, accept, present } = crowd(2, { maxWaitingLegs: 1 });
    for (const id of [7, 8]) {
      request(0, 1);
      accept(0, 1, id);
    }
    const first = present(7);
    const refused = present(8);
    expect(refused.closed).toEqual({ kind: 'too-many', reason: 'too many private connections are waiting' });
    expect(room.told().at(-1)).toBe('4 closed: too many waiting legs');
    const second = present(7);
    expect([first.taken(), second.taken()]).toEqual(['0a', '0a']);
    const [again, other] = [present(8), present(8)];
    expect([again.taken(), other.taken()]).toEqual(['0a', '0a']);
    expect(room.chat.endpoints.waiting).toBe(0);
  });

  it('D19: count no more when they are gone', () => {
    const { room, request, accept, present } = crowd(2, { maxWaitingLegs: 1 });
    for (const id of [7, 8, 9]) {
      request(0, 1);
      accept(0, 1, id);
    }
    present(7).lose();
    expect(room.chat.endpoints.waiting).toBe(0);
    present(8);
    room.clock.advance(3 * MINUTE);
    expect(room.chat.endpoints.waiting).toBe(0);
  });
});
