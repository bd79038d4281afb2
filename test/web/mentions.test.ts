import { describe, expect, it } from 'vitest';
import {
  answeredSince,
  bodyOf,
  callSince,
  iconOf,
  isAlertDue,
  noticeOf,
  titleOf,
} from '../../web/platform/attention.ts';
import { reducePrivate, type PrivateEvent } from '../../web/state/private/reduce.ts';
import { en } from '../../web/i18n/en.ts';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { lookAlikesIn } from '../../web/selectors/look-alikes.ts';
import { addEntry } from '../../web/state/conversations.ts';
import { reduce, type Event } from '../../web/state/reduce.ts';
import { initialState, type State } from '../../web/state/state.ts';
import { callsOf, totalUnread } from '../../web/selectors/unread.ts';
import { mentions } from '../../web/text/mentions.ts';

const run = (state: State, ...events: Event[]): State => events.reduce(reduce, state);
const heard = (login: string, msg: string): Event => ({
  type: 'received',
  command: { opcode: 3, login, msg },
  at: 0,
});
const told: Event = {
  type: 'received',
  command: { opcode: 4, login_sender: 'bob', login_target: 'Léa', msg: 'psst' },
  at: 0,
};
const away = run(
  initialState('en'),
  { type: 'accepted', login: 'Léa', at: 0 },
  { type: 'chosen', choices: { visible: false } },
);

describe('a text', () => {
  it.each([
    ['@Léa look', 'Léa'],
    ['look, léa!', 'Léa'],
    ['Le\u0301a', 'L\u00e9a'],
    ['ask (a.b) about it', 'a.b'],
    ['hi 😺', '😺'],
    ['x-1: yes', 'x-1'],
    ['[bob]', 'bob'],
    // Some scripts put no space behind a name, and have letters of several forms.
    ['@太郎さん、元気？', '太郎'],
    ['交给@太郎吧', '太郎'],
    ['＠太郎', '太郎'],
    ['@철수야', '철수'],
    ['@สมชายครับ', 'สมชาย'],
    ['@रामजी', 'राम'],
    ['@bobさん', 'bob'],
    ['次はbobです', 'bob'],
    ['太郎、元気？', '太郎'],
    ['@😺hi', '😺'],
    ['@ibrahim', 'İbrahim'],
    ['İBRAHİM?', 'ibrahim'],
    ['@ISIK', 'ışık'],
    ['@lea', 'Léa'],
    ['STRASSE', 'Straße'],
    ['ΟΔΟΣ', 'οδος'],
    ['@ｂｏｂ', 'bob'],
    ['mail@bob', 'bob'],
    ['**@lea**, *look*', 'Léa'],
    ['> @lea said so', 'Léa'],
    ['`x` @lea `y`', 'Léa'],
    ['`@lea', 'Léa'],
  ])('%s calls %s', (text, login) => expect(mentions(text, login)).toBe(true));

  it.each([
    ['Léandre', 'Léa'],
    ['bobby_bob', 'bob'],
    ['acb', 'a.b'],
    ['bob2', 'bob'],
    ['', 'bob'],
    ['@bobby', 'bob'],
    ['@bob2', 'bob'],
    ['あの太郎さん', '太郎'],
    ['@रामा', 'राम'],
    ['@강', '가'],
    ['@かき', 'がき'],
    ['x 😺y', '😺'],
    ['a b', '´'],
    ['mail@boby', 'bob'],
    // Code is not said to anybody.
    ['`@lea`', 'Léa'],
    ['x `a b lea` y', 'Léa'],
    ['``a`@lea``', 'Léa'],
    ['```\n@lea\n```', 'Léa'],
  ])('%s does not call %s', (text, login) => expect(mentions(text, login)).toBe(false));
});

