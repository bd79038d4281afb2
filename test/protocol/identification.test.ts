import { describe, it } from 'vitest';
import { ACCEPTED, login, message, rawStr, REFUSED } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { describeOverEachTransport, expectClosed, leave, type Room } from '../support/raw-room.ts';

/** Names that D7 refuses, one of each kind. */
const REFUSED_NAMES: readonly (readonly [kind: string, name: string])[] = [
  ['the empty name', ''],
  ['31 bytes', 'a'.repeat(31)],
  ['16 characters of 2 bytes', 'é'.repeat(16)],
  ['1024 bytes', 'a'.repeat(1024)],
  ['a control character, NUL', 'a\u0000b'],
  ['a control character, line feed', 'a\nb'],
  ['a control character, tab', 'a\tb'],
  ['a control character, ESC', '\u001b[31m'],
  ['a control character, DEL', 'a\u007fb'],
  ['a C1 control character', 'a\u009fb'],
  ['a format character, soft hyphen', 'a\u00adb'],
  ['a format character, word joiner', 'a\u2060b'],
  ['a format character, interlinear annotation', 'a\ufff9b'],
  ['a format character outside the BMP, a language tag', 'a\u{e0061}b'],
  ['a bidirectional mark', 'a\u200fb'],
  ['a bidirectional mark, Arabic letter mark', 'a\u061cb'],
  ['a bidirectional override', 'a\u202eb'],
  ['a bidirectional isolate', 'a\u2066b'],
  ['a zero-width space', 'a\u200bb'],
  ['a zero-width joiner', 'a\u200db'],
  ['a zero-width no-break space', 'a\ufeffb'],
  ['a leading BOM, which is data (D4)', '\ufeffalice'],
  ['a leading space', ' alice'],
  ['a trailing space', 'alice '],
  ['only a space', ' '],
  ['a leading no-break space', '\u00a0alice'],
  ['a trailing ideographic space', 'alice\u3000'],
  ['a trailing line separator', 'alice\u2028'],
  ['a no-break space inside', 'a\u00a0b'],
  ['a narrow no-break space inside', 'a\u202fb'],
  ['an ideographic space inside', 'a\u3000b'],
  ['a blank glyph, braille', '\u2800'],
  ['a blank glyph behind a name', 'alice\u2800'],
  ['a blank glyph, Hangul filler', '\u3164'],
  ['a blank glyph, object replacement', 'a\ufffcb'],
  ['a blank glyph outside the BMP, a null notehead', 'a\u{1d159}'],
  ['a noncharacter, U+FFFE', 'a\ufffe'],
  ['a noncharacter, U+FDD0', 'a\ufdd0'],
  ['a noncharacter at the end of a plane', 'a\u{2ffff}'],
];

const ACCEPTED_NAMES: readonly (readonly [kind: string, name: string])[] = [
  ['1 byte', 'a'],
  ['30 bytes', 'a'.repeat(30)],
  ['15 characters of 2 bytes', 'é'.repeat(15)],
  ['a space inside', 'alice smith'],
  ['an emoji', '😺'],
  ['a letter and its combining accent', 'e\u0301'],
  ['another script', 'Алиса 愛麗絲'],
  ['a look-alike, which pages tell apart', '\u0430dmin'],
  ['private use, which D7 does not name', '\ue000'],
  ['30 bytes that NFC would make longer', '\u0958'.repeat(10)],
];

