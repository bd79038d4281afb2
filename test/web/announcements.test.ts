import { describe, expect, it } from 'vitest';
import { en } from '../../web/i18n/en.ts';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { announce, joinNews, newsSince, type News, type Voice } from '../../web/selectors/announcements.ts';
import { ignoredInWords } from '../../web/selectors/ignored-in-words.ts';
import { lastLineOf } from '../../web/selectors/last-line.ts';
import { Log } from '../../web/state/log.ts';
import type { Event } from '../../web/state/reduce.ts';
import { reducePrivate, type PrivateEvent } from '../../web/state/private/reduce.ts';
import type { State } from '../../web/state/state.ts';
import { patch } from '../../web/state/conversations.ts';
import { ignore, unignore } from '../../web/state/ignore-list.ts';
import { AT, heard as room, inside, requested, run, told as direct } from './support/events.ts';

const asked = (state: State, login: string) => reducePrivate(state, requested(login));

const phrases = {
  ...{ text: en, lazy: enLazy, list: (names: readonly string[]) => names.join(' and '), alike: new Map() },
};
const say = (news: readonly News[], voice: Voice = 'all') => announce(news, voice, phrases);
const heard = (before: State, after: State, voice?: Voice) => say(newsSince(before, after, enLazy), voice);

type Came = Extract<PrivateEvent, { type: 'private-items' }>;
/** The open private connection with this person, and what makes an event of what comes over it. */
function connection(login: string) {
  const key = `private:${login}` as const;
  const waiting = reducePrivate(inside, { type: 'private-asking', login, end: 1, at: AT });
  const state = reducePrivate(waiting, { type: 'private-stage', key, stage: 'open', at: AT });
  const came = (items: Came['items'], unfinished: Came['unfinished'] = null): PrivateEvent => ({
    ...{ type: 'private-items', key, items, unfinished, at: AT },
  });
  return [run(state, { type: 'opened', key }), came] as const;
}
const said = (msg: string) => ({ kind: 'message', login: 'bob', msg }) as const;

