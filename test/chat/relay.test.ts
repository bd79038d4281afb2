import { describe, expect, it } from 'vitest';
import { BACKPRESSURE } from '../../shared/stream/holds.ts';
import { GOING_AWAY } from '../../shared/protocol/closes.ts';
import { TurnQuota } from '../../shared/stream/turn-quota.ts';
import { RelayEndpoint } from '../../server/chat/private/relay.ts';
import { ManualTurns } from '../support/manual-time.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import { loginPrivate, okPrivate, requestPrivate } from '../support/raw-hex.ts';

const ESTABLISHED = '0a';
const HELD = 64 * 1024;

function endpoint(rest = '', quota: TurnQuota | null = null) {
  const stream = new MemoryStream();
  const ends: string[] = [];
  return {
    stream,
    ends,
    endpoint: new RelayEndpoint(
      stream,
      Buffer.from(rest, 'hex'),
      { maxHeldBytes: HELD, relayStall: 1 },
      (_leg, end, rule) => ends.push(rule === undefined ? end : `${end}: ${rule}`),
      quota,
    ),
  };
}

/** Joins two connections, and takes ESTABLISHED from both. */
function pair() {
  const [a, b] = [endpoint(), endpoint()];
  a.endpoint.connect(b.endpoint);
  expect([a.stream.taken(), b.stream.taken()]).toEqual([ESTABLISHED, ESTABLISHED]);
  return { a, b };
}

describe('many relays at full speed', () => {
  const READ = 256 * 1024;

  /** As many relays as that beside each other, under one budget, each with so many reads waiting. */
  function busy(relays: number, reads: number) {
    const turns = new ManualTurns();
    const quota = new TurnQuota(turns.atEndOfTurn);
    const all = Array.from({ length: relays }, () => {
      const [from, to] = [endpoint('', quota), endpoint('', quota)];
      from.endpoint.connect(to.endpoint);
      to.stream.taken();
      return { from, to };
    });
    const relayed = () => all.map(({ from }) => from.endpoint.relayed / READ);
    for (let read = 0; read < reads; read++)
      for (const { from } of all) from.stream.send(new Uint8Array(READ));
    return { turns, all, relayed };
  }

  it('pass on some megabytes in a turn, and take turns: all go on, and the chat does between', () => {
    const { turns, relayed } = busy(40, 3);
    const sumOf = () => relayed().reduce((one, other) => one + other);
    // Nobody has waited before its first read.
    expect(sumOf()).toBeLessThanOrEqual(40 + 8);
    for (let turn = 0, before = sumOf(); turn < 10; turn++) {
      turns.end();
      const sum = sumOf();
      expect(sum - before).toBeLessThanOrEqual(2 * 8);
      expect(Math.max(...relayed()) - Math.min(...relayed())).toBeLessThanOrEqual(2);
      before = sum;
    }
    for (let turn = 0; turn < 20; turn++) turns.end();
    expect(relayed()).toEqual(Array.from({ length: 40 }, () => 3));
  });

  it('are read again a few in a turn, when all their readers have room at once', () => {
    const { turns, all, relayed } = busy(40, 0);
    const sumOf = () => relayed().reduce((one, other) => one + other);
    for (const { from, to } of all) {
      to.stream.stall();
      for (let read = 0; read < 2; read++) from.stream.send(new Uint8Array(READ));
    }
    for (let turn = 0; turn < 20; turn++) turns.end();
    expect(sumOf()).toBe(40);
    for (const { to } of all) to.stream.drain();
    expect(sumOf()).toBeLessThanOrEqual(40 + 8);
    for (let turn = 0; turn < 20; turn++) turns.end();
    expect(sumOf()).toBe(80);
  });

  it('but not one that is alone: what it brings in a turn is bounded by the event loop, until another one comes', () => {
    const { turns, all } = busy(2, 0);
    const [alone, other] = [all[0]!.from, all[1]!.from];
    const bring = (reads: number) => {
      for (let read = 0; read < reads; read++) alone.stream.send(new Uint8Array(READ));
    };
    // Nobody knows yet that it is alone.
    for (let read = 0; read < 17; read++) {
      bring(1);
      turns.end();
    }
    bring(32);
    expect(alone.stream.paused).toBe(false);
    other.stream.send('01');
    bring(8);
    expect(alone.stream.paused).toBe(false);
    other.stream.send(new Uint8Array(READ));
    bring(8);
    expect(alone.stream.paused).toBe(true);
    turns.end();
    expect(alone.stream.paused).toBe(false);
  });

  it('do not make those wait who say little, and end as they would', () => {
    const { turns, all } = busy(20, 2);
    const [{ from, to }, other] = [all[0]!, endpoint('', new TurnQuota(turns.atEndOfTurn))];
    expect(from.stream.paused).toBe(true);
    other.endpoint.connect(endpoint().endpoint);
    other.stream.send('01');
    expect(other.stream.paused).toBe(false);
    from.stream.sendEnd();
    expect(to.stream.ended).toBe(false);
    for (let turn = 0; turn < 20; turn++) turns.end();
    expect(from.endpoint.relayed).toBe(2 * READ);
    expect(to.stream.ended).toBe(true);
    all[1]!.from.stream.lose();
    expect(all[1]!.to.stream.aborted).not.toBeNull();
  });
});

