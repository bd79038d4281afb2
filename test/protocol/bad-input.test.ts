import { describe, it } from 'vitest';
import {
  ACCEPTED,
  idPrivate,
  int,
  koPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  rawStr,
  requestPrivate,
  str,
} from '../support/raw-hex.ts';
import { describeOverEachTransport, expectClosed, leave } from '../support/raw-room.ts';

type Case = readonly [title: string, hex: string];

const A = str('alice');
const B = str('bob');

/** Sizes in each command that a client may send: the bytes before the size, and its limit in bytes. */
const SIZES: readonly (readonly [field: string, before: string, limit: number])[] = [
  ['the login of LOGIN', '00', 1024],
  ['the login of MESSAGE', '03', 30],
  ['the msg of MESSAGE', '03' + A, 1024],
  ['the login_sender of MESSAGE_PRIVATE', '04', 30],
  ['the login_target of MESSAGE_PRIVATE', '04' + A, 30],
  ['the msg of MESSAGE_PRIVATE', '04' + A + B, 1024],
  ['the login_requester of REQUEST_PRIVATE', '05', 30],
  ['the login_target of REQUEST_PRIVATE', '05' + A, 30],
  ['the login_requester of OK_PRIVATE', '06', 30],
  ['the login_target of OK_PRIVATE', '06' + A, 30],
  ['the login_requester of KO_PRIVATE', '07', 30],
  ['the login_target of KO_PRIVATE', '07' + A, 30],
];

const OPCODES: readonly Case[] = [
  ['the first unknown opcode, 11', '0b'],
  ['the highest opcode, 127', '7f'],
  ['the lowest opcode, -128', '80'],
  ['opcode -1', 'ff'],
  ['LOGIN_ACCEPTED, which only the server sends', '01'],
  ['LOGIN_REFUSED, which only the server sends', '02'],
  ['ID_PRIVATE, which only the server sends', idPrivate('alice', 'bob', 1)],
  ['ID_PRIVATE, at its opcode', '08'],
  ['ESTABLISHED, which only the server sends', '0a'],
];

const BAD_SIZES: readonly Case[] = SIZES.flatMap(([field, before, limit]): Case[] => [
  [`size -1 for ${field}`, before + int(-1)],
  [`the lowest size for ${field}`, before + int(-(2 ** 31))],
  [`2 GB for ${field}`, before + int(2 ** 31 - 1)],
  [`${limit + 1} bytes for ${field}`, before + int(limit + 1)],
]);

const BAD_UTF8: readonly Case[] = [
  ['an overlong NUL', 'c080'],
  ['an overlong slash', 'e080af'],
  ['an overlong form of 4 bytes', 'f0808080'],
  ['a surrogate', 'eda080'],
  ['a pair of surrogates (CESU-8)', 'eda0bdedb8ba'],
  ['a truncated character', '68c3'],
  ['a truncated character of 4 bytes', 'f09f98'],
  ['a continuation byte alone', '80'],
  ['a code point above U+10FFFF', 'f4908080'],
  ['a form of 5 bytes', 'f888808080'],
  ['a byte that UTF-8 never has', 'ff'],
  ['UTF-16', 'fffe6100'],
  ['Latin-1', '68e9'],
];

/** Strings of each command, one of them not UTF-8. */
const BAD_UTF8_PLACES: readonly (readonly [place: string, write: (bad: string) => string])[] = [
  ['the login of LOGIN', (bad) => '00' + bad],
  ['the login of MESSAGE', (bad) => '03' + bad + str('x')],
  ['the msg of MESSAGE', (bad) => '03' + A + bad],
  ['the login_sender of MESSAGE_PRIVATE', (bad) => '04' + bad + B + str('x')],
  ['the login_target of MESSAGE_PRIVATE', (bad) => '04' + A + bad + str('x')],
  ['the msg of MESSAGE_PRIVATE', (bad) => '04' + A + B + bad],
  ['the login_target of REQUEST_PRIVATE', (bad) => '05' + A + bad],
  ['the login_requester of OK_PRIVATE', (bad) => '06' + bad + A],
  ['the login_requester of KO_PRIVATE', (bad) => '07' + bad + A],
];

