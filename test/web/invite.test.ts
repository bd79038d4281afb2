import { describe, expect, it } from 'vitest';
import { clientOf } from '../../web/components/dialogs/python-client.ts';
import { isThisMachine } from '../../web/components/dialogs/this-machine.ts';
import { freeName } from '../../web/selectors/names.ts';
import { onlineOf } from '../../web/state/presence.ts';

describe('the examples of an invitation', () => {
  it('have a name that nobody in the room has, nor whoever invites', () => {
    const nobody = { online: onlineOf([]), lastName: '' };
    expect(freeName('lea', nobody)).toBe('lea');
    expect(freeName('lea', { online: onlineOf(['bob', 'lea', 'lea2']), lastName: 'bob' })).toBe('lea3');
    // Not yet in, or not heard of again: the page knows of no one else.
    expect(freeName('Le\u0301a', { ...nobody, lastName: 'Léa' })).toBe('Le\u0301a2');
  });

  it.each([false, true])('have a client that asks for a name before it connects (TLS: %s)', (isSecure) => {
    const lines = clientOf('[::1]', 4000, 'Your name', isSecure);
    expect(lines.split('\n')).toHaveLength(3);
    expect(lines).toContain('n = input("Your name: ").encode()');
    expect(lines.indexOf('input(')).toBeLessThan(lines.indexOf('create_connection(("::1", 4000))'));
    // Python compares the certificate with it, which knows no brackets.
    expect(lines).not.toContain('[::1]');
    // Pasted into a running Python, `input` takes the next line for the name, and a block waits for an empty line.
    expect(lines.split('\n').slice(0, -1).join()).not.toContain('input(');
    expect(lines).not.toMatch(/^(while|for|def|with|if)\b/m);
  });
});

describe('the address of an invitation', () => {
  it.each([
    ['http://localhost:8080/', true],
    ['http://chat.localhost/', true],
    ['http://127.0.1.1/', true],
    ['http://[::1]:8080/', true],
    // As the line `ready` has them.
    ['http://0.0.0.0:8080/', true],
    ['http://[::]:8080/', true],
    ['http://192.168.1.20:8080/', false],
    ['http://127.example.org/', false],
    ['http://localhost.example.org/', false],
    ['http://[::ffff:192.0.2.1]/', false],
  ])('%s is of this machine only: %s', (address, isLocal) => {
    expect(isThisMachine(new URL(address).hostname)).toBe(isLocal);
  });
});
