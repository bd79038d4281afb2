import { describe, expect, it } from 'vitest';
import type { LazyCatalogue } from '../../web/i18n/catalogue.ts';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { frLazy } from '../../web/i18n/fr-lazy.ts';
import type { Actions } from '../../web/state/actions.ts';
import { ignore } from '../../web/state/ignore-list.ts';
import { privateKey } from '../../web/state/private-state.ts';
import { reducePrivate } from '../../web/state/private/reduce.ts';
import { reduce } from '../../web/state/reduce.ts';
import {
  canBeDone,
  COMMAND_NAMES,
  parseTyped,
  wordsOf,
  runSlashCommand,
  SLASH_COMMANDS,
  type CommandContext,
} from '../../web/state/slash-commands.ts';
import { activeConversation, initialState, type State } from '../../web/state/state.ts';

const KNOWN = ['bob', 'Jean', 'Jean Paul', 'a/b', 'Zoé', 'Zoë'];

describe('what is typed', () => {
  it.each([
    ['hello', { kind: 'text', text: 'hello' }],
    [' /msg bob x', { kind: 'text', text: ' /msg bob x' }],
    ['//msg bob', { kind: 'text', text: '/msg bob' }],
    ['//', { kind: 'text', text: '/' }],
    ['///', { kind: 'text', text: '//' }],
    ['/msg bob hi there', { kind: 'command', name: 'msg', login: 'bob', text: 'hi there' }],
    ['/MSG bob hi', { kind: 'command', name: 'msg', login: 'bob', text: 'hi' }],
    ['/msg bob two\nlines', { kind: 'command', name: 'msg', login: 'bob', text: 'two\nlines' }],
    ['/msg bobby hi', { kind: 'command', name: 'msg', login: 'bobby', text: 'hi' }],
    ['/msg Jean Paul hi', { kind: 'command', name: 'msg', login: 'Jean Paul', text: 'hi' }],
    ['/msg Jean Pierre hi', { kind: 'command', name: 'msg', login: 'Jean', text: 'Pierre hi' }],
    ['/msg "Anne Marie" hi', { kind: 'command', name: 'msg', login: 'Anne Marie', text: 'hi' }],
    // Several may be meant: nothing goes to another one.
    ['/msg jean paul hi', { kind: 'which', logins: ['Jean Paul', 'Jean'] }],
    ['/msg Jean paul hi', { kind: 'which', logins: ['Jean Paul', 'Jean'] }],
    ['/msg BOB hi', { kind: 'which', logins: ['bob'] }],
    ['/msg zoe hi', { kind: 'which', logins: ['Zoé', 'Zoë'] }],
    ['/msg Zoe\u0301 hi', { kind: 'command', name: 'msg', login: 'Zoé', text: 'hi' }],
    ['/msg "zoe" hi', { kind: 'command', name: 'msg', login: 'zoe', text: 'hi' }],
    ['/ignore jean PAUL', { kind: 'which', logins: ['Jean Paul', 'Jean'] }],
    ['/msg bob', { kind: 'incomplete', name: 'msg' }],
    ['/msg', { kind: 'incomplete', name: 'msg' }],
    ['/private bob', { kind: 'command', name: 'private', login: 'bob', text: '' }],
    ['/private Jean Paul', { kind: 'command', name: 'private', login: 'Jean Paul', text: '' }],
    ['/private', { kind: 'command', name: 'private', login: '', text: '' }],
    ['/private bob now', { kind: 'incomplete', name: 'private' }],
    ['/accept a/b', { kind: 'command', name: 'accept', login: 'a/b', text: '' }],
    ['/refuse', { kind: 'command', name: 'refuse', login: '', text: '' }],
    ['/end', { kind: 'command', name: 'end', login: '', text: '' }],
    ['/end now', { kind: 'incomplete', name: 'end' }],
    ['/help ', { kind: 'command', name: 'help', login: '', text: '' }],
    ['/etc/passwd is a file', { kind: 'unknown', name: 'etc/passwd' }],
    ['/', { kind: 'unknown', name: '' }],
    ['/constructor', { kind: 'unknown', name: 'constructor' }],
  ])('%j', (typed, meaning) => {
    expect(parseTyped(typed, KNOWN)).toEqual(meaning);
  });
});

describe('the table of slash commands', () => {
  it('has French names, which are understood in every language', () => {
    expect(parseTyped('/mp bob salut', [])).toEqual({
      kind: 'command',
      name: 'msg',
      login: 'bob',
      text: 'salut',
    });
    expect(parseTyped('/Privé bob', [])).toMatchObject({ kind: 'command', name: 'private', login: 'bob' });
    const names = COMMAND_NAMES.flatMap((name) => wordsOf(name, 'fr'));
    expect(new Set(names).size).toBe(names.length);
  });

  it('has no entry without a text in both languages, and no text without an entry: neither compiles', () => {
    const { run } = SLASH_COMMANDS.help;
    // @ts-expect-error The catalogues have no text for it.
    const more: typeof SLASH_COMMANDS = { ...SLASH_COMMANDS, me: { takes: 'nothing', online: false, run } };
    // @ts-expect-error French has no text for one that English has.
    const french: LazyCatalogue['commands'] = { ...frLazy.commands, help: { usage: '/help' } };
    expect([Object.keys(more), Object.keys(french)]).toEqual([[...COMMAND_NAMES, 'me'], COMMAND_NAMES]);
    for (const texts of [enLazy.commands, frLazy.commands]) expect(Object.keys(texts)).toEqual(COMMAND_NAMES);
  });

  it.each(COMMAND_NAMES)('%s is written as its usage says', (name) => {
    const { takes } = SLASH_COMMANDS[name];
    const words = { nothing: 1, person: 2, 'person and text': 3 }[takes];
    for (const { usage } of [enLazy.commands[name], frLazy.commands[name]]) {
      expect(usage.split(' ')).toHaveLength(words);
      expect(parseTyped(usage, [])).toMatchObject({ kind: 'command', name });
    }
  });
});

