import { describe, expect, it } from 'vitest';
import { Log, MAX_ENTRIES } from '../../web/state/log.ts';
import { nextToSend } from '../../web/state/outgoing.ts';
import type { Event } from '../../web/state/reduce.ts';
import { activeConversation, directKey, initialState, type State } from '../../web/state/state.ts';
import { totalUnread } from '../../web/selectors/unread.ts';
import { AT, heard, run, told } from './support/events.ts';

const accepted = (): Event => ({ type: 'accepted', login: 'ann', at: AT });
const lost: Event = { type: 'lost', at: AT };

const outside = initialState('en');
const online = (server: string, ...logins: string[]): Event => ({
  type: 'control',
  message: { type: 'online', server, logins },
  at: AT,
});
const ack = (bytes: number): Event => ({ type: 'control', message: { type: 'ack', bytes }, at: AT });
const inside = run(outside, { type: 'join-asked', login: 'ann' }, accepted(), online('one', 'ann', 'bob'));

/** Writes a message in the open conversation, and sends it as soon as possible; its command ends at `end`. */
const write = (state: State, text: string, end = 100): State => {
  const written = run(state, { type: 'written', key: state.active, text, at: AT });
  const next = nextToSend(written);
  return next ? run(written, { type: 'sent', id: next.message.id, end }) : written;
};

const texts = (state: State, key: string) =>
  state.conversations
    .find((conversation) => conversation.key === key)
    ?.log.all.map((entry) => (entry.kind === 'said' ? `${entry.login}: ${entry.text}` : entry.kind));
const outgoing = (state: State) =>
  state.conversations[0].outgoing.map(({ text, state }) => `${text} ${state}`);

describe('joining', () => {
  it('goes through asking to being inside', () => {
    const asking = run(outside, { type: 'join-asked', login: 'ann' });
    expect(asking.phase).toEqual({ kind: 'joining', login: 'ann' });
    expect(inside.phase).toEqual({ kind: 'inside', login: 'ann', link: 'up' });
  });

  it.each([
    [
      { type: 'refused', login: 'ann', at: AT },
      { kind: 'refused', login: 'ann' },
    ],
    [{ type: 'unreachable', at: AT }, { kind: 'unreachable' }],
    [
      { type: 'name-gone', login: 'ann', at: AT },
      { kind: 'name-gone', login: 'ann' },
    ],
    [
      { type: 'banned', login: 'ann', at: AT },
      { kind: 'banned', login: 'ann' },
    ],
  ] as const)('tells why not: %o', (event, reason) => {
    expect(run(outside, event).phase).toEqual({ kind: 'outside', reason });
  });

  it('keeps what was said when the name is gone, and forgets it when the person leaves', () => {
    const talked = run(inside, heard('bob', 'hi'));
    expect(texts(run(talked, { type: 'name-gone', login: 'ann', at: AT }), 'room')).toEqual(['bob: hi']);
    const { nextId } = talked;
    // What was noted of a message, as its place, is not to be that of another after the next visit begins.
    expect(run(talked, { type: 'left' })).toEqual({ ...outside, lastName: 'ann', nextId });
    expect(nextId).toBeGreaterThan(outside.nextId);
  });
});

describe('the room', () => {
  it('shows our own message by its echo, and until then as on its way (D11)', () => {
    const sending = write(inside, 'hi');
    expect(texts(sending, 'room')).toEqual([]);
    expect(outgoing(sending)).toEqual(['hi sending']);
    const echoed = run(sending, heard('bob', 'hi'), heard('ann', 'hi'), ack(100));
    expect(texts(echoed, 'room')).toEqual(['bob: hi', 'ann: hi']);
    expect(echoed.conversations[0].log.all).toMatchObject([{ mine: false }, { mine: true }]);
    expect(outgoing(echoed)).toEqual([]);
  });

  it('takes nothing but the echo for proof: it says where our message belongs among the others (D11)', () => {
    const acknowledged = run(write(inside, 'hi', 40), ack(40));
    expect(outgoing(acknowledged)).toEqual(['hi sending']);
    const echoed = run(acknowledged, heard('bob', 'before'), heard('ann', 'hi'));
    expect(texts(echoed, 'room')).toEqual(['bob: before', 'ann: hi']);
    expect(outgoing(echoed)).toEqual([]);
  });

  it('keeps a bounded number of entries, the newest', () => {
    const full: State = {
      ...inside,
      conversations: [
        {
          ...inside.conversations[0],
          log: new Log(
            Array.from({ length: MAX_ENTRIES }, (_, id) => ({
              kind: 'said',
              id: -id,
              login: 'bob',
              text: 'old',
              at: AT,
              mine: false,
            })),
          ),
        },
      ],
    };
    const { all: entries } = run(full, heard('bob', 'new')).conversations[0].log;
    expect(entries).toHaveLength(MAX_ENTRIES);
    expect(entries.at(-1)).toMatchObject({ text: 'new' });
  });
});