describe('the first endpoint waits (D19)', () => {
  it('D19: what it sends meanwhile comes behind ESTABLISHED, in order, with its end of writing', () => {
    const first = endpoint('01');
    first.stream.send('0203');
    first.stream.send('04');
    first.stream.sendEnd();
    expect(first.stream.writes).toHaveLength(0);
    const second = endpoint('a1a2');
    first.endpoint.connect(second.endpoint);
    expect(second.stream.taken()).toBe(ESTABLISHED + '01020304');
    expect(second.stream.ended).toBe(true);
    expect(first.stream.taken()).toBe(ESTABLISHED + 'a1a2');
    expect(first.stream.ended).toBe(false);
    second.stream.send('a3');
    expect(first.stream.taken()).toBe('a3');
  });

  it('D19: is paused once 64 KiB are held, and resumed when they are passed on', () => {
    const first = endpoint('00'.repeat(10));
    first.stream.send(new Uint8Array(HELD - 11));
    expect(first.stream.paused).toBe(false);
    first.stream.send('01');
    expect(first.stream.paused).toBe(true);
    first.stream.send('02');
    const second = endpoint();
    first.endpoint.connect(second.endpoint);
    expect(first.stream.paused).toBe(false);
    expect(second.stream.taken()).toBe(ESTABLISHED + '00'.repeat(HELD - 1) + '0102');
  });

  it('D19, D20: stays paused after ESTABLISHED while the second cannot take what was held', () => {
    const first = endpoint();
    first.stream.send(new Uint8Array(HELD));
    first.stream.send('01');
    first.stream.sendEnd();
    const second = endpoint();
    second.stream.stall();
    first.endpoint.connect(second.endpoint);
    expect(first.stream.paused).toBe(true);
    expect(second.stream.buffered).toBe(1 + HELD);
    expect(second.stream.ended).toBe(false);
    second.stream.drain();
    expect(second.stream.taken()).toBe(ESTABLISHED + '00'.repeat(HELD) + '01');
    expect(second.stream.ended).toBe(true);
  });

  it('D19: the second may have sent more than 64 KiB behind its LOGIN_PRIVATE, too', () => {
    const [first, second] = [endpoint(), endpoint('00'.repeat(HELD))];
    expect(second.stream.paused).toBe(true);
    first.endpoint.connect(second.endpoint);
    expect(second.stream.paused).toBe(false);
    expect(first.stream.taken()).toBe(ESTABLISHED + '00'.repeat(HELD));
  });
});