describe('announcements', () => {
  it('read out up to three messages of the open conversation, and then say how many there are', () => {
    const three = run(inside, room('bob', 'one'), room('bob', 'two'), room('eve', 'three'));
    expect(heard(inside, three)).toEqual(['bob: one', 'bob: two', 'eve: three']);
    expect(heard(inside, run(three, room('bob', 'four')))).toEqual(['4 new messages']);
  });

  it.each([
    'You',
    'From the server',
    'from-the  SERVER',
    'Direct message from eve',
    'eve mentions you',
    'Everyone',
  ])('say that the name %j is one', (login) => {
    expect(heard(inside, run(inside, room(login, 'Closing soon')))).toEqual([
      `A person called ${login}: Closing soon`,
    ]);
    expect(heard(inside, run(inside, direct(login, 'psst')))).toEqual([
      `Direct message from a person called ${login}: psst`,
    ]);
    const elsewhere = run(inside, { type: 'direct-opened', login: 'eve' });
    expect(heard(elsewhere, run(elsewhere, room(login, 'ann!')))).toEqual([
      `A person called ${login} mentions you: ann!`,
    ]);
  });

  it('name those that call, among many', () => {
    const many = run(inside, ...[1, 2, 3].map((n) => room('bob', `no. ${n}`)), room('eve', 'ann, look'));
    expect(heard(inside, many)).toEqual(['4 new messages. You are mentioned by eve.']);
  });

  it('say where a quote begins and ends, and not all of it: nobody takes it for words of who quotes', () => {
    const quoted = run(inside, room('bob', '> how are you?\nfine\n```\na = 1\n```\nsee?'));
    expect(heard(inside, quoted)).toEqual(['bob: Quote: how are you? (end of quote)\nfine\na = 1\nsee?']);
    const long = run(inside, room('bob', `> ${'long '.repeat(60)}\n> > and more\nno`));
    expect(heard(inside, long)).toEqual([`bob: Quote: ${'long '.repeat(12)}… (end of quote)\nno`]);
    // The list has the line of who quotes, unless there is nothing but the quote.
    const lines = [long, run(inside, room('bob', '> hm'))].map((one) => one.conversations[0]);
    expect(lines.map((one) => lastLineOf(one, phrases)?.line)).toEqual(['bob: no', 'bob: hm']);
  });

  it('are of what is meant for this person in the open conversation, though it is muted', () => {
    const muted = patch(inside, 'room', { muted: true });
    const said = run(muted, room('bob', 'hi all'), room('eve', 'ann, look'), room('pest', 'ann!'));
    expect(heard(muted, said)).toEqual(['eve: ann, look', 'pest: ann!']);
    const ignoring = ignore(muted, 'pest');
    expect(heard(ignoring, run(ignoring, room('pest', 'ann!')))).toEqual([]);
  });

  it('are the same for the same words said twice', () => {
    expect(heard(inside, run(inside, room('bob', 'yes'), room('bob', 'yes')))).toEqual([
      'bob: yes',
      'bob: yes',
    ]);
  });

  it('say that a person is ignored, and is no more: in the room nothing else does', () => {
    const ignoring = ignore(inside, 'bob');
    expect(ignoredInWords(inside, ignoring, enLazy)).toEqual([enLazy.ignored.banner('bob')]);
    expect(ignoredInWords(ignoring, unignore(ignoring, 'bob'), enLazy)).toEqual([
      enLazy.ignored.noMore('bob'),
    ]);
    expect(ignoredInWords(ignoring, run(ignoring, room('eve', 'hi')), enLazy)).toEqual([]);
  });

  it('are not made for our own messages, nor for what was there before', () => {
    const before = run(inside, room('bob', 'before'));
    expect(heard(before, run(before, room('ann', 'mine'), room('bob', 'after')))).toEqual(['bob: after']);
    expect(heard(before, before)).toEqual([]);
  });

  it('name the author of what comes elsewhere, and leave out what calls nobody there', () => {
    const away = run(inside, { type: 'direct-opened', login: 'bob' });
    const after = run(
      away,
      room('eve', 'to all'),
      room('eve', 'ann!'),
      direct('eve', 'psst'),
      direct('bob', 'here'),
    );
    expect(heard(away, after)).toEqual([
      'eve mentions you: ann!',
      'bob: here',
      'Direct message from eve: psst',
    ]);
    const flood = run(away, ...['eve', 'max', 'eve', 'kim'].map((login) => direct(login, 'psst')));
    expect(heard(away, flood)).toEqual(['4 messages for you, from eve and max and kim']);
  });

  it('tell of requests, and of many with one announcement', () => {
    const one = asked(inside, 'bob');
    expect(heard(inside, one)).toEqual(['bob asks you for a private connection.']);
    expect(heard(one, asked(one, 'eve'))).toEqual(['eve asks you for a private connection.']);
    const logins = Array.from({ length: 20 }, (_, index) => `e${index}`);
    const flood = logins.reduce(asked, inside);
    expect(heard(inside, flood)).toEqual([
      '20 requests for a private connection, from e0 and e1 and e2 and e3 and e4 and 15 more',
    ]);
  });

  it('tell that a request was refused, which only goes away by it', () => {
    const before = ['bob', 'eve', 'max', 'kim'].reduce(asked, inside);
    const refuse = (state: State, login: string) =>
      reducePrivate(state, { type: 'private-declined', key: `private:${login}`, at: AT });
    expect(heard(before, refuse(before, 'bob'))).toEqual(['You have refused the request of bob.']);
    // The heading of what is open says only what there is still.
    const looking = run(before, { type: 'opened', key: 'private:bob' });
    expect(heard(looking, refuse(looking, 'bob'))).toEqual(['You have refused the request of bob.']);
    // It is one's own answer, also to somebody who is ignored, or whose conversation is muted.
    const unheard = ignore(patch(before, 'private:bob', { muted: true }), 'eve');
    expect(heard(unheard, refuse(refuse(unheard, 'bob'), 'eve'))).toEqual([
      'You have refused the request of bob.',
      'You have refused the request of eve.',
    ]);
    expect(heard(before, ['bob', 'eve', 'max', 'kim'].reduce(refuse, before))).toEqual([
      'You have refused the request of bob and eve and max and kim.',
    ]);
  });

  it('tell what becomes of a private connection elsewhere, and not of the one that is open', () => {
    const before = asked(inside, 'bob');
    const open = (state: State) =>
      reducePrivate(state, { type: 'private-stage', key: 'private:bob', stage: 'open', at: AT });
    expect(heard(before, open(before))).toEqual([
      'Private connection with bob: The private connection is open.',
    ]);
    const looking = run(before, { type: 'opened', key: 'private:bob' });
    expect(heard(run(inside, { type: 'opened', key: 'private:bob' }), looking)).toEqual([]);
    expect(heard(looking, open(looking))).toEqual([]);
  });

  it('do not count what became of private connections among the messages', () => {
    const logins = ['bob', 'eve', 'max', 'kim'];
    const before = logins.reduce(asked, inside);
    const after = reducePrivate(before, {
      type: 'control',
      message: { type: 'presence', left: logins, joined: [] },
      at: AT,
    });
    expect(heard(before, after)).toEqual(['News of 4 private connections, with bob and eve and max and kim']);
  });

  it('leave out what was said before this person came', () => {
    const messages = [{ login: 'bob', text: 'long ago', age: 60_000 }];
    const history: Event = { type: 'control', message: { type: 'history', messages }, at: AT };
    expect(heard(inside, run(inside, history, room('bob', 'now')))).toEqual(['bob: now']);
  });

  it('read out a text as it is shown, without the signs', () => {
    expect(heard(inside, run(inside, room('bob', '**see** `a*b`\n```\nx = 1\n```')))).toEqual([
      'bob: see a*b\nx = 1',
    ]);
  });

  it('say that a message of ours was not sent, once for many, whatever is read out', () => {
    const asking = run(inside, { type: 'direct-opened', login: 'bob' });
    const written = [1, 2, 3, 4].reduce(
      (state, n) => run(state, { type: 'written', key: 'direct:bob', text: `no. ${n}`, at: AT }),
      asking,
    );
    const sent = written.conversations[1]!.outgoing.reduce(
      (state, { id }) => run(state, { type: 'sent', id, end: id }),
      written,
    );
    const refuse = (state: State, { id }: { id: number }, why = 'unknown login') =>
      run(state, { type: 'control', message: { type: 'ignored', end: id, reason: why }, at: AT });
    const { outgoing } = sent.conversations[1]!;
    const words = 'Not sent. bob is not connected.';
    expect(heard(sent, refuse(sent, outgoing[0]!), 'none')).toEqual([words]);
    // A server that is newer than this page may have other reasons: it was not sent all the same.
    for (const why of ['too rude', 'toString'])
      expect(heard(sent, refuse(sent, outgoing[0]!, why))).toEqual(['Not sent.']);
    const failed = outgoing.reduce((state, message) => refuse(state, message), sent);
    expect(heard(sent, failed)).toEqual([words]);
    expect(heard(failed, failed)).toEqual([]);
    // Of few, their own words say which they are.
    const two = outgoing.slice(0, 2).reduce((state, message) => refuse(state, message), sent);
    expect(heard(sent, two)).toEqual([`${words} no. 1`, `${words} no. 2`]);
    const elsewhere = run(sent, { type: 'opened', key: 'room' });
    expect(heard(elsewhere, refuse(elsewhere, outgoing[0]!))).toEqual([`bob: ${words}`]);
  });

  it('read out what the server says, and only the beginning of what is long', () => {
    const notice: Event = { type: 'control', message: { type: 'notice', text: 'Closing soon' }, at: AT };
    expect(heard(inside, run(inside, notice))).toEqual(['From the server: Closing soon']);
    // The list shows it as well, until somebody speaks: a dot alone would not say that it is more than talk.
    const [noticed, talk] = [notice, room('bob', '*hi*')].map((event) =>
      run(inside, room('eve', 'x'), event),
    );
    expect(lastLineOf(noticed!.conversations[0], phrases)?.line).toBe('From the server: Closing soon');
    expect(lastLineOf(talk!.conversations[0], phrases)).toEqual({ line: 'bob: hi', login: 'bob' });
    const [long] = heard(inside, run(inside, room('bob', '🐱'.repeat(250))));
    expect(long).toBe(`bob: ${'🐱'.repeat(200)}…`);
  });

  it.each([
    ['mine', ['bob: ann?', 'Direct message from eve: psst']],
    ['none', []],
  ] as const)('are as chosen: %s', (voice, expected) => {
    const after = run(inside, room('bob', 'to all'), room('bob', 'ann?'), direct('eve', 'psst'));
    expect(heard(inside, after, voice)).toEqual(expected);
  });

  it.each(['mine', 'none'] as const)(
    'are made of all that is no message, whatever is chosen: %s',
    (voice) => {
      const notice: Event = { type: 'control', message: { type: 'notice', text: 'Closing soon' }, at: AT };
      const before = run(inside, direct('kim', 'hi'));
      const refused = reducePrivate(asked(run(before, notice), 'bob'), {
        ...{ type: 'private-stage', key: 'private:bob', stage: 'refused', at: AT },
      });
      expect(heard(before, refused, voice)).toEqual([
        'From the server: Closing soon',
        'Private connection with bob: bob has refused.',
        'bob asks you for a private connection.',
      ]);
    },
  );

  it('say what the beginning of a message is, and not its bytes', () => {
    const before = asked(inside, 'bob');
    const begun = { kind: 'raw', form: 'text', text: '\u0003\0\0\0', isUnfinished: true, at: AT } as const;
    const [everyone, ...others] = before.conversations;
    const withIt = others.map((one) => ({ ...one, log: new Log([{ ...begun, id: before.nextId }]) }));
    const after: State = { ...before, conversations: [everyone, ...withIt] };
    expect(heard(before, after)).toEqual([
      'Private connection with bob: The beginning of a message whose end has not come',
    ]);
    // Nor would control characters be heard that are all there is.
    const ended = { ...begun, isUnfinished: false };
    const withEnded = others.map((one) => ({ ...one, log: new Log([{ ...ended, id: before.nextId }]) }));
    expect(heard(before, { ...before, conversations: [everyone, ...withEnded] })).toEqual([
      'Private connection with bob: Bytes that are not text',
    ]);
  });

  it('read out what that has become, where it stands, and what came behind it', () => {
    const [open, came] = connection('bob');
    const half = reducePrivate(open, came([], { kind: 'text', text: '\u0003\0\0\0' }));
    const longer = reducePrivate(half, came([], { kind: 'text', text: '\u0003\0\0\0\u0003' }));
    expect(heard(half, longer)).toEqual([]);
    const whole = reducePrivate(longer, came([said('hello'), said('you')]));
    expect(heard(longer, whole)).toEqual(['hello', 'you'].map((text) => `bob: ${text}`));
    expect(heard(ignore(longer, 'bob'), reducePrivate(ignore(longer, 'bob'), came([said('hi')])))).toEqual(
      [],
    );
  });

  it('read out the rest of a line that comes in pieces, as one with what has not been read out yet', () => {
    const [open, came] = connection('bob');
    const text = (piece: string) => came([{ kind: 'text', text: piece }]);
    const first = reducePrivate(open, text('pass'));
    const second = reducePrivate(first, text('word'));
    const third = reducePrivate(second, text(': '));
    expect(heard(first, second)).toEqual(['bob: word']);
    const [began, ...pieces] = [open, first, second, third].map((state, index, all) =>
      newsSince(all[index - 1] ?? state, state, enLazy),
    );
    expect(say(pieces.reduce(joinNews, began!))).toEqual(['bob: password:']);
  });

  it('say nothing of the end of a line that has been read out', () => {
    const [open, came] = connection('bob');
    const text = (piece: string) => came([{ kind: 'text', text: piece }]);
    const line = reducePrivate(open, text('hello'));
    const ended = reducePrivate(line, text('\n'));
    expect(heard(line, ended)).toEqual([]);
    expect(heard(ended, reducePrivate(ended, text('and more')))).toEqual(['bob: and more']);
  });
});