describe('the line of what is new', () => {
  it('goes when one writes, and not when what one wrote before is delivered late', () => {
    const writing = write(inside, 'mine');
    const away = run(writing, { type: 'direct-opened', login: 'bob' }, heard('bob', 'one'));
    const late = run(away, heard('ann', 'mine'), heard('bob', 'two'), { type: 'opened', key: 'room' });
    const { log, newFrom } = activeConversation(late);
    expect(texts(late, 'room')).toEqual(['bob: one', 'ann: mine', 'bob: two']);
    expect(log.all.find(({ id }) => id === newFrom)).toMatchObject({ text: 'one' });
    expect(activeConversation(write(late, 'more')).newFrom).toBeNull();
  });
});

describe('direct messages', () => {
  it('begin a conversation when one comes, and count it unread', () => {
    const state = run(inside, told('bob', 'psst'), told('bob', 'you there?'));
    expect(texts(state, 'direct:bob')).toEqual(['bob: psst', 'bob: you there?']);
    expect(totalUnread(state)).toBe(2);
    expect(activeConversation(state).key).toBe('room');
  });

  it('are read by opening the conversation', () => {
    const state = run(inside, told('bob', 'psst'), { type: 'opened', key: 'direct:bob' });
    expect(totalUnread(state)).toBe(0);
    expect(totalUnread(run(state, told('bob', 'more')))).toBe(0);
    expect(totalUnread(run(state, { type: 'chosen', choices: { pane: 'list' } }, told('bob', 'more')))).toBe(
      1,
    );
  });

  it('are divided from what was read; where all is new the line is above everything, where the log begins', () => {
    const news = run(inside, told('bob', 'psst'), told('bob', 'hey'), { type: 'opened', key: 'direct:bob' });
    const { log, newFrom } = activeConversation(news);
    expect(log.all.find(({ id }) => id === newFrom)).toMatchObject({ text: 'psst' });
    const fresh = run(news, { type: 'opened', key: 'room' }, { type: 'opened', key: 'direct:bob' });
    expect(activeConversation(fresh).newFrom).toBeNull();
    const away: Event = { type: 'chosen', choices: { visible: false } };
    const divided = activeConversation(run(fresh, away, told('bob', 'more'), told('bob', 'and more')));
    expect(divided.log.all.find(({ id }) => id === divided.newFrom)).toMatchObject({ text: 'more' });
  });

  it('of ours are delivered when the server has dealt with them and has nothing against them (D13)', () => {
    const direct = run(inside, { type: 'direct-opened', login: 'bob' });
    const sending = write(direct, 'hi', 40);
    expect(activeConversation(sending)).toMatchObject({ log: { all: [] } });
    expect(texts(run(sending, ack(39)), 'direct:bob')).toEqual([]);
    const delivered = run(sending, ack(40));
    expect(texts(delivered, 'direct:bob')).toEqual(['ann: hi']);
    expect(activeConversation(delivered)).toMatchObject({ outgoing: [], unread: 0 });
  });

  it('are one conversation for two spellings of the same login (D8)', () => {
    const state = run(inside, told('Ine\u0300s', 'a'), { type: 'direct-opened', login: 'In\u00e8s' });
    expect(state.conversations).toHaveLength(2);
    expect(directKey('Ine\u0300s')).toBe(directKey('In\u00e8s'));
  });

  it('are not begun with oneself (D13)', () => {
    expect(run(inside, { type: 'direct-opened', login: 'ann' })).toBe(inside);
  });

  it('never mistake a login for the room or for a key', () => {
    const state = run(inside, told('room', 'a'), told('direct:room', 'b'));
    expect(state.conversations.map(({ key }) => key)).toEqual(['room', 'direct:room', 'direct:direct:room']);
    expect(texts(state, 'room')).toEqual([]);
  });
});

