import { describe, expect, it } from 'vitest';
import { createActions } from '../../web/store/actions.ts';
import { reduce } from '../../web/store/reduce.ts';
import { initialState, type Conversation } from '../../web/store/state.ts';
import { createStore } from '../../web/store/store.ts';

/** Someone inside, whose connection writes down what it is told. */
function setUp({ up = true } = {}) {
  const calls: string[] = [];
  const store = createStore(reduce, initialState('en'));
  const note = (call: string) => {
    if (up) calls.push(call);
    return up;
  };
  const actions = createActions(store, {
    up,
    join: (login) => calls.push(`join ${login}`),
    leave: () => calls.push('leave'),
    say: (text) => note(`say ${text}`),
    tell: (login, text) => note(`tell ${login} ${text}`),
    retryNow: () => calls.push('retry'),
  });
  store.dispatch({ type: 'accepted', login: 'ann', at: 0 });
  const room = (): Conversation => store.state.conversations[0];
  return { calls, store, actions, room };
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
    ['a text over 1024 bytes', 'é'.repeat(513)],
  ])('does not send %s (§2, D3)', (_, text) => {
    const { actions, calls, room } = setUp();
    actions.send(room(), text);
    expect(calls).toEqual([]);
  });

  it('never puts half a surrogate pair on the wire, nor waits for an echo of it (D4)', () => {
    const { actions, calls, room } = setUp();
    actions.send(room(), 'a\ud83d');
    expect(calls).toEqual(['say a\ufffd']);
    expect(room()).toMatchObject({ outgoing: [{ text: 'a\ufffd' }] });
  });

  it('keeps the draft while there is no connection', () => {
    const { actions, room } = setUp({ up: false });
    actions.draft('room', 'half');
    actions.send(room(), 'half');
    expect(room()).toMatchObject({ draft: 'half', outgoing: [] });
  });

  it('goes to one person in a direct conversation', () => {
    const { actions, calls, store } = setUp();
    actions.writeTo('bob');
    actions.send(store.state.conversations[1]!, 'psst');
    expect(calls).toEqual(['tell bob psst']);
    expect(store.state.conversations[1]).toMatchObject({ entries: [{ text: 'psst', mine: true }] });
  });
});
