import { describe, expect, it } from 'vitest';
import { parseTyped } from '../../web/text/slash-commands.ts';

const KNOWN = ['bob', 'Jean', 'Jean Paul', 'a/b'];

describe('what is typed', () => {
  it.each([
    ['hello', { kind: 'text', text: 'hello' }],
    [' /msg bob x', { kind: 'text', text: ' /msg bob x' }],
    ['//msg bob', { kind: 'text', text: '/msg bob' }],
    ['//', { kind: 'text', text: '/' }],
    ['///', { kind: 'text', text: '//' }],
    ['/msg bob hi there', { kind: 'msg', login: 'bob', text: 'hi there' }],
    ['/MSG bob hi', { kind: 'msg', login: 'bob', text: 'hi' }],
    ['/msg bob two\nlines', { kind: 'msg', login: 'bob', text: 'two\nlines' }],
    ['/msg bobby hi', { kind: 'msg', login: 'bobby', text: 'hi' }],
    ['/msg Jean Paul hi', { kind: 'msg', login: 'Jean Paul', text: 'hi' }],
    ['/msg Jean Pierre hi', { kind: 'msg', login: 'Jean', text: 'Pierre hi' }],
    ['/msg "Anne Marie" hi', { kind: 'msg', login: 'Anne Marie', text: 'hi' }],
    ['/msg bob', { kind: 'incomplete', name: 'msg' }],
    ['/msg', { kind: 'incomplete', name: 'msg' }],
    ['/private bob', { kind: 'private', login: 'bob' }],
    ['/private Jean Paul', { kind: 'private', login: 'Jean Paul' }],
    ['/private', { kind: 'private', login: '' }],
    ['/private bob now', { kind: 'incomplete', name: 'private' }],
    ['/accept a/b', { kind: 'accept', login: 'a/b' }],
    ['/refuse', { kind: 'refuse', login: '' }],
    ['/end', { kind: 'end' }],
    ['/end now', { kind: 'incomplete', name: 'end' }],
    ['/help ', { kind: 'help' }],
    ['/etc/passwd is a file', { kind: 'unknown', name: 'etc/passwd' }],
    ['/', { kind: 'unknown', name: '' }],
    ['/constructor', { kind: 'unknown', name: 'constructor' }],
  ])('%j', (typed, meaning) => {
    expect(parseTyped(typed, KNOWN)).toEqual(meaning);
  });
});