describe('a lost connection', () => {
  it('is lost, perhaps waiting for the name, then back, then up', () => {
    const links = [lost, { type: 'name-held', at: AT }, accepted(), { type: 'back-seen' }] as const;
    let state = inside;
    const seen = links.map((event) => {
      state = run(state, event);
      return state.phase.kind === 'inside' && state.phase.link;
    });
    expect(seen).toEqual(['lost', 'name-held', 'back', 'up']);
  });

  it('leaves a gap in the room, from the loss to the return', () => {
    const state = run(inside, heard('bob', 'a'), lost, { type: 'accepted', login: 'ann', at: AT + 5000 });
    expect(state.conversations[0].log.all.at(-1)).toMatchObject({ kind: 'gap', from: AT, to: AT + 5000 });
  });

  it('leaves the same gap between two, whose words of that time are lost as well, but where nothing was said', () => {
    const written = run(inside, told('bob', 'psst'), { type: 'direct-opened', login: 'eve' });
    const answered = run(written, told('zoe', 'hi'), { type: 'opened', key: 'direct:zoe' });
    const lostAt = (at: number): Event => ({ type: 'lost', at: AT + at });
    const backAt = (at: number): Event => ({ type: 'accepted', login: 'ann', at: AT + at });
    const away: Event = {
      ...{ type: 'control', message: { type: 'presence', left: ['bob'], joined: [] }, at: AT },
    };
    const back = run(answered, away, lostAt(1), backAt(2), lostAt(3), backAt(4));
    expect(texts(back, 'direct:eve')).toEqual([]);
    expect(texts(back, 'direct:bob')).toEqual(['bob: psst', 'presence', 'gap']);
    const gap = { kind: 'gap', from: AT + 1, to: AT + 4, times: 2 };
    expect(activeConversation(back).log.all).toMatchObject([{ text: 'hi' }, gap]);
    // It is no news.
    expect(back.conversations.map(({ unread }) => unread)).toEqual(
      answered.conversations.map(({ unread }) => unread),
    );
    // Who had left before is said to be back behind it.
    const here: Event = {
      ...{ type: 'control', message: { type: 'presence', left: [], joined: ['bob'] }, at: AT },
    };
    expect(texts(run(back, here), 'direct:bob')).toEqual(['bob: psst', 'presence', 'gap', 'presence']);
  });

  it('leaves a gap also for whoever comes back under another name', () => {
    const gone = run(inside, heard('bob', 'a'), lost, { type: 'name-gone', login: 'ann', at: AT + 3000 });
    const asked = run(gone, { type: 'join-asked', login: 'bob' }, { type: 'refused', login: 'bob', at: AT });
    const back = run(asked, { type: 'accepted', login: 'eve', at: AT + 5000 });
    expect(back.conversations[0].log.all.at(-1)).toMatchObject({ kind: 'gap', from: AT, to: AT + 5000 });
  });

  it('again and again, with nothing said in between, leaves one gap that counts', () => {
    const lostAt = (at: number): Event => ({ type: 'lost', at: AT + at });
    const backAt = (at: number): Event[] => [
      { type: 'accepted', login: 'ann', at: AT + at },
      { type: 'control', message: { type: 'presence', left: [], joined: ['eve'] }, at: AT + at },
    ];
    const twice = run(inside, heard('bob', 'a'), lostAt(0), ...backAt(5), lostAt(10), ...backAt(15));
    const gaps = ({ conversations: [{ log }] }: State) => log.all.filter(({ kind }) => kind === 'gap');
    expect(gaps(twice)).toMatchObject([{ from: AT, to: AT + 15, times: 2 }]);
    const ids = twice.conversations[0].log.all.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
    const thrice = run(twice, lostAt(20), ...backAt(25));
    expect(gaps(thrice)).toMatchObject([{ from: AT, to: AT + 25, times: 3 }]);
    expect(gaps(run(thrice, heard('bob', 'b'), lostAt(30), ...backAt(35)))).toMatchObject([
      { to: AT + 25 },
      { from: AT + 30, to: AT + 35 },
    ]);
  });
});

describe('a page in the background', () => {
  it('counts what comes, and clears the open conversation when it is seen again', () => {
    const away = run(
      inside,
      { type: 'chosen', choices: { visible: false } },
      heard('bob', 'a'),
      told('bob', 'b'),
    );
    expect(totalUnread(away)).toBe(2);
    expect(totalUnread(run(away, { type: 'chosen', choices: { visible: true } }))).toBe(1);
  });

  it('does not count our own messages', () => {
    const away = run(write(inside, 'a'), { type: 'chosen', choices: { visible: false } }, heard('ann', 'a'));
    expect(totalUnread(away)).toBe(0);
  });
});

describe('what is sent faster than the room accepts (D28)', () => {
  it('is taken to wait for a while after the server has said so', () => {
    const told = run(inside, { type: 'control', message: { type: 'throttled' }, at: AT });
    expect([inside.throttledUntil, told.throttledUntil - AT]).toEqual([0, 15_000]);
  });
});

describe('a notice of the operator (D28)', () => {
  it('is a line of its own in the room, whatever is open, and counts as unread there', () => {
    const notice: Event = { type: 'control', message: { type: 'notice', text: 'Back at 5.' }, at: AT };
    const elsewhere = run(inside, { type: 'direct-opened', login: 'bob' }, notice);
    const [room] = elsewhere.conversations;
    expect(room.log.all.at(-1)).toMatchObject({ kind: 'notice', text: 'Back at 5.', at: AT });
    expect(totalUnread(elsewhere)).toBe(1);
  });
});

/** Names of the properties of any event that are functions. */
type FunctionsIn<E> = E extends unknown
  ? { [K in keyof E]: E[K] extends (...given: never[]) => unknown ? K : never }[keyof E]
  : never;

describe('an event', () => {
  it('is data, whatever it is about: what a lazy part changes as well', () => {
    const functions: readonly FunctionsIn<Event>[] = [];
    expect(functions).toEqual([]);
    const to = run(inside, { type: 'direct-opened', login: 'bob' });
    expect(run(inside, structuredClone({ type: 'changed', to }))).toEqual(to);
  });

  it('would be found to hold a function by the types', () => {
    const found: FunctionsIn<{ type: 'changed'; by: (state: State) => State }>[] = ['by'];
    // @ts-expect-error No other property is one.
    found.push('type');
    expect(found).toHaveLength(2);
  });
});
