import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff } from '../../web/net/backoff.ts';
import type { BrowserSocket } from '../../web/net/browser-socket.ts';
import {
  ANSWER_DEADLINE_MS,
  Connection,
  HELD_TRIES,
  type ConnectionEvent,
} from '../../web/net/connection.ts';
import { PATIENCE_MS } from '../../web/net/reach.ts';
import {
  ACCEPTED,
  koPrivate,
  login,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
} from '../support/raw-hex.ts';
import { FakeStream } from './support/fake-stream.ts';

/** Sets up a connection whose streams the test holds, and whose random numbers are all ½. */
function setUp() {
  const streams: FakeStream[] = [];
  const events: ConnectionEvent[] = [];
  const connection = new Connection({
    open: (options) => streams[streams.push(new FakeStream(options)) - 1]!,
    report: (event) => events.push(event),
    random: () => 0.5,
  });
  return {
    connection,
    streams,
    types: () => events.splice(0).map(({ type }) => type),
    events,
  };
}

/** Sets up the same, identified as ann. */
function setUpMember() {
  const setup = setUp();
  setup.connection.join('ann');
  const [stream] = setup.streams;
  stream!.take();
  stream!.answer(ACCEPTED);
  setup.types();
  return { ...setup, stream: stream! };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('a ban', () => {
  const BAN = { clean: false, code: 1008, reason: 'banned by the operator' };

  it('is told at once, and nothing is tried again by itself (D26)', () => {
    const { connection, stream, streams, events } = setUpMember();
    events.length = 0;
    stream.drop(BAN);
    expect(events.splice(0)).toEqual([{ type: 'banned', login: 'ann' }]);
    connection.retryNow();
    expect([vi.getTimerCount(), streams.length]).toEqual([0, 1]);
    // Whoever proposes a name all the same is answered as anybody.
    connection.join('ann');
    streams[1]!.answer(REFUSED);
    expect(events).toEqual([{ type: 'refused', login: 'ann' }]);
  });

  it('is told to one who has just proposed a name, too', () => {
    const { connection, streams, types } = setUp();
    connection.join('ann');
    streams[0]!.drop(BAN);
    expect([types(), vi.getTimerCount()]).toEqual([['banned'], 0]);
  });

  it('of a name is told to one who comes back and is refused, in place of waiting for the name (D28)', () => {
    const { connection, stream, streams, events } = setUpMember();
    stream.drop();
    connection.retryNow();
    events.length = 0;
    streams[1]!.tell({ type: 'refused', reason: 'banned' });
    streams[1]!.answer(REFUSED);
    expect([events.at(-1), vi.getTimerCount()]).toEqual([{ type: 'banned', login: 'ann' }, 0]);
    // Another name on the same connection is answered for itself.
    connection.join('bob');
    streams[1]!.answer(REFUSED);
    expect(events.at(-1)).toEqual({ type: 'refused', login: 'bob' });
  });

  it('is not what the operator means who only disconnects: the page comes back', () => {
    const { stream, types } = setUpMember();
    stream.drop({ clean: false, code: 1008, reason: 'disconnected by the operator' });
    expect([types(), vi.getTimerCount()]).toEqual([['lost'], 1]);
  });
});

describe('a server that goes', () => {
  it.each([
    ['the server is going away', { type: 'lost', inGoodOrder: true }],
    // Of a cluster, whose other gateways may have heard what this one has not acknowledged.
    ['the server has lost the others', { type: 'lost' }],
  ])('because %s says by that whether it left anything undone', (reason, event) => {
    const { stream, events } = setUpMember();
    events.length = 0;
    stream.drop({ clean: true, code: 1001, reason });
    expect(events).toEqual([event]);
  });
});

describe('joining', () => {
  it('connects, proposes the login, and reports the acceptance (§1)', () => {
    const { connection, streams, events } = setUp();
    connection.join('ann');
    expect(streams[0]!.take()).toBe(login('ann'));
    expect(connection.up).toBe(false);
    streams[0]!.answer(ACCEPTED);
    expect(events).toEqual([{ type: 'accepted', login: 'ann' }]);
    expect(connection.up).toBe(true);
  });

  it('reports a refusal, and proposes the next login on the same connection (§1)', () => {
    const { connection, streams, events } = setUp();
    connection.join('ann');
    streams[0]!.answer(REFUSED);
    expect(events).toEqual([{ type: 'refused', login: 'ann' }]);
    streams[0]!.take();
    connection.join('ann2');
    expect(streams).toHaveLength(1);
    expect(streams[0]!.take()).toBe(login('ann2'));
  });

  it('opens a new connection when the refused one is gone (D7)', () => {
    const { connection, streams, types } = setUp();
    connection.join('ann');
    streams[0]!.answer(REFUSED);
    streams[0]!.drop();
    expect(types()).toEqual(['refused']);
    connection.join('bob');
    expect(streams[1]!.take()).toBe(login('bob'));
  });

  it('reports a server that cannot be reached, and does not try again by itself', () => {
    const { connection, streams, types } = setUp();
    connection.join('ann');
    streams[0]!.drop();
    expect(types()).toEqual(['unreachable']);
    expect(vi.getTimerCount()).toBe(0);
    connection.join('ann');
    expect(streams).toHaveLength(2);
  });

  it('gives up on a server that does not answer', () => {
    const { connection, streams, types } = setUp();
    connection.join('ann');
    vi.advanceTimersByTime(ANSWER_DEADLINE_MS - 1);
    expect(streams[0]!.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(streams[0]!.aborted).toBe(true);
    expect(types()).toEqual(['unreachable']);
  });
});

describe('coming back after the page was loaded again', () => {
  it('tries until the ghost of the page before lets the name go', () => {
    const { connection, streams, types } = setUp();
    connection.comeBack('ann', 'its token');
    expect(streams[0]!.options.instead).toBe('its token');
    expect(streams[0]!.take()).toBe(login('ann'));
    streams[0]!.answer(REFUSED);
    expect(types()).toEqual(['name-held']);
    // Whoever loads the page once more meanwhile needs it again.
    expect(connection.token).toBe('its token');
    vi.advanceTimersByTime(backoff(0, () => 0.5));
    expect(streams[0]!.take()).toBe(login('ann'));
    streams[0]!.answer(ACCEPTED);
    expect(types()).toEqual(['accepted']);
    expect(connection.token).toBe(null);
  });

  it('tries until the server can be reached', () => {
    const { connection, streams, types } = setUp();
    connection.comeBack('ann', null);
    streams[0]!.drop();
    expect(types()).toEqual([]);
    vi.advanceTimersByTime(backoff(0, () => 0.5));
    streams[1]!.answer(ACCEPTED);
    expect(types()).toEqual(['accepted']);
  });
});

describe('a member', () => {
  it('sends messages under its login, and reports every command, in order (§2, D12)', () => {
    const { connection, stream, events } = setUpMember();
    const said = message('ann', 'hé');
    const told = privateMessage('ann', 'bob', 'x');
    const bytes = (hex: string) => hex.length / 2;
    expect(connection.send((client) => client.broadcast('hé'))).toBe(bytes(login('ann') + said));
    expect(connection.send((client) => client.sendTo('bob', 'x'))).toBe(bytes(login('ann') + said + told));
    expect(stream.take()).toBe(said + told);
    stream.answer(message('bob', 'a') + privateMessage('bob', 'ann', 'b'));
    expect(events).toMatchObject([
      { type: 'received', command: { msg: 'a' } },
      { type: 'received', command: { msg: 'b' } },
    ]);
  });

  it('reports what comes in the same bytes as the acceptance after it', () => {
    const { connection, streams, types } = setUp();
    connection.join('ann');
    streams[0]!.answer(ACCEPTED + message('bob', 'hi'));
    expect(types()).toEqual(['accepted', 'received']);
  });

  it('negotiates private connections (§3)', () => {
    const { connection, stream } = setUpMember();
    connection.send((client) => client.requestPrivate('bob'));
    connection.send((client) => client.acceptPrivate('eve'));
    connection.send((client) => client.refusePrivate('eve'));
    expect(stream.take()).toBe(
      requestPrivate('ann', 'bob') + okPrivate('eve', 'ann') + koPrivate('eve', 'ann'),
    );
  });

  it('reports what the server tells pages, until the next connection (D28)', () => {
    const { events, stream } = setUpMember();
    events.splice(0);
    stream.tell({ type: 'ack', bytes: 8 });
    expect(events).toEqual([{ type: 'control', message: { type: 'ack', bytes: 8 } }]);
    stream.drop();
    events.splice(0);
    vi.advanceTimersByTime(30_000);
    stream.tell({ type: 'ack', bytes: 9 });
    expect(events).toEqual([]);
  });

  it('sends nothing while the connection is interrupted, and goes on when it is back (D28)', () => {
    const { connection, stream, streams, types } = setUpMember();
    stream.interrupt(true);
    expect([connection.up, connection.send((client) => client.broadcast('x'))]).toEqual([false, null]);
    connection.retryNow();
    expect(stream.wakes).toBe(1);
    stream.interrupt(false);
    expect(types()).toEqual(['dropped', 'resumed']);
    connection.send((client) => client.broadcast('x'));
    expect(stream.take()).toBe(message('ann', 'x'));
    expect(streams).toHaveLength(1);
  });

  it('joins anew at once, on the socket that brought the news, when it cannot be resumed (D28)', () => {
    const { stream, streams, types } = setUpMember();
    stream.interrupt(true);
    stream.spare = {} as BrowserSocket;
    stream.drop();
    expect(types()).toEqual(['dropped', 'lost']);
    expect(streams[1]!.options.over).toBe(stream.spare);
    expect(streams[1]!.take()).toBe(login('ann'));
    streams[1]!.answer(ACCEPTED);
    expect(types()).toEqual(['accepted']);
  });

  it('takes the place of its own connection when it gave up on resuming it (D28)', () => {
    const { stream, streams } = setUpMember();
    stream.token = 'its token';
    stream.interrupt(true);
    stream.drop();
    vi.advanceTimersByTime(1_000);
    expect(streams[1]!.options.instead).toBe('its token');
    streams[1]!.answer(ACCEPTED);
    streams[1]!.drop();
    vi.advanceTimersByTime(1_000);
    expect(streams[2]!.options.instead).toBeNull();
  });

  it('sends nothing, and says so, while the connection is lost', () => {
    const { connection, stream } = setUpMember();
    stream.drop();
    expect(connection.send((client) => client.broadcast('x'))).toBeNull();
    expect(connection.send((client) => client.sendTo('bob', 'x'))).toBeNull();
    expect(connection.send((client) => client.requestPrivate('bob'))).toBeNull();
    expect(stream.take()).toBe('');
  });

  it('leaves by ending its writing, and hears nothing after that (D9)', () => {
    const { connection, stream, events } = setUpMember();
    connection.leave();
    expect(stream.ended).toBe(true);
    stream.answer(message('bob', 'late'));
    stream.drop();
    expect(events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has its own name again after it has left without a network, which the server cannot know', () => {
    const { connection, stream, streams } = setUpMember();
    stream.token = 'its token';
    stream.interrupt(true);
    connection.leave();
    connection.join('ann');
    expect(streams[1]!.options.instead).toBe('its token');
    streams[1]!.answer(ACCEPTED);
    // What was sent to a server that hears it is not cut short by what comes on another connection.
    connection.leave();
    connection.join('ann');
    expect(streams[2]!.options.instead).toBeNull();
  });

  it('has its own name again after it has left by a network that was dead, which this page did not know', () => {
    const { connection, stream, streams } = setUpMember();
    stream.token = 'its token';
    connection.leave();
    connection.join('ann');
    expect(streams[1]!.options.instead).toBeNull();
    vi.advanceTimersByTime(10_000);
    streams[1]!.drop();
    connection.join('ann');
    expect(streams[2]!.options.instead).toBe('its token');
    streams[2]!.drop();
    connection.join('ann');
    expect(streams[3]!.options.instead).toBe('its token');
  });

  it('takes what is no command as a loss (D5)', () => {
    const { stream, types } = setUpMember();
    stream.answer('7f');
    expect(types()).toEqual(['lost']);
  });
});

describe('coming back after a loss', () => {
  it('waits longer from try to try, with chance, up to 10 s, and up to 30 s while the page is hidden', () => {
    const range = (attempt: number) => [0, 1].map((chance) => backoff(attempt, () => chance));
    const first = [
      [500, 1000],
      [1000, 2000],
      [2000, 4000],
    ];
    const ranges = () => [0, 1, 2, 5, 50].map(range);
    expect(ranges()).toEqual([...first, [5000, 10000], [5000, 10000]]);
    vi.stubGlobal('document', { hidden: false });
    expect(ranges()).toEqual([...first, [5000, 10000], [5000, 10000]]);
    vi.stubGlobal('document', { hidden: true });
    expect(ranges()).toEqual([...first, [15000, 30000], [15000, 30000]]);
    vi.unstubAllGlobals();
  });

  it('spreads the pages of a server that was away for long over 10 s, and no second has a fifth of them', () => {
    // Each page tries at its own times; the server is back after five minutes.
    const arrivals = Array.from({ length: 1_000 }, (_page, number) => {
      let seed = number;
      const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
      let at = 0;
      for (let attempt = 0; at < 300_000; attempt++) at += backoff(attempt, random);
      return Math.floor((at - 300_000) / 1_000);
    });
    expect(Math.max(...arrivals)).toBeLessThan(10);
    const seconds = Object.values(Object.groupBy(arrivals, String)).map((these) => these?.length ?? 0);
    expect(Math.max(...seconds)).toBeLessThan(200);
  });

  it('identifies with the same login, and says lost and accepted once each', () => {
    const { stream, streams, types } = setUpMember();
    stream.drop();
    expect(types()).toEqual(['lost']);
    vi.advanceTimersByTime(749);
    expect(streams).toHaveLength(1);
    vi.advanceTimersByTime(1);
    streams[1]!.drop();
    vi.advanceTimersByTime(1500);
    expect(streams[2]!.take()).toBe(login('ann'));
    expect(types()).toEqual([]);
    streams[2]!.answer(ACCEPTED);
    expect(types()).toEqual(['accepted']);
  });

  it('begins at once when the network or the person is back', () => {
    const { connection, stream, streams } = setUpMember();
    connection.retryNow();
    expect(streams).toHaveLength(1);
    stream.drop();
    connection.retryNow();
    expect(streams).toHaveLength(2);
    connection.retryNow();
    expect(streams).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('begins anew when the person is back and a proposal had no answer for 5 s', () => {
    const { connection, stream, streams, types } = setUpMember();
    stream.drop();
    connection.retryNow();
    types();
    vi.advanceTimersByTime(PATIENCE_MS - 1);
    connection.retryNow();
    expect(streams).toHaveLength(2);
    vi.advanceTimersByTime(1);
    connection.retryNow();
    expect([streams.length, streams[1]!.aborted, types()]).toEqual([3, true, []]);
    expect(streams[2]!.take()).toBe(login('ann'));
    streams[2]!.answer(ACCEPTED);
    expect([types(), vi.getTimerCount()]).toEqual([['accepted'], 0]);
  });

  it('outlasts the ghost of its own connection that still holds the name', () => {
    const { connection, stream, streams, types } = setUpMember();
    stream.drop();
    connection.retryNow();
    streams[1]!.answer(REFUSED);
    expect(types()).toEqual(['lost', 'name-held']);
    streams[1]!.take();
    vi.advanceTimersByTime(750);
    expect(streams).toHaveLength(2);
    expect(streams[1]!.take()).toBe(login('ann'));
    streams[1]!.answer(ACCEPTED);
    expect(types()).toEqual(['accepted']);
  });

  it('gives up when the name stays taken, before the server loses patience (D7)', () => {
    const { connection, stream, streams, events } = setUpMember();
    stream.drop();
    connection.retryNow();
    for (let tries = 0; tries < HELD_TRIES; tries++) {
      streams[1]!.answer(REFUSED);
      connection.retryNow();
      expect(events.at(-1)).toEqual({ type: 'name-held' });
      vi.runOnlyPendingTimers();
    }
    streams[1]!.answer(REFUSED);
    expect(events.at(-1)).toEqual({ type: 'name-gone', login: 'ann' });
    expect(vi.getTimerCount()).toBe(0);
    expect(HELD_TRIES + 1).toBeLessThan(10);
    expect(streams[1]!.take()).toBe(login('ann').repeat(HELD_TRIES + 1));
    connection.join('ann2');
    expect(streams[1]!.take()).toBe(login('ann2'));
  });

  describe('to a server that has let go of the login by then', () => {
    /** Ann, whose connection is lost in such a way, and the next stream, on which she has proposed her name. */
    const setUpBack = () => {
      const setup = setUpMember();
      setup.stream.freesLogin = true;
      setup.stream.drop();
      setup.connection.retryNow();
      setup.types();
      return { ...setup, next: setup.streams[1]! };
    };

    it('knows by the first refusal that the name is another person’s, and waits for nothing', () => {
      const { connection, next, types } = setUpBack();
      next.answer(REFUSED);
      expect([types(), vi.getTimerCount()]).toEqual([['name-gone'], 0]);
      next.take();
      connection.join('ann2');
      expect(next.take()).toBe(login('ann2'));
    });

    it('waits all the same once a proposal had no answer: it may have been accepted', () => {
      const { streams, next, types } = setUpBack();
      vi.advanceTimersByTime(ANSWER_DEADLINE_MS);
      vi.advanceTimersByTime(2_000);
      streams[2]!.answer(REFUSED);
      expect([next.aborted, types()]).toEqual([true, ['name-held']]);
    });

    it('waits all the same when a proposal without an answer was given up for the person’s sake', () => {
      const { connection, streams, types } = setUpBack();
      vi.advanceTimersByTime(PATIENCE_MS);
      connection.retryNow();
      streams[2]!.answer(REFUSED);
      expect(types()).toEqual(['name-held']);
    });

    it('knows it again after the next acceptance, of that connection', () => {
      const { connection, streams, types } = setUpBack();
      vi.advanceTimersByTime(PATIENCE_MS);
      connection.retryNow();
      streams[2]!.answer(ACCEPTED);
      streams[2]!.freesLogin = true;
      streams[2]!.drop();
      connection.retryNow();
      streams[3]!.answer(REFUSED);
      expect(types()).toEqual(['accepted', 'lost', 'name-gone']);
    });
  });

  it('stops when the person leaves', () => {
    const { connection, stream, streams } = setUpMember();
    stream.drop();
    connection.leave();
    vi.advanceTimersByTime(60_000);
    expect(streams).toHaveLength(1);
  });
});