describe('a slash command', () => {
  const NOW = Date.UTC(2026, 0, 5);
  const inside = reduce(initialState('en'), { type: 'accepted', login: 'lea', at: NOW });
  const command = { opcode: 5, login_requester: 'bob', login_target: 'lea' } as const;
  const asked = reducePrivate(inside, { type: 'received', command, at: NOW });

  /** Runs a command line; gives the complaint, and the calls. */
  const run = (typed: string, state: State = inside) => {
    const done: unknown[][] = [];
    const doing =
      (name: string) =>
      (...given: unknown[]) =>
        void done.push([name, ...given]);
    const privates = {
      requestPrivate: doing('request'),
      acceptPrivate: doing('accept'),
      refusePrivate: doing('refuse'),
      cancelPrivate: doing('cancel'),
      endPrivate: doing('end'),
    };
    const list = {
      ignore: doing('ignore'),
      unignore: doing('unignore'),
      read: doing('read'),
      mute: doing('mute'),
      close: doing('close'),
      sendAgain: doing('again'),
      discard: doing('discard'),
    };
    const place: CommandContext = {
      state,
      conversation: activeConversation(state),
      actions: { writeTo: doing('write to'), send: doing('send') } as unknown as Actions,
      lazy: { text: enLazy, privates, list, show: doing('show') },
    };
    return { problem: runSlashCommand(parseTyped(typed, []), place), done };
  };

  const { composer, commands, jump, names } = enLazy;
  const open = reduce(asked, { type: 'opened', key: privateKey('bob') });
  const toOpen = { type: 'private-stage', key: privateKey('bob'), stage: 'open', at: NOW } as const;
  const established = reducePrivate(open, toOpen);
  const declined = reducePrivate(open, { type: 'private-declined', key: privateKey('bob'), at: NOW });
  const talking = reducePrivate(reduce(declined, { type: 'opened', key: privateKey('bob') }), toOpen);

  it.each([
    [
      '/msg bob hi',
      inside,
      [
        ['write to', 'bob'],
        ['send', { key: 'direct:bob' }, 'hi'],
      ],
    ],
    ['/private bob', inside, [['request', 'bob']]],
    ['/private', open, [['request', 'bob']]],
    ['/accept bob', asked, [['accept', 'bob']]],
    ['/refuse', open, [['refuse', 'bob']]],
    ['/end', established, [['end', 'bob']]],
    ['/ignore bob', inside, [['ignore', 'bob']]],
    ['/ignore', open, [['ignore', 'bob']]],
    ['/unignore bob', ignore(inside, 'bob'), [['unignore', 'bob']]],
    ['/help', inside, [['show', 'help']]],
    ['hello', inside, []],
  ])('%s is done', (typed, state, done) => {
    expect(run(typed, state)).toEqual({ problem: null, done });
  });

  it.each([
    ['/me waves', inside, composer.unknown('me')],
    ['/msg bob', inside, composer.incomplete(commands.msg.usage)],
    ['/msg bob \u200b', inside, composer.incomplete(commands.msg.usage)],
    ['/private', inside, composer.incomplete(commands.private.usage)],
    ['/private lea', inside, jump.yourself],
    [`/private ${'x'.repeat(31)}`, inside, names['too-long']],
    ['/private bob', talking, enLazy.private.open],
    ['/accept bob', inside, composer.notAsked('bob')],
    ['/refuse bob', inside, composer.notAsked('bob')],
    ['/end', inside, composer.nothingToEnd],
    ['/end', open, composer.nothingToEnd],
    ['/ignore lea', inside, jump.yourself],
    ['/ignore bob', ignore(inside, 'bob'), enLazy.ignored.banner('bob')],
    ['/unignore bob', inside, composer.notIgnored('bob')],
    ['/help me', inside, composer.incomplete(commands.help.usage)],
  ])('%s is not done, and it is said why', (typed, state, problem) => {
    expect(run(typed, state)).toEqual({ problem, done: [] });
  });

  it.each(['/private bob', '/accept bob', '/refuse bob'])('%s without a connection says so', (typed) => {
    const lost = reduce(asked, { type: 'dropped', at: NOW });
    expect(run(typed, lost)).toEqual({ problem: enLazy.link['not-sent'], done: [] });
  });

  it.each([
    ['/msg bob hi', true],
    ['/private bob', true],
    ['/accept bob', true],
    ['/refuse bob', true],
    ['/msg bob \u2800', false],
    ['/end', true],
    ['/help', true],
    ['/nothing', true],
    ['/end now', true],
    ['  ', false],
    ['hello', true],
  ])('%s may be entered: %s', (typed, can) => {
    expect(canBeDone(parseTyped(typed, []))).toBe(can);
  });
});
