import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Opcode, type Command } from '../../shared/protocol/commands.ts';
import type { Lifetimes } from '../../shared/protocol/about-room.ts';
import { Drafts } from '../../web/state/drafts.ts';
import { INTERRUPTED_MS } from '../../web/net/private-connections.ts';
import type { SendingClient } from '../../web/net/connection.ts';
import { linkPrivates } from '../../web/state/private/actions.ts';
import { reduce } from '../../web/state/reduce.ts';
import { createActions } from '../../web/state/actions.ts';
import { findPrivate, initialState } from '../../web/state/state.ts';
import { createStore } from '../../web/state/store.ts';
import { loginPrivate, message } from '../support/raw-hex.ts';
import { FakeStream } from './support/fake-stream.ts';

const ESTABLISHED = '0a';

/**
 * Sets up a client in the room as `self`, whose main connection records the calls, and whose private streams the test
 * holds.
 */
function setUp(self = 'ann', lifetimes: Lifetimes | null = null) {
  const calls: string[] = [];
  const main = { isUp: true };
  const streams: FakeStream[] = [];
  const store = createStore(reduce, initialState('en'));
  store.dispatch({ type: 'accepted', login: self, at: 0 });
  const note = (verb: string) => (login: string) => void calls.push(`${verb} ${login}`);
  const client = {
    broadcast() {},
    sendTo() {},
    requestPrivate: note('request'),
    acceptPrivate: note('accept'),
    refusePrivate: note('refuse'),
  };
  const send = (command: (client: SendingClient) => void) => {
    if (!main.isUp) return null;
    command(client);
    return calls.length;
  };
  const link = linkPrivates(
    store,
    { send },
    (options) => streams[streams.push(new FakeStream(options)) - 1]!,
    () => Promise.resolve(lifetimes),
  );
  const actions = createActions(
    store,
    { join() {}, leave() {} },
    link,
    new Drafts(),
    () => Promise.resolve(),
    () => undefined,
  );
  const receive = (command: Command) => link.onEvent({ type: 'received', command, at: Date.now() });
  return {
    ...link.actions,
    calls,
    streams,
    main,
    note: () => store.state.linkNote?.kind,
    resume: () => link.onEvent({ type: 'resumed', at: Date.now() }),
    say: (text: string) => actions.send(findPrivate(store.state, 'private:bob')!, text),
    entries: () => findPrivate(store.state, 'private:bob')!.log.all.slice(1),
    outgoing: () => findPrivate(store.state, 'private:bob')!.outgoing,
    waiting: () => findPrivate(store.state, 'private:bob')!.outgoing.map(({ text }) => text),
    closeAll: link.closeAll,
    stage: () => findPrivate(store.state, 'private:bob')?.stage,
    isInterrupted: () => findPrivate(store.state, 'private:bob')!.isInterrupted ?? false,
    active: () => store.state.active,
    requested: (by: string) =>
      receive({ opcode: Opcode.REQUEST_PRIVATE, login_requester: by, login_target: self }),
    granted: (login_requester: string, login_target: string, connect_id: number) =>
      receive({ opcode: Opcode.ID_PRIVATE, login_requester, login_target, connect_id }),
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('asking for a private connection', () => {
  it('sends the request once, and opens an endpoint with the id (§3, §4)', () => {
    const { requestPrivate, calls, granted, streams, stage, active } = setUp();
    requestPrivate('bob');
    requestPrivate('bob');
    expect(calls).toEqual(['request bob']);
    expect(active()).toBe('private:bob');
    granted('ann', 'bob', -2);
    expect(streams[0]!.take()).toBe(loginPrivate(-2));
    expect(stage()).toBe('waiting');
    streams[0]!.answer(ESTABLISHED);
    expect(stage()).toBe('open');
  });

  it('does not ask oneself, nor a name that nobody can have (D13)', () => {
    const { requestPrivate, calls } = setUp();
    requestPrivate('ann');
    requestPrivate('');
    requestPrivate('x'.repeat(31));
    expect(calls).toEqual([]);
  });

  it('lets the id of a cancelled request lead nowhere', () => {
    const { requestPrivate, cancelPrivate, granted, streams, stage } = setUp();
    requestPrivate('bob');
    cancelPrivate('bob');
    granted('ann', 'bob', 7);
    expect(streams).toEqual([]);
    expect(stage()).toBe('cancelled');
  });

  it('need not be waited for once it is agreed on: the connection is closed', () => {
    const { requestPrivate, cancelPrivate, granted, streams, stage } = setUp();
    requestPrivate('bob');
    granted('ann', 'bob', -2);
    cancelPrivate('bob');
    expect(stage()).toBe('cancelled');
    streams[0]!.answer(ESTABLISHED);
    expect(stage()).toBe('cancelled');
  });

  it('lapses after the five minutes of D15', () => {
    const { requestPrivate, stage } = setUp();
    requestPrivate('bob');
    vi.advanceTimersByTime(5 * 60_000 - 1);
    expect(stage()).toBe('none');
    vi.advanceTimersByTime(1);
    expect(stage()).toBe('lapsed');
  });

  it('lapses when the server says that it does (D15)', async () => {
    const { requestPrivate, stage } = setUp('ann', { request: 3_600_000, connectId: 30_000 });
    requestPrivate('bob');
    await vi.advanceTimersByTimeAsync(3_600_000 - 1);
    expect(stage()).toBe('none');
    await vi.advanceTimersByTimeAsync(1);
    expect(stage()).toBe('lapsed');
  });

  it('is waited for at the other end as long as the server says (D17)', async () => {
    const { requestPrivate, granted, stage } = setUp('ann', { request: 3_600_000, connectId: 30_000 });
    await vi.advanceTimersByTimeAsync(0);
    requestPrivate('bob');
    granted('ann', 'bob', 10);
    await vi.advanceTimersByTimeAsync(35_000 - 1);
    expect(stage()).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect(stage()).toBe('lapsed');
  });

  it('accepts when the other has asked already', () => {
    const { requestPrivate, requested, calls, stage } = setUp();
    requested('bob');
    requestPrivate('bob');
    expect(calls).toEqual(['accept bob']);
    expect(stage()).toBe('waiting');
  });
});

describe('being asked', () => {
  it('accepts, and opens an endpoint with the id; an id for nothing is ignored', () => {
    const { acceptPrivate, requested, granted, calls, streams } = setUp();
    granted('bob', 'ann', 1);
    expect(streams).toEqual([]);
    requested('bob');
    acceptPrivate('bob');
    expect(calls).toEqual(['accept bob']);
    granted('bob', 'ann', 2);
    expect(streams[0]!.take()).toBe(loginPrivate(2));
  });

  it('refuses', () => {
    const { refusePrivate, requested, calls, stage } = setUp();
    refusePrivate('bob');
    requested('bob');
    refusePrivate('bob');
    refusePrivate('bob');
    expect(calls).toEqual(['refuse bob']);
    expect(stage()).toBe('none');
  });

  it('opens one private connection when both ask at once: one of the two accepts by itself', () => {
    const ann = setUp('ann');
    ann.requestPrivate('bob');
    ann.requested('bob');
    expect(ann.calls).toEqual(['request bob', 'accept bob']);
    const bob = setUp('bob');
    bob.requestPrivate('ann');
    bob.requested('ann');
    expect(bob.calls).toEqual(['request ann']);
    bob.granted('bob', 'ann', 5);
    ann.granted('bob', 'ann', 5);
    expect([ann.streams.length, bob.streams.length]).toEqual([1, 1]);
  });

  it('opens the first of two ids when both accepted: the other end gets them in the same order', () => {
    const { requestPrivate, requested, granted, streams } = setUp('bob');
    requestPrivate('ann');
    requested('ann');
    requestPrivate('ann');
    granted('bob', 'ann', 5);
    granted('ann', 'bob', 6);
    expect(streams.map((stream) => stream.take())).toEqual([loginPrivate(5)]);
  });
});

describe('while the connection to the server is lost', () => {
  it.each(['acceptPrivate', 'refusePrivate', 'requestPrivate'] as const)(
    '%s says that it was not sent, and opens nothing; the request can still be answered after the return',
    (action) => {
      const setup = setUp();
      const { main, calls, note, active, requested, resume } = setup;
      requested('bob');
      main.isUp = false;
      setup[action]('bob');
      expect([note(), active(), calls]).toEqual(['not-sent', 'room', []]);
      main.isUp = true;
      resume();
      expect(note()).toBeUndefined();
      setup[action]('bob');
      expect(calls).toHaveLength(1);
    },
  );

  it('asks nobody, says so, and opens no conversation', () => {
    const { main, requestPrivate, note, active, stage } = setUp();
    main.isUp = false;
    requestPrivate('bob');
    expect([note(), active(), stage()]).toEqual(['not-sent', 'room', undefined]);
  });
});

describe('an open private connection', () => {
  const setUpOpen = () => {
    const setup = setUp();
    setup.requestPrivate('bob');
    setup.granted('ann', 'bob', 9);
    const [stream] = setup.streams;
    stream!.take();
    stream!.answer(ESTABLISHED);
    return { ...setup, stream: stream! };
  };

  it('carries text as MESSAGE commands under the own login', () => {
    const { say, stream } = setUpOpen();
    say('hé 😺');
    expect(stream.take()).toBe(message('ann', 'hé 😺'));
  });

  it('is answered in bare STRINGs once it has spoken in them (D29)', () => {
    const { say, stream, entries } = setUpOpen();
    stream.answer('00000002' + '6f6b');
    expect(entries()).toMatchObject([{ kind: 'said', login: 'bob', text: 'ok' }]);
    say('hé');
    expect(stream.take()).toBe('00000003' + '68c3a9');
  });

  it('shows what has arrived within two seconds, whole or not (D29)', () => {
    const { stream, entries } = setUpOpen();
    const bytes = message('bob', 'slow').match(/../g)!;
    // A byte a second: the message is shown from its second second on, and grows.
    bytes.slice(0, -1).forEach((byte, index) => {
      stream.answer(byte);
      expect(entries().length, `byte ${index}`).toBe(index < 2 ? 0 : 1);
      vi.advanceTimersByTime(1_000);
    });
    expect(entries()).toMatchObject([
      { kind: 'raw', isUnfinished: true, text: '\x03\0\0\0\x03bob\0\0\0\x04slo' },
    ]);
    stream.answer(bytes.at(-1)!);
    expect(entries()).toMatchObject([{ kind: 'said', text: 'slow' }]);
    stream.answer(message('bob', 'quick'));
    expect(entries()).toMatchObject([{ text: 'slow' }, { text: 'quick' }]);
  });

  it('shows what a half-close cuts, after its second second or before (D21, D29)', () => {
    for (const wait of [100, 5_000]) {
      const { stream, entries } = setUpOpen();
      stream.answer(message('bob', 'cut').slice(0, -2));
      vi.advanceTimersByTime(wait);
      stream.endByPeer();
      expect(entries()).toMatchObject([{ kind: 'raw', form: 'text' }, { note: 'they-ended' }]);
      expect(entries()[0]).not.toHaveProperty('isUnfinished');
    }
  });

  it('sends nothing while its way to the server is interrupted, and does not say it was sent', () => {
    const { say, stream, waiting } = setUpOpen();
    stream.interrupt(true);
    say('wait');
    expect([stream.take(), waiting()]).toEqual(['', ['wait']]);
    stream.interrupt(false);
    expect([stream.take(), waiting()]).toEqual([message('ann', 'wait'), []]);
  });

  it('is said to be interrupted once the first try to resume has brought no end of it, nor an end of the interruption', () => {
    const { stream, isInterrupted, stage } = setUpOpen();
    for (const goesOn of [true, false]) {
      stream.interrupt(true);
      vi.advanceTimersByTime(INTERRUPTED_MS - 1);
      expect(isInterrupted()).toBe(false);
      if (!goesOn) vi.advanceTimersByTime(1);
      expect(isInterrupted()).toBe(!goesOn);
      stream.interrupt(false);
      vi.advanceTimersByTime(INTERRUPTED_MS);
      expect(isInterrupted()).toBe(false);
    }
    stream.interrupt(true);
    stream.drop();
    vi.advanceTimersByTime(INTERRUPTED_MS);
    expect([stage(), isInterrupted()]).toEqual(['lost', false]);
  });

  it('is written to no faster than it takes, and what waits shows (D20)', () => {
    const { say, stream, waiting } = setUpOpen();
    stream.room = false;
    for (const text of ['one', 'two', 'three']) say(text);
    expect(stream.take()).toBe(message('ann', 'one'));
    expect(waiting()).toEqual(['two', 'three']);
    stream.drain();
    expect(stream.take()).toBe(message('ann', 'two') + message('ann', 'three'));
    expect(waiting()).toEqual([]);
  });

  it('is ended behind all that was written, room or not (D21)', () => {
    const { say, endPrivate, stream } = setUpOpen();
    stream.room = false;
    for (const text of ['one', 'two', 'three']) say(text);
    endPrivate('bob');
    expect(stream.take()).toBe(['one', 'two', 'three'].map((text) => message('ann', text)).join(''));
    expect(stream.ended).toBe(true);
  });

  it('is ended by us, then by them (D21)', () => {
    const { say, endPrivate, stream, stage } = setUpOpen();
    endPrivate('bob');
    expect(stream.ended).toBe(true);
    expect(stage()).toBe('i-ended');
    say('too late');
    expect(stream.take()).toBe('');
    stream.drop({ clean: true });
    expect(stage()).toBe('closed');
  });

  it('is closed by us, when they do not end theirs, and may be asked for anew', () => {
    const { endPrivate, stream, stage, entries, requestPrivate, calls } = setUpOpen();
    endPrivate('bob');
    requestPrivate('bob');
    endPrivate('bob');
    expect(stage()).toBe('i-closed');
    stream.answer(message('bob', 'and on and on'));
    vi.advanceTimersByTime(10_000);
    expect(stream.aborted).toBe(true);
    expect(stage()).toBe('i-closed');
    expect(entries().map((entry) => entry.kind === 'note' && entry.note)).toEqual(['i-ended', 'i-closed']);
    expect(calls).toEqual(['request bob']);
    requestPrivate('bob');
    expect(calls).toEqual(['request bob', 'request bob']);
  });

  it('is lost when it breaks, and lapses when it never came to be', () => {
    const { stream, stage, requestPrivate, granted, streams } = setUpOpen();
    stream.drop();
    expect(stage()).toBe('lost');
    requestPrivate('bob');
    granted('ann', 'bob', 10);
    streams[1]!.drop();
    expect(stage()).toBe('lapsed');
  });

  it('is not disturbed by the time running out that the request had', () => {
    const { stage } = setUpOpen();
    vi.advanceTimersByTime(10 * 60_000);
    expect(stage()).toBe('open');
  });

  it('gives way to a new one that both want', () => {
    const { requested, acceptPrivate, granted, stream, streams, stage } = setUpOpen();
    requested('bob');
    expect(stage()).toBe('open');
    acceptPrivate('bob');
    expect(stream.ended).toBe(true);
    granted('bob', 'ann', 11);
    streams[1]!.answer(ESTABLISHED);
    stream.drop();
    expect(stage()).toBe('open');
  });

  it('takes nothing that waits over to a new one, whose other end may be somebody else, and says that it was ended', () => {
    const { say, requested, acceptPrivate, granted, stream, streams, entries, outgoing } = setUpOpen();
    stream.room = false;
    for (const text of ['for the first', 'waits']) say(text);
    requested('bob');
    acceptPrivate('bob');
    granted('bob', 'ann', 11);
    streams[1]!.take();
    streams[1]!.answer(ESTABLISHED);
    expect(streams[1]!.take()).toBe('');
    expect(outgoing()).toMatchObject([{ text: 'waits', state: 'not-sent' }]);
    expect(entries()).toMatchObject([
      { text: 'for the first' },
      { note: 'asked' },
      { note: 'i-ended' },
      { note: 'open' },
    ]);
  });

  it('is ended, and after a while cut, when we leave', () => {
    const { closeAll, stream } = setUpOpen();
    closeAll();
    expect(stream.ended).toBe(true);
    expect(stream.aborted).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(stream.aborted).toBe(true);
  });
});
