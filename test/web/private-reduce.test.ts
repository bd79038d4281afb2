import { describe, expect, it } from 'vitest';
import { Opcode } from '../../shared/protocol/commands.ts';
import { ignore } from '../../web/state/ignore-list.ts';
import { change } from '../../web/state/outgoing.ts';
import { reducePrivate, type PrivateEvent } from '../../web/state/private/reduce.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import type { Stage } from '../../web/state/stage.ts';
import { findPrivate, type State } from '../../web/state/state.ts';
import { totalUnread } from '../../web/selectors/unread.ts';
import { AT, inside, requested } from './support/events.ts';

const KEY = 'private:bob';

const run = (state: State, ...events: PrivateEvent[]): State => events.reduce(reducePrivate, state);

const asking: PrivateEvent = { type: 'private-asking', login: 'bob', end: 50, at: AT };
const asked = requested('bob');
const refused: PrivateEvent = {
  type: 'received',
  command: { opcode: Opcode.KO_PRIVATE, login_requester: 'ann', login_target: 'bob' },
  at: AT,
};
const lost: PrivateEvent = { type: 'lost', at: AT };
const to = (stage: Stage): PrivateEvent => ({ type: 'private-stage', key: KEY, stage, at: AT + 1 });
type Came = Extract<PrivateEvent, { type: 'private-items' }>;
const heard = (...items: Came['items']): PrivateEvent => came(items);
const came = (items: Came['items'], unfinished: Came['unfinished'] = null, at = AT): PrivateEvent => ({
  type: 'private-items',
  key: KEY,
  items,
  unfinished,
  at,
});

const interrupted = (isInterrupted: boolean): PrivateEvent => ({
  type: 'private-interrupted',
  key: KEY,
  isInterrupted,
  at: AT,
});

const stand = (state: State) => {
  const there = findPrivate(state, KEY);
  return there && [there.stage, there.asking && 'asking', there.asked && 'asked'].filter(Boolean).join(' ');
};
const log = (state: State) =>
  findPrivate(state, KEY)?.log.all.map((entry) =>
    entry.kind === 'note' ? entry.note : 'text' in entry ? entry.text : entry.kind,
  );

const online = (state: State, ...logins: string[]) =>
  reduce(state, { type: 'control', message: { type: 'online', server: 's', logins }, at: AT });

it('leaves a gap in what was over when the connection was lost: the name may be of another since', () => {
  const back: Event[] = [
    { type: 'lost', at: AT + 2 },
    { type: 'accepted', login: 'ann', at: AT + 5 },
  ];
  const open = run(inside, asking, to('open'), heard({ kind: 'string', text: 'hi' }));
  // One that is open goes on, with the same person (D22).
  expect(log(back.reduce(reduce, open))).toEqual(['open', 'hi']);
  const over = back.reduce(reduce, run(open, to('closed')));
  expect(log(over)).toEqual(['open', 'hi', 'closed', 'gap']);
  expect(findPrivate(over, KEY)?.unread).toBe(findPrivate(run(open, to('closed')), KEY)?.unread);
});