const UNREADABLE: readonly Case[] = [
  ...OPCODES,
  ...BAD_SIZES,
  ...BAD_UTF8.map(([title, hex]): Case => [`${title} in the msg of MESSAGE`, '03' + A + rawStr(hex)]),
  ...BAD_UTF8.map(([title, hex]): Case => [`${title} in the login of LOGIN`, '00' + rawStr(hex)]),
  ...BAD_UTF8_PLACES.map(([place, write]): Case => [
    `a byte that is not UTF-8 in ${place}`,
    write(rawStr('ff')),
  ]),
];

describeOverEachTransport('a command that cannot be read', (room) => {
  // The connection stays open on this side and sends nothing more, so that the gateway must not wait for a body.
  it.each(UNREADABLE)('D5: %s closes a connection that is not identified', async (_title, bad) => {
    const peer = await room.connect();
    peer.send(bad);
    await expectClosed(peer, 1002);
  });

  it.each(UNREADABLE)(
    'D5: %s closes after all that came correctly before, and before all that comes after',
    async (_title, bad) => {
      const bob = await room.join('bob');
      const alice = await room.connect();
      alice.send(login('alice') + message('alice', 'before') + bad + message('alice', 'after'));
      await alice.expect(ACCEPTED + message('alice', 'before'));
      await expectClosed(alice, 1002);
      await bob.expect(message('alice', 'before'));
      await leave(bob);
    },
  );

  it('D5: closes when the bad command comes byte by byte, too', async () => {
    const peer = await room.join('alice');
    for (const byte of ['03', '00', '00', '04', '01']) {
      peer.send(byte);
      await room.barrier();
    }
    await expectClosed(peer, 1002);
  });

  it('D5: what was queued is delivered to a client that goes on writing after its mistake', async () => {
    const alice = await room.connect();
    const echoes = Array.from({ length: 60 }, (_, i) => message('alice', `${i} ${'x'.repeat(1000)}`)).join(
      '',
    );
    alice.send(login('alice') + echoes + 'ff');
    for (let i = 0; i < 8; i++) alice.send(new Uint8Array(32 * 1024));
    await alice.expect(ACCEPTED + echoes);
    await expectClosed(alice, 1002);
  });

  it('D5: the name of a client that is closed is free, and nobody else notices', async () => {
    const bob = await room.join('bob');
    for (let i = 0; i < 20; i++) {
      const alice = await room.join('alice');
      alice.send('ff');
      await expectClosed(alice, 1002);
    }
    bob.send(message('bob', 'quiet here'));
    await bob.expect(message('bob', 'quiet here'));
    await leave(bob);
  });
});

describeOverEachTransport('a command that can be read but is not allowed', (room) => {
  describe('D5: is ignored, and its connection lives on', () => {
    it.each([
      ['REQUEST_PRIVATE to nobody (D13)', requestPrivate('alice', 'nobody')],
      ['REQUEST_PRIVATE in another name (D12)', requestPrivate('bob', 'alice')],
      ['OK_PRIVATE to nobody', okPrivate('nobody', 'alice')],
      ['KO_PRIVATE to nobody', koPrivate('nobody', 'alice')],
      ['a login of 30 bytes', requestPrivate('a'.repeat(30), 'b'.repeat(30))],
      ['an empty login', requestPrivate('', '')],
    ])('%s', async (_title, command) => {
      const alice = await room.join('alice');
      const bob = await room.join('bob');
      alice.send(command + message('alice', 'here'));
      await alice.expect(message('alice', 'here'));
      await bob.expect(message('alice', 'here'));
      await leave(alice, bob);
    });
  });

  it('D6: the 101st ignored command closes, after all that was correct', async () => {
    const alice = await room.join('alice');
    const spoof = message('bob', 'x');
    alice.send(spoof.repeat(100) + message('alice', 'fine') + spoof + message('alice', 'too late'));
    await alice.expect(message('alice', 'fine'));
    await expectClosed(alice, 1008);
  });

  it('D10: LOGIN_PRIVATE on an identified connection closes it, after all that was correct', async () => {
    const bob = await room.join('bob');
    const alice = await room.join('alice');
    alice.send(message('alice', 'before') + loginPrivate(-2) + message('alice', 'after'));
    await alice.expect(message('alice', 'before'));
    await expectClosed(alice, 1008);
    await bob.expect(message('alice', 'before'));
    await leave(bob);
    await room.join('alice');
  });
});