describe('the relay (D20)', () => {
  it('§4, D20: passes on bytes unchanged in both directions, in the call they came in', () => {
    const { a, b } = pair();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    a.stream.send(bytes);
    b.stream.send('0a00ff');
    expect(b.stream.writes).toEqual([bytes]);
    expect(a.stream.taken()).toBe('0a00ff');
    expect([a.endpoint.relayed, b.endpoint.relayed]).toEqual([256, 3]);
  });

  it('D20: stops reading from one endpoint while the other cannot take more; the opposite direction goes on', () => {
    const { a, b } = pair();
    b.stream.stall();
    a.stream.send('01');
    expect([a.stream.paused, b.stream.paused]).toEqual([true, false]);
    a.stream.send('02');
    b.stream.send('a1');
    expect(a.stream.taken()).toBe('a1');
    expect(b.stream.buffered).toBe(1);
    b.stream.drain();
    expect(a.stream.paused).toBe(false);
    expect(b.stream.taken()).toBe('0102');
  });

  it('D20: both directions may be held back at once, and each resumes by itself', () => {
    const { a, b } = pair();
    a.stream.stall();
    b.stream.stall();
    a.stream.send('01');
    b.stream.send('a1');
    expect([a.stream.paused, b.stream.paused]).toEqual([true, true]);
    a.stream.drain();
    expect([a.stream.paused, b.stream.paused]).toEqual([true, false]);
    b.stream.drain();
    expect(a.stream.paused).toBe(false);
  });

  it('D20: an end of writing waits behind what is held back', () => {
    const { a, b } = pair();
    b.stream.stall();
    a.stream.send('01');
    a.stream.send('02');
    a.stream.sendEnd();
    expect(b.stream.ended).toBe(false);
    b.stream.drain();
    expect(b.stream.taken()).toBe('0102');
    expect(b.stream.ended).toBe(true);
  });
});

describe('how a relay ends (D21)', () => {
  it('§4, D21: the end of writing of one endpoint ends writing on the other, and nothing else', () => {
    const { a, b } = pair();
    a.stream.send('01');
    a.stream.sendEnd();
    expect(b.stream.taken()).toBe('01');
    expect([a.stream.ended, b.stream.ended]).toEqual([false, true]);
    b.stream.send('a1');
    b.stream.send('a2');
    expect(a.stream.taken()).toBe('a1a2');
    b.stream.sendEnd();
    expect(a.stream.ended).toBe(true);
    a.stream.lose({ clean: true });
    b.stream.lose({ clean: true });
    expect([a.ends, b.ends]).toEqual([['relay finished'], ['relay finished']]);
    expect([a.stream.aborted, b.stream.aborted]).toEqual([null, null]);
  });

  it('D21: a clean end of one endpoint leaves the other its time to take the rest', () => {
    const { a, b } = pair();
    b.stream.stall();
    a.stream.send('01');
    b.stream.sendEnd();
    a.stream.release(BACKPRESSURE);
    a.stream.sendEnd();
    a.stream.lose({ clean: true });
    expect(b.stream.aborted).toBeNull();
    expect(b.ends).toEqual([]);
    expect(b.stream.taken()).toBe('01');
  });

  it.each<readonly [when: string, before: (a: MemoryStream, b: MemoryStream) => void]>([
    ['while both are open', () => {}],
    ['after it ended its own writing', (a) => a.sendEnd()],
    ['after the other ended its writing', (_a, b) => b.sendEnd()],
    [
      'while the other is held back',
      (a, b) => {
        b.stall();
        a.send('01');
      },
    ],
  ])('D21: an endpoint that breaks %s resets the other', (_title, before) => {
    const { a, b } = pair();
    before(a.stream, b.stream);
    a.stream.lose();
    expect(b.stream.aborted).not.toBeNull();
    b.stream.lose();
    expect([a.ends, b.ends]).toEqual([['connection lost'], ['other leg lost']]);
  });

  it('D21, D25: an endpoint that breaks the rules of its transport breaks the other, though it never answers its close', () => {
    const { a, b } = pair();
    a.stream.breakRules('data after the end of writing');
    expect(a.stream.closed).toEqual({ kind: 'unreadable', reason: 'data after the end of writing' });
    expect(b.stream.aborted).not.toBeNull();
    a.stream.lose({ clean: false, code: 1002 });
    expect([a.ends, b.ends]).toEqual([
      ['transport rules broken: data after the end of writing'],
      ['other leg lost'],
    ]);
  });

  it('D18, D25: one that breaks them while it waits is over at once: nobody is paired with it', () => {
    const waiting = endpoint();
    waiting.stream.breakRules('data after the end of writing');
    expect(waiting.stream.closed).toEqual({ kind: 'unreadable', reason: 'data after the end of writing' });
    expect([waiting.endpoint.isGone, waiting.ends]).toEqual([
      true,
      ['transport rules broken: data after the end of writing'],
    ]);
  });

  it('D21, D26: a server that goes away leaves no relay looking finished, and tells who still waits', () => {
    const { a, b } = pair();
    const waiting = endpoint();
    for (const each of [a, b, waiting]) each.endpoint.close(GOING_AWAY);
    for (const { stream, ends } of [a, b]) {
      expect(stream.aborted?.kind).toBe('going-away');
      expect(ends).toEqual(['server going away']);
    }
    expect(waiting.stream.closed?.kind).toBe('going-away');
  });
});