describe('a name after @', () => {
  const others = ['太郎さん', 'Jean', 'Jean Paul', 'bob'];

  it.each([
    ['@太郎さん、元気？', '太郎さん'],
    ['@Jean Paul, look', 'Jean Paul'],
    ['@Jean look', 'Jean'],
    ['@Jean Pauline', 'Jean'],
    ['@Jean Paul and @Jean', 'Jean'],
  ])('in %s calls %s', (text, login) => expect(mentions(text, login, others)).toBe(true));

  it.each([
    ['@太郎さん、元気？', '太郎'],
    ['@Jean Paul, look', 'Jean'],
  ])('in %s does not call %s, whose name is the beginning of another', (text, login) =>
    expect(mentions(text, login, others)).toBe(false),
  );

  it('is that of whoever is here', () => {
    const here = { ...away, online: new Map([['Léa-Lou', 'Léa-Lou']]) };
    expect(run(here, heard('bob', '@léa-lou')).conversations[0]).toMatchObject({ unread: 1, mentions: 0 });
    expect(run(away, heard('bob', '@léa-lou')).conversations[0]).toMatchObject({ unread: 1, mentions: 1 });
  });
});

const phrases = { text: en, lazy: enLazy, alike: new Map() };

describe('being called', () => {
  it('is counted while nobody looks, and not by what one says oneself', () => {
    const state = run(away, heard('bob', 'hi all'), heard('bob', '@Léa!'), heard('Léa', 'I, Léa'));
    expect(state.conversations[0]).toMatchObject({ unread: 2, mentions: 1 });
    expect(state.conversations[0].log.all).toMatchObject([{}, { mention: true }, { mine: true }]);
    const seen = run(state, { type: 'chosen', choices: { visible: true } });
    expect(seen.conversations[0]).toMatchObject({ unread: 0, mentions: 0 });
  });

  it('is every direct message, and in the room those that say the name', () => {
    const state = run(away, heard('bob', 'hi'), heard('bob', 'léa?'), told);
    expect(state.conversations.map(callsOf)).toEqual([1, 1]);
    expect(totalUnread(state)).toBe(3);
  });

  it('by a request says so in its notice, not what was said before', () => {
    const state = run(away, told);
    const asked = addEntry(state, 'direct:bob', { kind: 'note', note: 'asked', login: 'bob', at: 0 });
    const body = (one: State) => bodyOf(one.conversations[1]!, en, enLazy);
    expect(body(state)).toMatch(/^bob: /);
    expect(body(asked)).toBe('bob asks you for a private connection.');
  });

  it('is noticed once for each time', () => {
    const small = run(away, heard('bob', 'hi'));
    expect(callSince(away, small)).toBeUndefined();
    const called = run(small, heard('bob', 'Léa'));
    expect(callSince(small, called)?.key).toBe('room');
    expect(callSince(called, run(called, heard('bob', 'hi')))).toBeUndefined();
    expect(callSince(called, run(called, told))?.key).toBe('direct:bob');
    expect(callSince(called, run(called, { type: 'chosen', choices: { visible: true } }))).toBeUndefined();
  });

  it('by somebody who can be taken for another says so first, in the room and elsewhere', () => {
    const long = 'Léa! '.repeat(100);
    const state = run(away, heard('ｂob', long), told, {
      ...told,
      command: { ...told.command, login_sender: 'ｂob' },
    } as Event);
    const alike = lookAlikesIn(state);
    const bodies = state.conversations.map((one) => noticeOf(one, { ...phrases, alike }, true).body);
    for (const [at, login, other] of [
      [0, 'ｂob', 'bob'],
      [1, 'bob', 'ｂob'],
      [2, 'ｂob', 'bob'],
    ] as const)
      expect(bodies[at]).toMatch(
        `The name “${login}” looks like “${other}”, and is somebody else’s.\n${login}: `,
      );
  });

  it('has one notice for each conversation, which says how much there is and where a new page finds it', () => {
    const state = run(away, heard('bob', 'hi'), heard('bob', 'léa?'), heard('bob', 'Léa!'), told);
    const [room, bob] = state.conversations.map((one) => noticeOf(one, phrases, true));
    expect(room).toMatchObject({ title: 'Everyone (2)', body: 'bob: Léa!', tag: 'room', place: '#at=room' });
    expect(bob).toMatchObject({ title: 'bob', body: 'bob: psst', tag: 'direct:bob', place: '#to=bob' });
    const again = run(state, told);
    expect(noticeOf(again.conversations[1]!, phrases, false)).toMatchObject({
      ...{ title: 'bob (2)', renotify: false },
    });
    const long = run(away, { ...told, command: { ...told.command, msg: '😺'.repeat(300) } } as Event);
    expect(noticeOf(long.conversations[1]!, phrases, true).body).toBe(`bob: ${'😺'.repeat(195)}…`);
    const odd = run(away, { ...told, command: { ...told.command, login_sender: 'a&at=room #' } } as Event);
    const { place } = noticeOf(odd.conversations[1]!, phrases, true);
    expect(new URLSearchParams(place.slice(1)).get('to')).toBe('a&at=room #');
  });

  it('alerts again for more of the same only after a while, or when what was before has been read', () => {
    const alerted = new Map<'room' | 'direct:bob', number>();
    const at = (now: number, key: 'room' | 'direct:bob' = 'room') => isAlertDue(alerted, key, now);
    expect([at(0), at(9_999), at(10_000), at(10_001, 'direct:bob')]).toEqual([true, false, true, true]);
    alerted.delete('room');
    expect(at(10_002)).toBe(true);
  });

  describe('by a notice that says nothing any more', () => {
    const KEY = 'private:bob';
    const asked = reducePrivate(away, {
      type: 'received',
      command: { opcode: 5, login_requester: 'bob', login_target: 'Léa' },
      at: 0,
    });
    const over = (state: State, event: PrivateEvent) => answeredSince(state, reducePrivate(state, event));
    const lapse: PrivateEvent = { type: 'private-timeout', key: KEY, since: 0, at: 1 };
    const items = [{ kind: 'string' as const, text: 'secret' }];
    const before = reducePrivate(asked, { type: 'private-items', key: KEY, items, unfinished: null, at: 0 });

    it('is called no more: the request has lapsed, was answered, or ended with the connection', () => {
      expect(answeredSince(away, asked)).toEqual([]);
      // Beside what else is unread there, and in the conversation that is open behind another window.
      for (const state of [asked, before, run(asked, { type: 'opened', key: KEY })]) {
        expect(over(state, lapse)).toEqual([KEY]);
        expect(over(state, { type: 'private-declined', key: KEY, at: 1 })).toEqual([KEY]);
        expect(over(state, { type: 'private-stage', key: KEY, stage: 'waiting', at: 1 })).toEqual([KEY]);
        expect(over(state, { type: 'lost', at: 1 })).toEqual([KEY]);
      }
      expect(answeredSince(asked, run(asked, { type: 'left' }))).toEqual([KEY]);
    });

    it('is called no more in a page that comes back: the request ended with the page before', () => {
      expect(answeredSince({ conversations: [] }, reducePrivate(before, lapse))).toEqual([KEY]);
      expect(answeredSince({ conversations: [] }, asked)).toEqual([]);
    });
  });

  it('shows in the title and the icon', () => {
    expect([titleOf(0, 0), titleOf(3, 0), titleOf(3, 2)]).toEqual(['Chaton', '• Chaton', '(2) Chaton']);
    expect(iconOf(0, 0)).toBe('./cat.svg');
    expect(decodeURIComponent(iconOf(7, 0))).toContain('>•</text>');
    expect(decodeURIComponent(iconOf(7, 2))).toContain('>2</text>');
    expect(decodeURIComponent(iconOf(100, 100))).toContain('>∞</text>');
    expect(iconOf(7, 0)).not.toBe(iconOf(7, 1));
  });
});