describe('a private connection', () => {
  it('is asked for, agreed on, opened, half-closed and closed, and says so on the way (§3, §4, D21)', () => {
    let state = inside;
    const steps = [asking, to('waiting'), to('open'), to('they-ended'), to('closed')].map((event) => {
      state = run(state, event);
      return stand(state);
    });
    expect(steps).toEqual(['none asking', 'waiting', 'open', 'they-ended', 'closed']);
    expect(log(state)).toEqual(['open', 'they-ended', 'closed']);
  });

  it('is refused by the other, once, and only when it was asked for (D16)', () => {
    expect(stand(run(inside, asking, refused))).toBe('refused');
    expect(stand(run(inside, refused))).toBeUndefined();
    expect(stand(run(inside, asking, to('waiting'), refused))).toBe('waiting');
  });

  it('says that the other left the room, and that somebody came under the name: the one at its end is another (D22)', () => {
    const comesAndGoes = (state: State, left: string[], joined: string[]) => {
      const event: Event = { type: 'control', message: { type: 'presence', left, joined }, at: AT };
      return run(reduce(state, event), event);
    };
    const silent = comesAndGoes(run(online(inside, 'bob'), asking, to('open')), ['bob'], ['bob']);
    expect(log(silent)).toEqual(['open']);
    const spoken = run(silent, heard({ kind: 'string', text: 'me' }));
    const gone = run(comesAndGoes(spoken, ['bob'], []), to('lost'));
    expect(log(gone)).toEqual(['open', 'me', 'presence', 'lost']);
    const retaken = run(comesAndGoes(gone, [], ['bob']), asked);
    expect(log(retaken)).toEqual(['open', 'me', 'presence', 'lost', 'presence', 'asked']);
    // Who comes, asks and goes, over and over, does not fill it with requests.
    const again = run(comesAndGoes(comesAndGoes(retaken, ['bob'], []), [], ['bob']), asked);
    expect(log(again)?.filter((kind) => kind === 'asked')).toEqual(['asked']);
  });

  it('was asked of someone who is not there, says the server (D13)', () => {
    const ignored = (end: number): PrivateEvent => ({
      type: 'control',
      message: { type: 'ignored', end, reason: 'unknown login' },
      at: AT,
    });
    expect(stand(run(inside, asking, ignored(49)))).toBe('none asking');
    expect(stand(run(inside, asking, ignored(50)))).toBe('absent');
  });

  it('announces their request once, however often they repeat it, as something unread (D15)', () => {
    const state = run(inside, asked, asked);
    expect(stand(state)).toBe('none asked');
    expect(log(state)).toEqual(['asked']);
    expect(totalUnread(state)).toBe(1);
    expect(stand(run(state, { type: 'private-declined', key: KEY, at: AT }))).toBe('none');
  });

  it('answers both requests when both asked', () => {
    const both = run(inside, asking, asked);
    expect(stand(both)).toBe('none asking asked');
    expect(stand(run(both, to('waiting')))).toBe('waiting');
    expect(stand(run(both, to('cancelled')))).toBe('cancelled asked');
  });

  it('lapses when its time is over, unless something has changed since (D15, D17)', () => {
    const timeout = (since: number): PrivateEvent => ({
      type: 'private-timeout',
      key: KEY,
      since,
      at: AT + 9,
    });
    expect(stand(run(inside, asking, timeout(AT)))).toBe('lapsed');
    expect(stand(run(inside, asked, timeout(AT)))).toBe('lapsed');
    expect(stand(run(inside, asking, to('waiting'), timeout(AT)))).toBe('waiting');
    expect(stand(run(inside, asking, to('waiting'), timeout(AT + 1)))).toBe('lapsed');
    expect(stand(run(inside, asking, to('open'), timeout(AT + 1)))).toBe('open');
  });

  it('outlives the main connection once it is agreed on; requests do not (D15, D22)', () => {
    expect(stand(run(inside, asking, lost))).toBe('lapsed');
    expect(stand(run(inside, asked, lost))).toBe('lapsed');
    expect(stand(run(inside, asking, to('open'), lost))).toBe('open');
    expect(stand(run(inside, asking, to('open'), asked, lost))).toBe('open');
    expect(stand(run(inside, asking, to('waiting'), asked, lost))).toBe('waiting');
  });

  it('is not asked for any more when one of the two has left (D15)', () => {
    const left: PrivateEvent = {
      type: 'control',
      message: { type: 'presence', left: ['bob', 'carol'], joined: [] },
      at: AT,
    };
    const others: PrivateEvent = {
      type: 'control',
      message: { type: 'online', server: 'one', logins: ['ann', 'carol'] },
      at: AT,
    };
    for (const gone of [left, others]) {
      // Who asked was connected. The heading says what the last line says, not what was before the request.
      expect(stand(run(inside, asked, gone))).toBe('lapsed');
      expect(stand(run(inside, asking, refused, asked, gone))).toBe('lapsed');
      expect(stand(run(inside, asking, to('open'), asked, gone))).toBe('open');
      expect(log(run(inside, asked, gone))).toEqual(['asked', 'lapsed']);
      expect(stand(run(inside, asking, gone))).toBe('lapsed');
      expect(stand(run(inside, asking, asked, gone))).toBe('lapsed');
      // What is agreed on may still be opened (D22).
      expect(stand(run(inside, asking, to('waiting'), gone))).toBe('waiting');
      expect(stand(run(inside, asking, to('waiting'), asked, gone))).toBe('waiting');
      expect(stand(run(inside, asking, to('open'), gone))).toBe('open');
    }
    const some: PrivateEvent = {
      type: 'control',
      message: { type: 'online', server: 'one', logins: ['ann'], more: true },
      at: AT,
    };
    expect(stand(run(inside, asked, some))).toBe('none asked');
  });

  it('was accepted when there was no such request any more, says the server (D16)', () => {
    const accepted: PrivateEvent = { type: 'private-stage', key: KEY, stage: 'waiting', end: 70, at: AT };
    const ignored: PrivateEvent = {
      type: 'control',
      message: { type: 'ignored', end: 70, reason: 'no such request' },
      at: AT,
    };
    expect(stand(run(inside, asked, accepted))).toBe('waiting');
    expect(stand(run(inside, asked, accepted, ignored))).toBe('lapsed');
  });

  it('is one conversation with everything that was said, over several connections', () => {
    const again = run(inside, asking, to('open'), to('lost'), asking, to('open'));
    expect(again.conversations).toHaveLength(2);
    expect(log(again)).toEqual(['open', 'lost', 'open']);
  });

  it('shows what came as what it is: messages, raw text, a dump of bytes', () => {
    const state = run(
      inside,
      asking,
      to('open'),
      heard(
        { kind: 'message', login: 'bob', msg: 'hi' },
        { kind: 'message', login: 'eve', msg: 'I am eve' },
        { kind: 'text', text: 'GET /\r\n' },
        { kind: 'bytes', bytes: Uint8Array.of(0xff, 0x41, 0x00) },
      ),
    );
    expect(log(state)).toEqual(['open', 'hi', 'eve: I am eve', 'GET /\r\n', 'ff 41 00                 ·A·']);
    expect(totalUnread(state)).toBe(5);
  });

  it('cuts a long dump into entries, and loses no byte of it', () => {
    const state = run(inside, asking, heard({ kind: 'bytes', bytes: new Uint8Array(2500).fill(7) }));
    expect(log(state)).toHaveLength(3);
    expect(log(state)?.join(' ').match(/07/g)).toHaveLength(2500);
  });

  it('shows what is unfinished as what it is, until it is something', () => {
    const open = run(inside, asking, to('open'));
    const half = run(open, came([], { kind: 'text', text: '\0\0\0\u0002o' }));
    expect(findPrivate(half, KEY)!.log.all.at(-1)).toMatchObject({ kind: 'raw', isUnfinished: true });
    const mine = saying(half, '?');
    const more = run(mine, came([], { kind: 'bytes', bytes: Uint8Array.of(0xff) }));
    expect(log(more)).toEqual(['open', 'ff                       ·', '?']);
    const whole = run(more, heard({ kind: 'string', text: 'ok' }, { kind: 'string', text: 'hey' }));
    expect(log(whole)).toEqual(['open', 'ok', '?', 'hey']);
    expect([open, half, more, whole].map(totalUnread)).toEqual([1, 2, 2, 3]);
  });

  it('keeps apart what that has become, when it is a message of somebody who is ignored', () => {
    const half = run(inside, asking, to('open'), came([], { kind: 'text', text: '\0\0\0\u0002o' }));
    const whole = run(ignore(half, 'bob'), heard({ kind: 'string', text: 'ok' }));
    expect(findPrivate(whole, KEY)!.log.all.at(-1)).toMatchObject({ kind: 'ignored', text: 'ok' });
  });

  it('shows a line of raw text that comes in pieces as one', () => {
    const text = (piece: string, at: number) => came([{ kind: 'text', text: piece }], null, AT + at);
    const state = run(
      inside,
      asking,
      to('open'),
      ...['h', 'e', 'l', 'l', 'o', '\n'].map((letter, index) => text(letter, 10 * index)),
      text('pass', 100),
      text('word: ', 2_000),
      text('later', 4_000),
    );
    expect(log(state)).toEqual(['open', 'hello\n', 'password: ', 'later']);
  });

  it.each([
    [['i-ended', 'they-ended'], 'ending'],
    [['they-ended', 'i-ended'], 'ending'],
    [['i-ended', 'they-ended', 'closed'], 'closed'],
    [['they-ended', 'i-ended', 'closed'], 'closed'],
    [['they-ended', 'i-ended', 'lost'], 'lost'],
  ] as [Stage[], Stage][])('that goes through %j is %s, and its notes contradict none', (stages, last) => {
    const state = run(inside, asking, to('open'), ...stages.map(to));
    expect(stand(state)).toBe(last);
    expect(log(state)).toEqual(['open', stages[0], ...stages.slice(2)]);
  });

  const saying = (state: State, text: string) => {
    const waiting = reduce(state, written(text));
    const { id } = findPrivate(waiting, KEY)!.outgoing[0]!;
    return run(waiting, { type: 'private-said', key: KEY, id, login: 'ann', at: AT });
  };
  const doubts = (state: State) =>
    findPrivate(state, KEY)!.log.all.flatMap((entry) =>
      entry.kind === 'said' && entry.mine ? [entry.perhaps ? `${entry.text}?` : entry.text] : [],
    );

  it('knows not whether they receive what is written after their end (D21)', () => {
    const open = saying(run(inside, asking, to('open')), 'before');
    const ended = saying(run(open, to('they-ended')), 'after');
    expect(doubts(ended)).toEqual(['before', 'after?']);
    expect(doubts(run(ended, to('lost')))).toEqual(['before', 'after?']);
    expect(doubts(run(ended, to('i-ended'), to('closed')))).toEqual(['before', 'after?']);
  });

  it('knows not whether their end came behind what was written, once its way was interrupted', () => {
    const open = saying(run(inside, asking, interrupted(true), to('open')), 'mine');
    const dark = run(open, interrupted(false));
    for (const ends of [['they-ended'], ['i-ended', 'they-ended', 'closed']] as Stage[][]) {
      expect(doubts(run(open, ...ends.map(to)))).toEqual(['mine']);
      expect(doubts(run(dark, ...ends.map(to)))).toEqual(['mine?']);
    }
    const answer = heard({ kind: 'message', login: 'bob', msg: 'yes' });
    expect(doubts(run(dark, answer, to('they-ended')))).toEqual(['mine']);
  });

  it('that gives way to a new one leaves that open as well: nobody hears how it ends', () => {
    const open = saying(run(inside, asking, to('open')), 'mine');
    expect(doubts(run(open, asked, to('waiting')))).toEqual(['mine?']);
  });

  it('that breaks leaves open what became of our words since their last', () => {
    let state = saying(run(inside, asking, to('open')), 'answered');
    state = saying(run(state, heard({ kind: 'message', login: 'bob', msg: 'yes' })), 'not answered');
    expect(doubts(run(state, to('lost')))).toEqual(['answered', 'not answered?']);
    expect(doubts(run(state, to('i-ended'), to('lost')))).toEqual(['answered', 'not answered?']);
    expect(doubts(run(state, to('i-ended'), to('closed')))).toEqual(['answered', 'not answered']);
    // Who leaves the room says nothing of what they have read.
    const left = { type: 'presence', left: ['bob'], joined: [] } as const;
    const gone = reduce(online(state, 'bob'), { type: 'control', message: left, at: AT });
    expect(doubts(run(gone, to('lost')))).toEqual(['answered', 'not answered?']);
    // A request comes another way, and often since the other side has begun anew.
    expect(doubts(run(state, asked, to('lost')))).toEqual(['answered', 'not answered?']);
    const declined: PrivateEvent = { type: 'private-declined', key: KEY, at: AT };
    expect(doubts(run(state, asked, declined, to('lost')))).toEqual(['answered', 'not answered?']);
  });

  it('is interrupted, and goes on or is over', () => {
    const state = run(inside, asking, to('open'), interrupted(true));
    expect(findPrivate(state, KEY)).toMatchObject({ stage: 'open', isInterrupted: true });
    for (const next of [interrupted(false), to('lost')])
      expect(findPrivate(run(state, next), KEY)).toMatchObject({ isInterrupted: false });
  });

  const written = (text: string): Event => ({ type: 'written', key: KEY, text, at: AT });

  it('shows our own text as said once it is written: nothing echoes it', () => {
    const waiting = reduce(run(inside, asking, to('open')), written('hi'));
    const [message] = findPrivate(waiting, KEY)!.outgoing;
    expect(message).toMatchObject({ text: 'hi', state: 'waiting' });
    const state = run(waiting, { type: 'private-said', key: KEY, id: message!.id, login: 'ann', at: AT });
    expect(findPrivate(state, KEY)).toMatchObject({
      outgoing: [],
      log: { all: [{}, { text: 'hi', mine: true }] },
    });
  });

  it.each(['closed', 'lost'] as const)('that is %s has not sent what waited for room', (stage) => {
    const state = run(reduce(run(inside, asking, to('open')), written('hi')), to('they-ended'), to(stage));
    const notSent = { outgoing: [{ text: 'hi', state: 'not-sent' }] };
    expect(findPrivate(state, KEY)).toMatchObject(notSent);
    // Sent again it waits for the next connection, but not for one with whoever takes the name.
    const { id } = findPrivate(state, KEY)!.outgoing[0]!;
    const again = change(state, id, { state: 'waiting' });
    expect(findPrivate(run(again, asking, to('waiting')), KEY)).toMatchObject({
      outgoing: [{ state: 'waiting' }],
    });
    const message = { type: 'presence' as const, left: ['bob'], joined: [] };
    expect(findPrivate(run(again, { type: 'control', message, at: AT }), KEY)).toMatchObject(notSent);
  });
});
