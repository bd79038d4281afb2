import { describe, expect, it } from 'vitest';
import { createActions } from '../../web/state/actions.ts';
import { Drafts } from '../../web/state/drafts.ts';
import { createListActions } from '../../web/state/list-actions.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import { reduce } from '../../web/state/reduce.ts';
import { sendDirect } from '../../web/state/slash-commands.ts';
import { sendFromQueue } from '../../web/state/send-queue.ts';
import { initialState, type Conversation } from '../../web/state/state.ts';
import { createStore } from '../../web/state/store.ts';

/** Sets up a client in the room whose connection records the calls, 100 bytes each. */
function setUp() {
  const calls: string[] = [];
  const store = createStore(reduce, initialState('en'));
  const drafts = new Drafts();
  const actions = createActions(
    store,
    {
      join: (login) => calls.push(`join ${login}`),
      leave: () => calls.push('leave'),
    },
    { closeAll: () => calls.push('close privates') },
    drafts,
    () => Promise.resolve(),
    () => undefined,
  );
  const client = {
    broadcast: (text: string) => void calls.push(`say ${text}`),
    sendTo: (login: string, text: string) => void calls.push(`tell ${login} ${text}`),
    requestPrivate() {},
    acceptPrivate() {},
    refusePrivate() {},
  };
  sendFromQueue(store, {
    send(command) {
      command(client);
      return 100 * calls.length;
    },
  });
  const at = 0;
  const comeBack = (server: string) => {
    store.dispatch({ type: 'accepted', login: 'ann', at });
    store.dispatch({ type: 'control', message: { type: 'online', server, logins: ['ann'] }, at });
  };
  comeBack('one');
  return {
    calls,
    store,
    drafts,
    actions,
    list: createListActions(store, drafts),
    comeBack,
    lose: (how: { readonly inGoodOrder?: true } = {}) => store.dispatch({ type: 'lost', at, ...how }),
    /** Acknowledges everything that was sent; the last message to the room is echoed before. */
    acknowledge: () => {
      const bytes = 100 * calls.length;
      const [, msg] = /^say (.*)$/s.exec(calls.at(-1) ?? '') ?? [];
      if (msg !== undefined)
        store.dispatch({ type: 'received', command: { opcode: 3, login: 'ann', msg }, at });
      store.dispatch({ type: 'control', message: { type: 'ack', bytes }, at });
    },
    room: (): Conversation => store.state.conversations[0],
    direct: () => store.state.conversations[1]!,
  };
}