describeOverEachTransport('identification', (room) => {
  it('§1: accepts a name that no client uses, in the bytes of D1', async () => {
    const alice = await room.connect();
    alice.send('00 00000005 616c696365');
    await alice.expect('01');
    await leave(alice);
  });

  it('§1: refuses a name in use, and accepts another from the same client', async () => {
    const alice = await room.join('alice');
    const second = await room.connect();
    second.send(login('alice'));
    await second.expect('02');
    second.send(login('bob'));
    await second.expect('01');
    second.send(message('bob', 'hello'));
    await second.expect(message('bob', 'hello'));
    await alice.expect(message('bob', 'hello'));
    await leave(alice, second);
  });

  it('§1: takes case for a difference', async () => {
    await room.join('alice');
    await room.join('Alice');
  });

  it.each(ACCEPTED_NAMES)('D7: accepts %s', async (_kind, name) => {
    const peer = await room.connect();
    peer.send(login(name));
    await peer.expect(ACCEPTED);
    await leave(peer);
  });

  it.each(REFUSED_NAMES)('D7: refuses %s, and the client may try again', async (_kind, name) => {
    const peer = await room.connect();
    peer.send(login(name));
    await peer.expect(REFUSED);
    peer.send(login('alice'));
    await peer.expect(ACCEPTED);
    await leave(peer);
  });

  it('D7: closes at the size of a 1025-byte login, before any of its body', async () => {
    const peer = await room.connect();
    peer.send('00 00000401');
    await expectClosed(peer, 1002);
  });

  it('D7: 9 refusals leave the client a last chance', async () => {
    const peer = await room.connect();
    for (let i = 0; i < 9; i++) peer.send(login(''));
    await peer.expect(REFUSED.repeat(9));
    peer.send(login('alice'));
    await peer.expect(ACCEPTED);
    await leave(peer);
  });

  it('D7: the 10th refusal is still sent, then the connection closes', async () => {
    const peer = await room.connect();
    peer.send(login('').repeat(9) + login(' ') + login('alice'));
    await peer.expect(REFUSED.repeat(10));
    await expectClosed(peer, 1008);
    await room.join('alice');
  });

  describe('the same name in other bytes', () => {
    it.each([
      ['é', 'e\u0301'],
      ['\u00c5', '\u212b'],
      ['한', '\u1112\u1161\u11ab'],
      ['\u0958', '\u0915\u093c'],
    ])('D8: %j and %j are one login', async (one, other) => {
      await expectOneLogin(room, one, other);
      await expectOneLogin(room, other, one);
    });

    it('D8: compatibility forms are not the same: "ﬁ" is not "fi"', async () => {
      await room.join('fi');
      await room.join('ﬁ');
    });

    it('D8: others see the bytes that the client proposed', async () => {
      const nfd = await room.join('e\u0301');
      const bob = await room.join('bob');
      nfd.send(message('e\u0301', 'hi'));
      await bob.expect('03 00000003 65cc81 00000002 6869');
      await leave(bob);
    });
  });

  describe('D9: a name is free again when its connection goes', () => {
    it('by the end of its writing', async () => {
      const alice = await room.join('alice');
      await leave(alice);
      await room.join('alice');
    });

    it('by a reset', async () => {
      const alice = await room.join('alice');
      alice.reset();
      await joinWhenFree(room, 'alice');
    });

    it('by a reset in the middle of a command', async () => {
      const alice = await room.join('alice');
      alice.send('03 00000005 616c');
      await room.barrier();
      alice.reset();
      await joinWhenFree(room, 'alice');
    });

    it('by a close for cause', async () => {
      const alice = await room.join('alice');
      alice.send('ff');
      await expectClosed(alice, 1002);
      await room.join('alice');
    });

    it('and a name that was refused is not taken away from its owner', async () => {
      const alice = await room.join('alice');
      const other = await room.connect();
      other.send(login('alice'));
      await other.expect(REFUSED);
      await leave(other);
      const third = await room.connect();
      third.send(login('alice'));
      await third.expect(REFUSED);
      await leave(third, alice);
    });
  });

  describe('D10: a LOGIN after identification', () => {
    it.each([
      ['another name', login('carol')],
      ['its own name', login('alice')],
      ['a name in use', login('bob')],
      ['a name never allowed', login('')],
      ['a name of 1024 bytes', login('x'.repeat(1024))],
    ])('for %s is refused and changes nothing', async (_title, command) => {
      const alice = await room.join('alice');
      const bob = await room.join('bob');
      alice.send(command + message('carol', 'not me') + message('alice', 'still me'));
      await alice.expect(REFUSED + message('alice', 'still me'));
      await bob.expect(message('alice', 'still me'));
      await room.join('carol');
      await leave(alice, bob);
    });

    it('in bytes that cannot be read closes, as before it', async () => {
      const alice = await room.join('alice');
      alice.send('00' + rawStr('ff'));
      await expectClosed(alice, 1002);
    });
  });
});

async function expectOneLogin(room: Room, owner: string, comer: string): Promise<void> {
  const first = await room.join(owner);
  const second = await room.connect();
  second.send(login(comer));
  await second.expect(REFUSED);
  await leave(first);
  second.send(login(comer));
  await second.expect(ACCEPTED);
  await leave(second);
}

/** Joins on new connections until the name is free: a reset reaches the gateway with no answer to wait for. */
async function joinWhenFree(room: Room, name: string): Promise<RawConnection> {
  const peer = await room.connect();
  peer.send(login(name));
  const answer = await peer.read(1);
  if (answer === ACCEPTED) return peer;
  await leave(peer);
  return joinWhenFree(room, name);
}
