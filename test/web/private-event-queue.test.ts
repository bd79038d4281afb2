import { describe, expect, it } from 'vitest';
import { COMMANDS, Opcode, type Command } from '../../shared/protocol/commands.ts';
import { PrivateEventQueue, MAX_WAITING } from '../../web/state/private/event-queue.ts';
import { linkPrivates } from '../../web/state/private/actions.ts';
import { reduce } from '../../web/state/reduce.ts';
import { findPrivate, initialState } from '../../web/state/state.ts';
import { createStore } from '../../web/state/store.ts';
import { FakeStream } from './support/fake-stream.ts';

/** Sets up private connections whose code is loaded when the test says so. */
function setUp() {
  let asked = 0;
  const store = createStore(reduce, initialState('en'));
  store.dispatch({ type: 'accepted', login: 'ann', at: 0 });
  const queue = new PrivateEventQueue(() => asked++);
  const connection = { send: () => 1 };
  const receive = (command: Command) => queue.onEvent({ type: 'received', command, at: Date.now() });
  return {
    asked: () => asked,
    arrive: () => queue.attach(linkPrivates(store, connection, () => new FakeStream())),
    lose: () => queue.onEvent({ type: 'lost', at: Date.now() }),
    leave: () => queue.closeAll(),
    left: (login: string) =>
      queue.onEvent({ type: 'control', message: { type: 'presence', left: [login], joined: [] }, at: 0 }),
    message: (msg: string) => receive({ opcode: Opcode.MESSAGE, login: 'bob', msg }),
    request: (by: string) =>
      receive({ opcode: Opcode.REQUEST_PRIVATE, login_requester: by, login_target: 'ann' }),
    notes: () =>
      findPrivate(store.state, 'private:bob')?.log.all.map(
        (entry) => entry.kind === 'note' && entry.note + (entry.times ? ` ${entry.times}` : ''),
      ),
    count: () => store.state.conversations.length,
  };
}

describe('private connections before their code is there', () => {
  it('ask for it when someone asks for one, and not for messages (§3)', () => {
    const { message, lose, request, asked } = setUp();
    message('hi');
    lose();
    expect(asked()).toBe(0);
    request('bob');
    expect(asked()).toBe(1);
  });

  it('take in what came until then, in its order, and what comes afterwards', () => {
    const { request, lose, arrive, notes } = setUp();
    request('bob');
    lose();
    request('bob');
    arrive();
    expect(notes()).toEqual(['lapsed', 'asked 2']);
    lose();
    expect(notes()).toEqual(['asked 2', 'lapsed 2']);
  });

  it('know who has left until then, and so does not ask any more', () => {
    const { request, left, arrive, notes, asked } = setUp();
    left('carol');
    expect(asked()).toBe(0);
    request('bob');
    left('bob');
    arrive();
    expect(notes()).toEqual(['asked', 'lapsed']);
  });

  it('forget it when the person leaves', () => {
    const { request, leave, arrive, notes } = setUp();
    request('bob');
    leave();
    arrive();
    expect(notes()).toBeUndefined();
  });

  it('hold only so much', () => {
    const { request, arrive, count } = setUp();
    for (let index = 0; index < 2 * MAX_WAITING; index++) request(`bob ${index}`);
    arrive();
    expect(count()).toBe(1 + MAX_WAITING);
  });
});

describe('what the server sends before the code is there', () => {
  const sent = COMMANDS.filter(({ senders }) => (senders as readonly string[]).includes('server'));

  it.each(sent)(
    '$name waits if it is of a negotiation, by the table of commands, and else does not',
    (entry) => {
      let asked = 0;
      const queue = new PrivateEventQueue(() => asked++);
      const fields = entry.fields.map(([name]) => name);
      const command = Object.fromEntries([
        ['opcode', entry.opcode],
        ...fields.map((name) => [name, 'x']),
      ]) as Command;
      queue.onEvent({ type: 'received', command, at: 0 });
      expect(asked).toBe(/^(REQUEST|OK|KO|ID)_PRIVATE$/.test(entry.name) ? 1 : 0);
    },
  );
});