describe('sending', () => {
  it('sends exactly what was written, spaces and lines included', () => {
    const { actions, calls, room } = setUp();
    actions.send(room(), '  two\nlines ');
    expect(calls).toEqual(['say   two\nlines ']);
    expect(room()).toMatchObject({ outgoing: [{ text: '  two\nlines ' }] });
  });

  it.each([
    ['nothing', ''],
    ['a blank text', ' \n\t'],
    ['wide spaces', '\u2003\u3000\u00a0'],
    ['line feeds', '\r\n\n\u2028\u0085'],
    ['what some clients take for white space', '\u001c\u001f'],
    ['what has no width', '\u200b\ufeff\u2060\u00ad\u3164\ufe0f'],
    ['an empty pattern of Braille', '\u2800'],
    ['a text over 1024 bytes', 'é'.repeat(513)],
  ])('does not send %s, to nobody (§2, D3)', (_, text) => {
    const { actions, calls, room, store } = setUp();
    actions.send(room(), text);
    sendDirect(actions, 'bob', text);
    const asking = { type: 'private-asking', login: 'bob', end: 1, at: 0 } as const;
    store.dispatch({ type: 'changed', to: reducePrivate(store.state, asking) });
    for (const conversation of store.state.conversations) actions.send(conversation, text);
    expect(calls).toEqual([]);
    expect(store.state.conversations.flatMap(({ outgoing }) => outgoing)).toEqual([]);
  });

  it.each(['.', '\u0000x', '👩\u200d🚀', 'ㅤa', '\u0301', '0'])('sends %j', (text) => {
    const { actions, calls, room } = setUp();
    actions.send(room(), text);
    expect(calls).toEqual([`say ${text}`]);
  });

  it('never puts half a surrogate pair on the wire, nor waits for an echo of it (D4)', () => {
    const { actions, calls, room } = setUp();
    actions.send(room(), 'a\ud83d');
    expect(calls).toEqual(['say a\ufffd']);
    expect(room()).toMatchObject({ outgoing: [{ text: 'a\ufffd' }] });
  });

  it('goes to one person in a direct conversation', () => {
    const { actions, calls, acknowledge, direct } = setUp();
    actions.writeTo('bob');
    actions.send(direct(), 'psst');
    expect(calls).toEqual(['tell bob psst']);
    acknowledge();
    expect(direct()).toMatchObject({ log: { all: [{ text: 'psst', mine: true }] }, outgoing: [] });
  });

  it('tells someone without a word before, and shows it', () => {
    const { actions, calls, store } = setUp();
    sendDirect(actions, 'bob', 'psst');
    expect(calls).toEqual(['tell bob psst']);
    expect(store.state.active).toBe('direct:bob');
  });

  it('leaves what is written on a private connection to that connection', () => {
    const { actions, calls, store } = setUp();
    const asking = { type: 'private-asking', login: 'bob', end: 1, at: 0 } as const;
    store.dispatch({ type: 'changed', to: reducePrivate(store.state, asking) });
    actions.send(store.state.conversations[1]!, 'psst');
    actions.send(store.state.conversations[0], 'all');
    expect(store.state.conversations[1]).toMatchObject({ outgoing: [{ text: 'psst', state: 'waiting' }] });
    expect(calls).toEqual(['say all']);
  });
});

