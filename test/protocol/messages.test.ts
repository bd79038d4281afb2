import { it } from 'vitest';
import { bytes, message, rawStr, str } from '../support/raw-hex.ts';
import { describeOverEachTransport, leave } from '../support/raw-room.ts';

const FROM_ALICE = '03' + str('alice');

describeOverEachTransport('messages', (room) => {
  it('§2: a message goes to everyone, its sender included (D11), in the bytes of D1', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    const carol = await room.join('carol');
    const hex = '03 00000005 616c696365 00000008 68c3a920f09f98ba';
    alice.send(hex);
    await alice.expect(hex);
    await bob.expect(hex);
    await carol.expect(hex);
    await leave(alice, bob, carol);
  });

  it.each([
    ['an empty msg', rawStr('')],
    ['a msg of 1024 bytes', str('x'.repeat(1024))],
    ['a msg of 1024 bytes in 256 characters', str('😺'.repeat(256))],
    ['a msg that begins with a BOM', rawStr('efbbbf6869')],
    ['a msg that is only a BOM', rawStr('efbbbf')],
    ['a msg not in NFC', rawStr('65cc81')],
    ['a msg of control characters', rawStr('00010a0d1b7f')],
    ['a msg of markup', str('<img src=x onerror=alert(1)>')],
    ['a msg that looks like commands', rawStr('0001030200000000')],
    [
      'the first and last code points of each UTF-8 length',
      rawStr('007fc280dfbfe0a080ed9fbfee8080efbfbff0908080f48fbfbf'),
    ],
  ])('D4: %s arrives byte for byte', async (_title, msg) => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    alice.send(FROM_ALICE + msg);
    await alice.expect(FROM_ALICE + msg);
    await bob.expect(FROM_ALICE + msg);
    await leave(alice, bob);
  });

  it.each([
    ['of another client', message('bob', 'hello')],
    ['of nobody', message('mallory', 'hello')],
    ['of the sender in another case', message('Alice', 'hello')],
    ['of the sender with a space after it', message('alice ', 'hello')],
    ['that is empty', message('', 'hello')],
  ])('D12: a message under the name %s is ignored', async (_title, command) => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    alice.send(command + message('alice', 'genuine'));
    await alice.expect(message('alice', 'genuine'));
    await bob.expect(message('alice', 'genuine'));
    await leave(alice, bob);
  });

  it('D12: the sender’s name counts byte for byte: its NFC form is not the name it proposed', async () => {
    const nfd = await room.join('e\u0301');
    nfd.send(message('é', 'no') + message('e\u0301', 'yes'));
    await nfd.expect(message('e\u0301', 'yes'));
    await leave(nfd);
  });

  it('D14: twenty commands in one piece come back in order', async () => {
    const alice = await room.join('alice');
    const hex = Array.from({ length: 20 }, (_, i) => message('alice', `message ${i}`)).join('');
    alice.send(bytes(hex));
    await alice.expect(hex);
    await leave(alice);
  });

  it('§2: a client that left gets nothing more, and the others go on', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    await leave(bob);
    alice.send(message('alice', 'alone'));
    await alice.expect(message('alice', 'alone'));
    await leave(alice);
  });
});