describe('from connections to endpoints (§4)', () => {
  /** Makes a room in which alice and bob have been given connect_id 7. */
  function negotiated(): MemoryRoom {
    const room = new MemoryRoom();
    const [alice, bob] = [room.join('alice'), room.join('bob')];
    room.ids.push(7);
    alice.send(requestPrivate('alice', 'bob'));
    bob.send(okPrivate('alice', 'bob'));
    room.turn();
    return room;
  }

  // None of these bytes could be read as commands.
  const tail = 'ff00ffffffff0a7f';

  it('§4, D19: no byte behind LOGIN_PRIVATE is lost or read as a command, wherever it is cut', () => {
    const sent = Buffer.from(loginPrivate(7) + tail, 'hex');
    for (let at = 1; at < sent.length; at++) {
      const room = negotiated();
      const [first, second] = [room.connect(), room.connect()];
      for (const stream of [first, second]) {
        stream.send(sent.subarray(0, at));
        stream.send(sent.subarray(at));
      }
      expect([first.taken(), second.taken()]).toEqual([ESTABLISHED + tail, ESTABLISHED + tail]);
    }
  });

  it('D22: the two endpoints are any two transports', () => {
    const room = negotiated();
    const [first, second] = [room.connect({ transport: 'websocket' }), room.connect()];
    first.send(loginPrivate(7) + '01');
    first.sendEnd();
    second.send(loginPrivate(7) + 'a1');
    expect([first.taken(), second.taken()]).toEqual([ESTABLISHED + 'a1', ESTABLISHED + '01']);
    expect([first.ended, second.ended]).toEqual([false, true]);
  });

  it('D21: both ends are told of, with what was passed on, and nothing is kept', () => {
    const room = negotiated();
    const [first, second] = [room.connect(), room.connect()];
    first.send(loginPrivate(7));
    second.send(loginPrivate(7));
    first.send('010203');
    first.lose();
    second.lose();
    expect(room.told()).toEqual([
      '3 became an endpoint',
      '4 became an endpoint',
      '3 and 4 established',
      '3 endpoint ended: connection lost, 3 bytes',
      '4 endpoint ended: other leg lost, 0 bytes',
    ]);
    expect([room.chat.endpoints.size, room.chat.connections.size]).toEqual([0, 2]);
  });

  it('D17, D26: a server that stops ends every endpoint, and no timer stays', () => {
    const room = negotiated();
    const waiting = room.connect();
    waiting.send(loginPrivate(7));
    room.chat.endAll();
    expect(waiting.closed?.kind).toBe('going-away');
    expect(room.chat.endpoints.size).toBe(0);
    expect(room.clock.pending).toBe(0);
  });
});