describe('the queue', () => {
  it('has one message on its way at a time, in the order written, over all conversations', () => {
    const { actions, calls, acknowledge, room, direct } = setUp();
    actions.writeTo('bob');
    actions.send(room(), 'one');
    actions.send(direct(), 'two');
    actions.send(room(), 'three');
    expect(calls).toEqual(['say one']);
    acknowledge();
    expect(calls).toEqual(['say one', 'tell bob two']);
    acknowledge();
    acknowledge();
    expect(calls).toEqual(['say one', 'tell bob two', 'say three']);
    expect(room()).toMatchObject({ outgoing: [], log: { all: [{ text: 'one' }, { text: 'three' }] } });
  });

  it('keeps what is written while there is no connection, and sends it when there is one', () => {
    const { actions, calls, lose, comeBack, acknowledge, room } = setUp();
    lose();
    actions.send(room(), 'one');
    actions.send(room(), 'two');
    expect(calls).toEqual([]);
    expect(room()).toMatchObject({ outgoing: [{ state: 'waiting' }, { state: 'waiting' }] });
    comeBack('two');
    acknowledge();
    expect(calls).toEqual(['say one', 'say two']);
  });

  it('sends again what a server that went away in good order had not dealt with, before what was written since', () => {
    const { actions, calls, lose, comeBack, room } = setUp();
    actions.send(room(), 'one');
    actions.send(room(), 'two');
    lose({ inGoodOrder: true });
    expect(room()).toMatchObject({ outgoing: [{ state: 'waiting' }, { state: 'waiting' }] });
    comeBack('two');
    expect(calls).toEqual(['say one', 'say one']);
  });

  it('sends it again when the server that is there next has the same name, as a cluster does, if the one before went away in good order', () => {
    const { actions, calls, lose, comeBack, room } = setUp();
    actions.send(room(), 'one');
    lose({ inGoodOrder: true });
    comeBack('one');
    expect(calls).toEqual(['say one', 'say one']);
  });

  it.each([
    ['the same server', 'one'],
    ['one that is gone, and could not be heard at the end,', 'two'],
  ])('asks what to do with what %s may have dealt with, and goes on with the rest', (_title, next) => {
    const { actions, list, calls, lose, comeBack, acknowledge, room } = setUp();
    actions.send(room(), 'one');
    actions.send(room(), 'two');
    lose();
    comeBack(next);
    expect(calls).toEqual(['say one', 'say two']);
    expect(room()).toMatchObject({ outgoing: [{ state: 'unconfirmed' }, { state: 'sending' }] });
    acknowledge();
    list.sendAgain(room().outgoing[0]!);
    expect(calls).toEqual(['say one', 'say two', 'say one']);
  });

  it('asks of what an earlier server may have dealt with, though the next goes away in good order before it has said who is here', () => {
    const { actions, calls, lose, comeBack, store, room } = setUp();
    actions.send(room(), 'one');
    lose();
    store.dispatch({ type: 'accepted', login: 'ann', at: 0 });
    lose({ inGoodOrder: true });
    comeBack('three');
    expect(calls).toEqual(['say one']);
    expect(room()).toMatchObject({ outgoing: [{ state: 'unconfirmed' }] });
  });

  it('does not send before the server has said who is here', () => {
    const { actions, calls, lose, store, room } = setUp();
    lose();
    actions.send(room(), 'one');
    store.dispatch({ type: 'accepted', login: 'ann', at: 0 });
    expect(calls).toEqual([]);
  });

  it('says why something was not sent, goes on, and sends it again when told to (D13)', () => {
    const { actions, list, calls, store, acknowledge, direct } = setUp();
    sendDirect(actions, 'bob', 'one');
    sendDirect(actions, 'bob', 'two');
    const message = { type: 'ignored', end: 100, reason: 'unknown login' } as const;
    store.dispatch({ type: 'control', message, at: 0 });
    expect(direct()).toMatchObject({
      log: { all: [] },
      outgoing: [{ text: 'one', state: 'not-sent', reason: 'unknown login' }, { state: 'sending' }],
    });
    acknowledge();
    list.sendAgain(direct().outgoing[0]!);
    expect(calls).toEqual(['tell bob one', 'tell bob two', 'tell bob one']);
  });

  it('gives up what is discarded', () => {
    const { actions, list, lose, comeBack, calls, room } = setUp();
    lose();
    actions.send(room(), 'one');
    list.discard(room().outgoing[0]!);
    comeBack('two');
    expect(calls).toEqual([]);
    expect(room().outgoing).toEqual([]);
  });

  it('takes one echo for one of two messages that are the same', () => {
    const { actions, store, room } = setUp();
    actions.send(room(), 'a');
    actions.send(room(), 'a');
    const command = { opcode: 3, login: 'ann', msg: 'a' } as const;
    store.dispatch({ type: 'received', command, at: 0 });
    expect(room()).toMatchObject({ log: { all: [{ text: 'a' }] }, outgoing: [{ text: 'a' }] });
    store.dispatch({ type: 'received', command, at: 0 });
    expect(room()).toMatchObject({ log: { all: [{ text: 'a' }, { text: 'a' }] }, outgoing: [] });
  });
});

describe('what is being written', () => {
  it('does not change the state, and is forgotten by who leaves, before anything looks whether something is left', () => {
    const { actions, drafts, store } = setUp();
    const before = store.state;
    drafts.set('room', 'half');
    expect(store.state).toBe(before);
    let left = 'half';
    store.subscribe(() => (left = drafts.of('room')));
    actions.leave();
    expect(left).toBe('');
  });

  it('stays when a message goes to somebody by a command', () => {
    const { actions, drafts } = setUp();
    drafts.set('direct:bob', 'half');
    sendDirect(actions, 'bob', 'psst');
    expect(drafts.of('direct:bob')).toBe('half');
  });

  it('is heard of by who wants to know, until they do not', () => {
    const { drafts } = setUp();
    const heard: string[] = [];
    const end = drafts.subscribe(() => heard.push(drafts.of('room')));
    drafts.set('room', 'h');
    drafts.set('room', 'ha');
    end();
    drafts.set('room', '');
    expect(heard).toEqual(['h', 'ha']);
  });
});
