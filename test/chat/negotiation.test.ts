import { beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../server/chat/environment/observer.ts';
import { MINUTE, SECOND } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import type { MemoryStream } from '../support/memory-stream.ts';
import {
  idPrivate,
  koPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  requestPrivate,
} from '../support/raw-hex.ts';

const ESTABLISHED = '0a';

let room: MemoryRoom;
let alice: MemoryStream;
let bob: MemoryStream;

beforeEach(() => {
  room = new MemoryRoom();
  alice = room.join('alice');
  bob = room.join('bob');
});

/** Sends alice's request to bob, who reads it. */
function ask(): void {
  alice.send(requestPrivate('alice', 'bob'));
  room.turn();
  expect(bob.taken()).toBe(requestPrivate('alice', 'bob'));
}

/** Sends an answer from one client, and gives what both clients get then. */
function answer(from: MemoryStream, hex: string): { alice: string; bob: string } {
  from.send(hex);
  room.turn();
  return { alice: alice.taken(), bob: bob.taken() };
}

/** Has alice and bob given this connect_id. */
function grant(id: number): void {
  room.ids.push(id);
  ask();
  expect(answer(bob, okPrivate('alice', 'bob')).bob).toBe(idPrivate('alice', 'bob', id));
  room.told();
}

/** Opens a connection that presents a connect_id. */
function present(id: number): MemoryStream {
  const stream = room.connect();
  stream.send(loginPrivate(id));
  return stream;
}

const NOTHING = { alice: '', bob: '' };
const REFUSAL = { kind: 'not-allowed', reason: 'the connect_id is unknown, lapsed or used' };

describe('a request (D15)', () => {
  it('D15: is forwarded to the target alone, each time it is repeated, and is answered once', () => {
    const carol = room.join('carol');
    ask();
    ask();
    expect([alice.taken(), carol.taken()]).toEqual(['', '']);
    expect(room.chat.negotiation.pendingRequests).toBe(1);
    expect(answer(bob, koPrivate('alice', 'bob')).alice).toBe(koPrivate('alice', 'bob'));
    expect(answer(bob, koPrivate('alice', 'bob'))).toEqual(NOTHING);
  });

  it('D15: can be answered until 5 minutes have passed', () => {
    ask();
    room.clock.advance(5 * MINUTE - 1);
    expect(answer(bob, koPrivate('alice', 'bob')).alice).toBe(koPrivate('alice', 'bob'));
  });

  it('D15: lapses after 5 minutes, and can be made again', () => {
    ask();
    room.clock.advance(5 * MINUTE);
    expect(answer(bob, koPrivate('alice', 'bob') + okPrivate('alice', 'bob'))).toEqual(NOTHING);
    expect(room.told()).toEqual([
      '2 ignored KO_PRIVATE: no such request',
      '2 ignored OK_PRIVATE: no such request',
    ]);
    grant(7);
  });

  it('D15: 32 may be pending from one requester; a repeated one still goes, another is ignored', () => {
    const others = Array.from({ length: 32 }, (_, i) => room.join(`user ${i}`));
    for (const i of others.keys()) alice.send(requestPrivate('alice', `user ${i}`));
    alice.send(requestPrivate('alice', 'bob') + requestPrivate('alice', 'user 0'));
    bob.send(requestPrivate('bob', 'user 0'));
    room.turn();
    expect(room.told()).toEqual(['1 ignored REQUEST_PRIVATE: too many requests']);
    expect(bob.taken()).toBe('');
    expect(others[0]!.taken()).toBe(
      requestPrivate('alice', 'user 0').repeat(2) + requestPrivate('bob', 'user 0'),
    );
    expect(others[31]!.taken()).toBe(requestPrivate('alice', 'user 31'));
  });

  it.each<readonly [title: string, free: (first: MemoryStream) => void]>([
    ['is answered', (first) => first.send(koPrivate('alice', 'user 0'))],
    ['lapses', () => room.clock.advance(5 * MINUTE)],
    ['loses its target', (first) => first.lose()],
  ])('D15: one of 32 that %s makes room for another', (_title, free) => {
    const others = Array.from({ length: 32 }, (_, i) => room.join(`user ${i}`));
    for (const i of others.keys()) alice.send(requestPrivate('alice', `user ${i}`));
    free(others[0]!);
    ask();
  });

  it.each<readonly [who: string, leave: () => void]>([
    ['the requester is lost', () => alice.lose()],
    ['the requester ends its writing', () => alice.sendEnd()],
    ['the requester is closed for cause', () => alice.send('ff')],
  ])('D15: lapses when %s, also for who takes the login next', (_title, leave) => {
    ask();
    leave();
    alice = room.join('alice');
    expect(answer(bob, okPrivate('alice', 'bob') + koPrivate('alice', 'bob'))).toEqual(NOTHING);
    expect(room.chat.negotiation.pendingRequests).toBe(0);
  });

  it('D15: lapses when the target leaves, also for who takes the login next', () => {
    ask();
    bob.lose();
    bob = room.join('bob');
    expect(answer(bob, okPrivate('alice', 'bob') + koPrivate('alice', 'bob'))).toEqual(NOTHING);
    expect(room.chat.negotiation.pendingRequests).toBe(0);
  });
});

describe('an answer (D16)', () => {
  it('D16: KO goes to the requester alone, as the target sent it', () => {
    ask();
    expect(answer(bob, koPrivate('alice', 'bob'))).toEqual({ alice: koPrivate('alice', 'bob'), bob: '' });
  });

  it('D16: OK gives both the connect_id, once', () => {
    room.ids.push(-2);
    ask();
    const id = idPrivate('alice', 'bob', -2);
    expect(answer(bob, okPrivate('alice', 'bob'))).toEqual({ alice: id, bob: id });
    expect(answer(bob, okPrivate('alice', 'bob') + koPrivate('alice', 'bob'))).toEqual(NOTHING);
  });

  it.each([
    ['OK from the requester', () => alice, okPrivate('alice', 'bob')],
    ['KO from the requester', () => alice, koPrivate('alice', 'bob')],
    ['OK with the logins the wrong way round', () => bob, okPrivate('bob', 'alice')],
    ['KO with the logins the wrong way round', () => alice, koPrivate('bob', 'alice')],
    ['OK from a third', () => room.join('carol'), okPrivate('alice', 'bob')],
    ['KO of a third for itself', () => room.join('carol'), koPrivate('alice', 'carol')],
  ])('D16: %s counts for nothing, and the request stays pending', (_title, from, hex) => {
    ask();
    expect(answer(from(), hex)).toEqual(NOTHING);
    expect(answer(bob, koPrivate('alice', 'bob')).alice).toBe(koPrivate('alice', 'bob'));
  });

  it('D16: requests the two make to each other are two, answered each by itself', () => {
    room.ids.push(1);
    ask();
    bob.send(requestPrivate('bob', 'alice'));
    room.turn();
    expect(alice.taken()).toBe(requestPrivate('bob', 'alice'));
    expect(answer(alice, okPrivate('bob', 'alice')).bob).toBe(idPrivate('bob', 'alice', 1));
    expect(answer(bob, koPrivate('alice', 'bob')).alice).toBe(koPrivate('alice', 'bob'));
  });

  it('D8: ID_PRIVATE names each as it named itself, however the target spelled the requester', () => {
    const zoe = room.join('zo\u00e9');
    room.ids.push(1);
    zoe.send(requestPrivate('zo\u00e9', 'bob'));
    bob.send(okPrivate('zoe\u0301', 'bob'));
    room.turn();
    expect(zoe.taken()).toBe(idPrivate('zo\u00e9', 'bob', 1));
  });

  it('D2: each gets the connect_id in the dialect of its own listener, and both open the same connection', () => {
    const java = room.join('java', { transport: 'tcp-long64', longSize: 8 });
    room.ids.push(-2);
    java.send(requestPrivate('java', 'bob'));
    bob.send(okPrivate('java', 'bob'));
    room.turn();
    expect(java.taken()).toBe(idPrivate('java', 'bob', -2).slice(0, -8) + 'fffffffffffffffe');
    const endpoint = room.connect({ transport: 'tcp-long64', longSize: 8 });
    endpoint.send('09' + 'fffffffffffffffe');
    expect(present(-2).taken()).toBe(ESTABLISHED);
    expect(endpoint.taken()).toBe(ESTABLISHED);
  });
});

describe('a connect_id (D17, D18)', () => {
  it('D17: is drawn again while the generator repeats a live one', () => {
    grant(7);
    room.ids.push(7, 7, 8);
    ask();
    expect(answer(bob, okPrivate('alice', 'bob')).bob).toBe(idPrivate('alice', 'bob', 8));
    expect(room.chat.negotiation.liveIds).toBe(2);
  });

  it.each([0, -1, 2 ** 31 - 1, -(2 ** 31)])('D17: may be any 32-bit number, %i too', (id) => {
    grant(id);
    const first = present(id);
    expect(present(id).taken()).toBe(ESTABLISHED);
    expect(first.taken()).toBe(ESTABLISHED);
  });

  it('D17: serves exactly two connections; a third is closed and the two never notice', () => {
    grant(7);
    const [first, second] = [present(7), present(7)];
    expect([first.taken(), second.taken()]).toEqual([ESTABLISHED, ESTABLISHED]);
    expect(present(7).closed).toEqual(REFUSAL);
    first.send('ff00');
    expect(second.taken()).toBe('ff00');
    expect(room.chat.negotiation.liveIds).toBe(0);
    expect(room.clock.pending).toBe(0);
  });

  it('D17: is void after 3 min when nobody came', () => {
    grant(7);
    room.clock.advance(3 * MINUTE - 1);
    expect(room.chat.negotiation.liveIds).toBe(1);
    room.clock.advance(1);
    expect(room.chat.negotiation.liveIds).toBe(0);
    expect(present(7).closed).toEqual(REFUSAL);
  });

  it('D17: is void after 3 min when only one came, which is closed and told why', () => {
    grant(7);
    room.clock.advance(179 * SECOND);
    const first = present(7);
    room.clock.advance(SECOND - 1);
    expect(first.closed).toBeNull();
    room.clock.advance(1);
    expect(first.closed).toEqual({ kind: 'not-allowed', reason: 'the connect_id lapsed' });
    expect(first.taken()).toBe('');
    expect(present(7).closed).toEqual(REFUSAL);
    first.lose();
    expect(room.told()).toEqual([
      '3 became an endpoint',
      '3 endpoint ended: connect_id lapsed, 0 bytes',
      '4 closed: unknown connect_id',
    ]);
  });

  it('D17: an established connection does not lapse', () => {
    grant(7);
    const [first, second] = [present(7), present(7)];
    room.clock.advance(60 * MINUTE);
    expect([first.closed, second.closed, first.aborted, second.aborted]).toEqual([null, null, null, null]);
    expect(room.chat.endpoints.size).toBe(2);
  });

  it('D19: is void when the first connection breaks before the second comes', () => {
    grant(7);
    present(7).lose();
    expect(present(7).closed).toEqual(REFUSAL);
    expect(room.clock.pending).toBe(0);
    expect([room.chat.endpoints.size, room.chat.negotiation.liveIds]).toEqual([0, 0]);
  });

  it('D18: an unknown one closes that connection and touches no other', () => {
    grant(7);
    const first = present(7);
    expect(present(8).closed).toEqual(REFUSAL);
    expect(first.closed).toBeNull();
    expect(present(7).taken()).toBe(ESTABLISHED);
  });

  it('D2: an 8-byte one outside 32 bits is unknown, whatever its low half', () => {
    grant(7);
    const endpoint = room.connect({ transport: 'tcp-long64', longSize: 8 });
    endpoint.send('09' + '00000001' + '00000007');
    expect(endpoint.closed).toEqual(REFUSAL);
    expect(room.chat.negotiation.liveIds).toBe(1);
  });

  describe('D2: of a client that seems to have come to the wrong port is told of, once', () => {
    const NARROW = { transport: 'tcp', longSize: 4 } as const;
    const WIDE = { transport: 'tcp-long64', longSize: 8 } as const;
    const suspected = (from: Partial<Source>, hex: string): string[] => {
      const stream = room.connect(from);
      stream.send(hex);
      room.clock.advance(15 * SECOND);
      return room.told().filter((told) => told.includes('seems'));
    };

    it.each([
      ['a sign-extended id above 0', '09 00000000 00000007'],
      ['a sign-extended id below 0', '09 ffffffff fffffff9'],
      ['half of one, the other half still under way', '09 00000000'],
      ['the right id, and half of the command that came behind it', '09 00000007 03000000'],
      ['the same, and what it has to say', '09 00000007 03000000 474554202f'],
      ['the same, a STRING', '09 00000007 05000000 00000005 68656c6c6f'],
      ['the same, where ID_PRIVATE came next', '09 00000007 08000000 474554'],
      ['the right id, and a sign extension', '09 00000007 00000000 41'],
      ['the right id, and the other sign extension', '09 00000007 ffffffff'],
    ])('8 bytes on the 4-byte port: %s', (_title, hex) => {
      grant(7);
      expect(suspected(NARROW, hex)).toEqual(['3 seems to write LONG on 8 bytes']);
      expect(suspected({ ...NARROW, transport: 'tcp-tls' }, '0900000000')).toHaveLength(1);
    });

    it.each([
      ['a whole id whose halves are no sign and its number', '09 00000007 0300000005616c6963'],
      ['half of one, and no more', '09 00000007'],
    ])('4 bytes on the 8-byte port: %s', (_title, hex) => {
      grant(7);
      expect(suspected(WIDE, hex)).toEqual(['3 seems to write LONG on 4 bytes']);
    });

    it('half of one, when its connection ends', () => {
      for (const end of ['sendEnd', 'lose'] as const) {
        const stream = room.connect(WIDE);
        stream.send('09 00000007');
        stream[end]();
        expect(room.told().filter((told) => told.includes('seems'))).toHaveLength(1);
      }
    });

    it.each<readonly [string, Partial<Source>, string]>([
      ['a wrong id', NARROW, '09 00000008'],
      ['a MESSAGE behind the id', NARROW, '09 00000007' + message('alice', 'hi')],
      ['a STRING behind the id', NARROW, '09 00000007 00000005 68656c6c6f'],
      ['a request of HTTP behind the id', NARROW, '09 00000007 474554202f'],
      ['the right id on 8 bytes', WIDE, '09 0000000000000007'],
      ['a wrong id on 8 bytes', WIDE, '09 fffffffffffffff9'],
      ['a LOGIN that is not complete', WIDE, '00 00000005'],
      ['a page, which has no other port', { transport: 'websocket', longSize: 4 }, '09 00000000'],
    ])('but not for %s', (_title, from, hex) => {
      grant(7);
      expect(suspected(from, hex)).toEqual([]);
    });
  });

  it('D22: outlives the clients it was given to, and so does the connection they opened', () => {
    grant(7);
    const first = present(7);
    alice.lose();
    bob.sendEnd();
    const second = present(7);
    first.send('01');
    expect([first.taken(), second.taken()]).toEqual([ESTABLISHED, ESTABLISHED + '01']);
  });

  it('D11: what is said in the room never enters a private connection', () => {
    grant(7);
    const [first, second] = [present(7), present(7)];
    alice.send(message('alice', 'to the room'));
    first.send(login('not a command any more'));
    room.turn();
    expect(first.taken()).toBe(ESTABLISHED);
    expect(second.taken()).toBe(ESTABLISHED + login('not a command any more'));
  });
});
